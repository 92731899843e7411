"""The shadow: what speaks against a network, and that nothing of it comes out."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edge.update.config import ShadowSection
from edge.update.shadow import Shadow, run, verdict
from tests.edge.update.conftest import Offered
from tests.updates import bundle_of, station_config

RULES = ShadowSection()
WELL = {
    "broken": 0,
    "answers": 100,
    "firings": 3,
    "firings_alone": 1,
    "heard_s": 1800,
    "mean_score": 0.05,
    "incumbent_hops": 100,
    "incumbent_firings": 2,
    "incumbent_mean_score": 0.04,
    "processor_share": 0.1,
}


def test_a_network_like_the_one_in_charge() -> None:
    """Nothing speaks against it."""
    assert verdict(WELL, RULES) is None


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"broken": 1}, "no numbers"),
        ({"firings": 7}, "fired 7 times in 1800 s, the network in charge 2 times; at most 6"),
        ({"mean_score": 0.3}, "mean score is 0.26 above"),
        ({"processor_share": 1.5}, "needs 1.5 s for a second"),
        ({"incumbent_hops": 0, "firings_alone": 7}, "fired 7 times"),
    ],
)
def test_what_speaks_against_it(changes: dict[str, float], reason: str) -> None:
    """Each in a sentence with its figures."""
    assert reason in (verdict(WELL | changes, RULES) or "")


def test_where_no_network_is_in_charge_sta_lta_is_the_measure() -> None:
    """What both see is an earthquake, however often."""
    alone = {"incumbent_hops": 0, "incumbent_firings": 0, "firings": 50, "firings_alone": 1}

    assert verdict(WELL | alone, RULES) is None


def _hello() -> dict[str, Any]:
    return {"kind": "hello", "channels": ["HNZ", "HNN", "HNE"], "sensor": "adxl355"}


def _samples(number: int, *, loud: float = 1e-3, hole: bool = False) -> dict[str, Any]:
    noise = np.random.default_rng(number).normal(0.0, loud, (3, 100))
    columns: list[Any] = [column.tolist() for column in noise]
    if hole:
        columns[2] = None
    start_ns = 1_700_000_000 * 10**9 + number * 10**9
    return {
        "kind": "samples",
        "start_ns": start_ns,
        "rate_hz": 100.0,
        "continues": number > 0,
        "m_s2": columns,
    }


def _hop(score: float) -> dict[str, Any]:
    network = {"score": score, "threshold": 0.5, "probabilities": {"P": score}, "asleep": False}
    helper = {"score": 1.0, "threshold": 6.0, "probabilities": {}, "asleep": False}
    return {"kind": "hop", "detectors": {"sta_lta": helper, "old": network}}


def test_what_it_makes_of_frames(offered: Offered, tmp_path: Path) -> None:
    """Blocks go through the whole pipeline; holes and drops begin anew; figures come out."""
    config = station_config(tmp_path, offered.release.root)
    shadow = Shadow(config, offered.good, offered.sha256)
    shadow.take(_samples(0))
    shadow.take(_hello())
    for number in range(30):
        shadow.take(_samples(number, loud=0.5 if 12 <= number < 16 else 1e-3))
        shadow.take(_hop(0.1))
    shadow.take(_samples(40, hole=True))
    shadow.take({"kind": "status", "frames_dropped": 9})
    shadow.take({"kind": "samples", "start_ns": 0, "rate_hz": 1.0, "continues": True, "m_s2": []})

    figures = shadow.figures()

    assert 20 < figures["heard_s"] < 31
    assert (1, 30, 9) == (
        figures["firings"],
        figures["incumbent_hops"],
        figures["frames_dropped"],
    )


def test_a_network_that_is_none(offered: Offered, tmp_path: Path) -> None:
    """It is refused before it hears anything."""
    config = station_config(tmp_path, offered.release.root)

    assert "sha256" in run(config, bundle_of(tmp_path, 3), offered.sha256)["refused"]


def test_no_agent_is_no_fault_of_a_network(offered: Offered, tmp_path: Path) -> None:
    """The report says why nothing was heard, and does not refuse."""
    config = station_config(tmp_path, offered.release.root)

    report = run(config, offered.good, offered.sha256)

    assert "refused" not in report
    assert "no agent runs there" in report["problem"]
