"""SeisBench's networks behind the same interface, where SeisBench is installed."""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cloud.errors import PickerError
from cloud.picking import PickingConfig, open_picker
from cloud.picking.config import SeisBenchNetworkConfig

PROGRAM = Path(__file__).with_name("seisbench_program.py")
PEER = Path(sys.prefix) / "peers" / "seisbench" / "bin" / "python"
HERE = importlib.util.find_spec("seisbench") is not None


@pytest.fixture(scope="module")
def told(project_root: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return what the program told; skips where no SeisBench is at hand."""
    if not HERE and not PEER.exists():
        pytest.skip("SeisBench is neither here nor in .venv/peers/seisbench (benchmarks/picker.py)")
    python = Path(sys.executable) if HERE else PEER
    environment = os.environ | {"PYTHONPATH": str(project_root), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [python, "-W", "ignore", PROGRAM, tmp_path_factory.mktemp("weights")],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert 0 == done.returncode, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


@pytest.mark.slow
def test_curve_is_seisbenchs_own(told: dict[str, Any]) -> None:
    """Model, preparation, windows and joining are theirs, to the bit."""
    assert 0.0 == told["difference"]


@pytest.mark.slow
def test_picks_come_through_a_worker(told: dict[str, Any]) -> None:
    """By the name of model and weights."""
    assert "PhaseNet-PhaseNet" == told["name"]
    assert 0 < told["picks"]


@pytest.mark.slow
def test_records_of_any_length_rate_and_components(told: dict[str, Any]) -> None:
    """One that is shorter than a window is answered over its own length."""
    starts, lengths_s = zip(*told["spans"], strict=True)

    assert (0.0,) * 4 == starts
    assert (60, 10, 90, 60) == pytest.approx(lengths_s, abs=0.1)


@pytest.mark.slow
def test_other_models_too(told: dict[str, Any]) -> None:
    """EQTransformer leaves out what lies at the ends of its windows."""
    (samples,) = told["transformer"]

    assert 5000 <= samples <= 6000


@pytest.mark.slow
def test_weights_that_are_not_there_are_told(told: dict[str, Any]) -> None:
    """With what a file needs."""
    assert "none.json" in told["refused"]
    assert "has NAME.json beside it" in told["refused"]


@pytest.mark.skipif(HERE, reason="SeisBench is installed")
def test_missing_extra_is_named() -> None:
    """With the command that mends it."""
    network = SeisBenchNetworkConfig(type="seisbench", weights="instance")

    with (
        pytest.raises(PickerError, match=r"tremorkit\[seisbench\]"),
        open_picker(PickingConfig(network=network)),
    ):
        pass
