"""Children: what they prove, how they are bounded, and how each of their ends is understood."""

import hashlib
import json
import os
import signal
import sys
from pathlib import Path

import numpy as np
import pytest
from onnx import helper

from edge.errors import UpdateRefusedError
from edge.update.child import EXIT_REFUSED, command, read_report, run_beside, run_child
from edge.update.preflight import preflight
from tests.edge.update.conftest import Offered
from tests.edge.window_bundles import WINDOW, onnx_file
from tests.updates import bundle_of


def _python(code: str) -> tuple[str, ...]:
    return (sys.executable, "-c", code)


def test_a_report_is_the_last_line() -> None:
    """Whatever a runtime prints before it."""
    said = run_child(_python("print('INFO: delegate'); print('{\"a\": 1}')"), 60.0)

    assert {"a": 1} == said


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("import os; os.abort()", f"ended by signal {signal.SIGABRT.value}"),
        ("raise SystemExit(7)", "ended with 7"),
        ("1 / 0", "ZeroDivisionError"),
        ("print('nothing')", "ended with 0"),
    ],
)
def test_every_bad_end_is_a_refusal(code: str, reason: str) -> None:
    """A network that takes its process down does not get into the agent's."""
    with pytest.raises(UpdateRefusedError, match=reason):
        run_child(_python(code), 60.0)


async def test_a_child_stands_still_while_the_station_is_busy() -> None:
    """An earthquake comes while forty megabytes are unpacked: they wait."""
    states: list[str] = []
    busy = True

    def is_busy() -> bool:
        nonlocal busy
        for path in Path("/proc/self/task").glob("*/children"):
            for number in path.read_text().split():
                status = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()
                states.append(status[0])
        busy = "T" not in states
        return busy

    code, output, _ = await run_beside(
        _python("import time; time.sleep(1); print('done')"), 60.0, is_busy
    )

    assert (0, b"done\n", False) == (code, output, busy)
    assert "T" in states


def test_a_hang_is_a_refusal() -> None:
    """The child is gone afterwards."""
    with pytest.raises(UpdateRefusedError, match=r"did not end within 0\.3 s"):
        run_child(_python("import time; time.sleep(600)"), 0.3)


def test_a_refusal_has_a_reason() -> None:
    """The child's own words."""
    with pytest.raises(UpdateRefusedError, match="too slow"):
        read_report(EXIT_REFUSED, json.dumps({"refused": "too slow"}).encode(), b"")


def test_memory_is_bounded() -> None:
    """What takes more dies alone."""
    code = (
        "from edge.update.child import bound_self, tell; bound_self(100, 60.0); "
        "held = bytearray(200_000_000); tell({'held': len(held)})"
    )
    with pytest.raises(UpdateRefusedError, match="MemoryError"):
        run_child(_python(code), 60.0)


def test_time_is_bounded_by_the_kernel() -> None:
    """Also where nothing in the process runs any more."""
    code = (
        "from edge.update.child import bound_self; bound_self(500, 0.2); import time; "
        "time.sleep(600)"
    )
    with pytest.raises(UpdateRefusedError, match=f"signal {signal.SIGALRM.value}"):
        run_child(_python(code), 60.0)


def test_preflight_as_a_process(offered: Offered) -> None:
    """A sound network on this very processor: proven, and measured."""
    words = (str(offered.good), offered.sha256, "--latency-share", "1.0")
    more = ("--memory-mb", "512", "--limit-s", "120")

    report = run_child(command("edge.update.preflight", (*words, *more)), 120.0)

    assert "loudness 2" == report["model"]
    assert 0 < report["memory_mb"] < 512


@pytest.mark.parametrize(
    ("share", "memory_mb", "reason"),
    [(1e-9, 4096, "of the time between two answers"), (1.0, 1, "MB, at most 1")],
)
def test_too_slow_or_too_large(offered: Offered, share: float, memory_mb: int, reason: str) -> None:
    """Measured here, not promised elsewhere."""
    report = preflight(offered.good, offered.sha256, share, memory_mb)

    assert reason in report["refused"]


def test_golden_outputs_that_are_others_here(tmp_path: Path) -> None:
    """A bundle whose network gives other answers than were recorded."""
    other = bundle_of(tmp_path / "a", 3, network=_always_nan())

    assert "refused" in preflight(other, _hash(other), 1.0, 4096)


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _always_nan() -> bytes:
    """Return a network whose answers are no numbers."""
    nodes = [
        helper.make_node("ReduceMean", ["features"], ["mean"], axes=[1, 2], keepdims=0),
        helper.make_node("Unsqueeze", ["mean", "last"], ["column"]),
        helper.make_node("MatMul", ["column", "pair"], ["values"]),
        helper.make_node("Mul", ["values", "nothing"], ["zeros"]),
        helper.make_node("Div", ["zeros", "nothing"], ["answers"]),
    ]
    constants = {
        "pair": np.ones((1, 2), np.float32),
        "nothing": np.zeros(1, np.float32),
        "last": np.int64([1]),
    }
    return onnx_file(nodes, (1, WINDOW, 3), (1, 2), constants)


def test_a_child_gives_way() -> None:
    """It is the first to go where memory runs short, and the last to compute."""
    code = (
        "import os, pathlib; from edge.update.child import bound_self, tell; "
        "bound_self(500, 60.0); score = pathlib.Path('/proc/self/oom_score_adj').read_text(); "
        "tell({'score': int(score), 'nice': os.nice(0)})"
    )
    said = run_child(_python(code), 60.0)

    assert (500, os.nice(0) + 10) == (said["score"], said["nice"])


def test_memory_is_the_childs_own() -> None:
    """However large the parent is."""
    held = bytearray(400_000_000)
    held[::4096] = b"1" * len(held[::4096])
    code = "from edge.update.child import peak_mb, tell; tell({'mb': peak_mb()})"

    said = run_child(_python(code), 60.0)

    assert 5 < said["mb"] < 200
