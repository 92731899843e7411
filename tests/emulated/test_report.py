"""The page says what was seen, good or bad."""

from dataclasses import replace
from pathlib import Path

import pytest

from edge.wheelhouse import Wheelhouse
from edge.wheelhouse.manifest import WheelEntry
from scripts.emulated.compare import Comparison
from scripts.emulated.debian import Unpacked
from scripts.emulated.emulator import Emulator
from scripts.emulated.live import Live
from scripts.emulated.report import Seen, page, problems
from scripts.emulated.station import Installation, Proof
from scripts.emulated.suite import SuiteResult

_PROOF = Proof("tremor_stream", 1, "int8", 0.35, 0.0123, None, 1.0)
_SAME = Comparison("an event", 300, 1, 1, 0, 0.0, {"tremor_stream": 0.004}, ())
_WHEEL = WheelEntry(
    file="a-1-py3-none-any.whl",
    name="a",
    version="1",
    size_bytes=1_500_000,
    sha256="0" * 64,
    licence="MIT",
)
_SEEN = Seen(
    day="2026-01-01",
    here="x86_64, Python 3.11.2, NumPy 1.26.4",
    qemu="QEMU 10",
    house=Wheelhouse(
        kit="0.1.0",
        platform="aarch64",
        python="3.13",
        lock_sha256="0" * 64,
        size_bytes=1_500_000,
        wheels=(_WHEEL,),
    ),
    unpacked=Unpacked(Emulator(Path("root"), Path("qemu")), 45, 40_000_000),
    installation=Installation(60.0, 150_000_000, "3.13.5", "2.5.5", 1.2),
    proofs_here=[_PROOF],
    proofs={"cortex-a53": [_PROOF], "cortex-a72": [_PROOF]},
    comparisons={"cortex-a72": [_SAME]},
    live=Live(
        120.0,
        0,
        {"state": 1, "health": 11, "trigger": 2},
        ("preliminary", "final"),
        40.0,
        "tremor_stream 1",
        [{"subject": "model", "ok": True, "text": "runs"}],
    ),
    suite=SuiteResult(("tests/edge",), 10, 0, 1, 60.0, (), "2026-01-01"),
)


def test_all_well_is_said_with_the_figures() -> None:
    """Sizes, versions, differences, counts."""
    text = page(_SEEN)

    assert [] == problems(_SEEN)
    assert "**All is well.**" in text
    for figure in (
        "| a | 1 | 1.50 | MIT |",
        "| 0.0123 |",
        "| 0.0040 |",
        "10 passed",
        "Python 3.13.5",
    ):
        assert figure in text


@pytest.mark.parametrize(
    ("change", "shown"),
    [
        (
            {"proofs": {"cortex-a53": [replace(_PROOF, worst=None, refusal="differs by 9")]}},
            "tremor_stream on cortex-a53: differs by 9",
        ),
        (
            {"comparisons": {"cortex-a72": [replace(_SAME, there=0, unmatched=1)]}},
            "an event on cortex-a72: other triggers",
        ),
        ({"comparisons": {"cortex-a72": [replace(_SAME, here=0, there=0)]}}, "has a trigger"),
        ({"live": replace(_SEEN.live, code=1)}, "the live run"),
        ({"suite": SuiteResult(("t",), 1, 2, 0, 1.0, ("a: b",), "2026-01-01")}, "2 tests failed"),
    ],
)
def test_what_is_not_well_stands_at_the_top(change: dict[str, object], shown: str) -> None:
    """The page is written all the same; nothing is left out."""
    bad = replace(_SEEN, **change)

    assert shown in problems(bad)[0]
    assert f"**Not well: {problems(bad)[0]}" in page(bad)


def test_page_without_the_kits_tests_says_nothing_of_them() -> None:
    """They run when asked for."""
    assert "own tests" not in page(replace(_SEEN, suite=None))
