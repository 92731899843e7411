"""Ray gives the picks of the default engine, to the byte; a real Ray of this machine."""

import json
import os
import signal
from pathlib import Path

import pytest
from typer.testing import CliRunner

pytest.importorskip("obspy", reason="ObsPy writes the archive")
pytest.importorskip("ray", reason="the scale extra is not installed")

import ray

from cloud.cli import app
from cloud.picking import PickingConfig, open_picker
from cloud.picking.config import BundleNetworkConfig
from cloud.picking.ray_pool import PickerActor
from tests.cloud.picking.records import noise, quake
from tests.cloud.repick.archives import write_sds

RUNNER = CliRunner()
CONFIG = PickingConfig(engine="ray", providers=("cpu",), deadline_s=600)


def _repick(archive: Path, out: Path, engine: str) -> dict[str, object]:
    arguments = ["repick", str(archive), "--out", str(out), "--engine", engine, "--json"]
    done = RUNNER.invoke(app, arguments, catch_exceptions=False)
    told: dict[str, object] = json.loads(done.stdout)
    return told


def test_repicked_archive_is_the_same_to_the_byte(tmp_path: Path) -> None:
    """`--engine ray` and the default write the same lines."""
    write_sds(tmp_path / "sds", [quake(0, seconds=120), quake(1, seconds=40), noise(2)])

    here = _repick(tmp_path / "sds", tmp_path / "local.jsonl", "local")
    there = _repick(tmp_path / "sds", tmp_path / "ray.jsonl", "ray")

    assert 0 < len((tmp_path / "local.jsonl").read_bytes())
    assert (tmp_path / "local.jsonl").read_bytes() == (tmp_path / "ray.jsonl").read_bytes()
    assert ("local", "ray") == (here["engine"], there["engine"])
    assert here["picks"] == there["picks"]


@pytest.mark.slow
def test_actor_that_is_killed_costs_nothing_but_time() -> None:
    """Ray starts it anew, and what it had is given again."""
    with open_picker(CONFIG) as picker:
        expected = picker.pick([quake(1)])
        (actor,) = picker._actors
        os.kill(ray.get(actor.pid.remote()), signal.SIGKILL)

        assert expected == picker.pick([quake(1)])


def test_bundle_that_is_refused_is_told() -> None:
    """In the actor's own words."""
    network = BundleNetworkConfig(bundle=Path("nowhere/none-1.tremor"))
    config = CONFIG.model_copy(update={"network": network})

    name, refused = PickerActor(config).name()

    assert "" == name
    assert "cannot be read" in refused
