"""The command, as a user starts it: Mosquitto, a centre, stations on the wire."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import MOSQUITTO

_COMMAND = Path(sys.executable).with_name("cloud-aggregator")
_KEYS = {
    "stations",
    "events",
    "detected",
    "missed",
    "false",
    "latency_p50_s",
    "latency_p99_s",
    "cpu_s",
    "stations_per_core",
}


def _simulate(*arguments: str, path: str | None = None) -> subprocess.CompletedProcess[str]:
    environment = None if path is None else {"PATH": path, "HOME": path}
    return subprocess.run(
        [_COMMAND, "simulate", *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
        env=environment,
    )


def _played(folder: Path, minutes: str) -> dict[str, float]:
    done = _simulate("--stations", "100", "--minutes", minutes, "--json", "--folder", str(folder))
    assert 0 == done.returncode, done.stderr
    return dict(json.loads(done.stdout))


@pytest.mark.broker
@pytest.mark.skipif(MOSQUITTO is None, reason="mosquitto is not installed")
def test_earthquake_of_half_a_minute_is_found(tmp_path: Path) -> None:
    """A hundred stations, one earthquake, none made up, and every promised figure."""
    figures = _played(tmp_path, "0.5")

    assert _KEYS <= set(figures)
    assert (1, 1, 0, 0) == tuple(figures[k] for k in ("events", "detected", "missed", "false"))
    assert figures["latency_p50_s"] > 0
    assert figures["messages"] > 100 * 3
    assert (tmp_path / "centre" / "centre.sqlite").exists()


@pytest.mark.slow
@pytest.mark.broker
@pytest.mark.skipif(MOSQUITTO is None, reason="mosquitto is not installed")
def test_earthquakes_of_five_minutes_are_found(tmp_path: Path) -> None:
    """Five earthquakes with noise, losses, drop-outs and wrong clocks; none missed or made up."""
    figures = _played(tmp_path, "5")

    assert 0 == figures["missed"] + figures["false"]
    assert figures["detected"] >= 4


@pytest.mark.skipif(shutil.which("mosquitto", path="/usr/sbin") is not None, reason="it is there")
def test_missing_broker_is_told(tmp_path: Path) -> None:
    """With what to install."""
    done = _simulate("--stations", "4", "--minutes", "0.5", path=str(tmp_path))

    assert 1 == done.returncode
    assert "apt install mosquitto" in done.stderr


def test_broker_that_is_not_there_is_told() -> None:
    """The centre says so in its log, and the command in a sentence."""
    done = _simulate("--stations", "4", "--minutes", "0.5", "--broker", "127.0.0.1")

    assert 2 == done.returncode
    assert "HOST:PORT" in done.stderr
