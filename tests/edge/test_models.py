"""Every bundle that comes with the agent proves itself and runs over a real recording."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from edge.bundle import load_bundle, verify_bundle
from edge.bundle.shipped import OWN, shipped_bundle, shipped_bundles
from edge.cli import app

pytest.importorskip("ai_edge_litert", reason="the edge extra is not installed")

BUNDLES = shipped_bundles()
LARGEST_BYTES, LARGEST_IN_ALL_BYTES = 1_000_000, 8_000_000
EVENT, STATION = "2018_1_29", "022"
"""M4.6 at 26 km, 17 gal: of the training part."""
P_TIME = "2018-01-29T17:42:01"
STATION_FILE = """\
state_dir = "{folder}/state"

[station]
network = "OE"
station = "022"
latitude = 17.64
longitude = -101.57

[source]
type = "openeew"
paths = ["{recording}"]

[mqtt]
port = 1
"""

every_bundle = pytest.mark.parametrize("path", BUNDLES, ids=[path.stem for path in BUNDLES])


@every_bundle
def test_bundle_gives_its_golden_outputs_here(path: Path) -> None:
    """On this processor and runtime, as a station checks before it believes a network."""
    verify_bundle(load_bundle(path))


@every_bundle
def test_card_names_data_licences_and_figures(path: Path) -> None:
    """Who runs it can read what it learned from, under which licences, and what it is worth."""
    card = load_bundle(path).card

    assert path.stem == f"{card.name}-{card.version}"
    assert card.training_data
    assert all(source.licence for source in card.training_data)
    assert all(metric.data for metric in card.metrics)
    assert card.metrics
    assert "trigger" in card.thresholds
    assert "model-trainer quantise" in card.recipe


def test_bundles_stay_small() -> None:
    """One under 1 MB, all together under 8 MB: they travel with every installation."""
    sizes = {path.name: path.stat().st_size for path in BUNDLES}

    assert shipped_bundle(OWN).name in sizes
    assert {} == {name: size for name, size in sizes.items() if size >= LARGEST_BYTES}
    assert sum(sizes.values()) < LARGEST_IN_ALL_BYTES


@pytest.mark.parametrize(
    "path",
    [
        # In int16 the runtime unrolls its recurrent layers over 750 steps: a minute of waiting.
        pytest.param(path, marks=pytest.mark.slow) if "classifier_wide" in path.stem else path
        for path in BUNDLES
    ],
    ids=[path.stem for path in BUNDLES],
)
def test_bundle_runs_over_a_real_recording(path: Path, shared_data: Path, tmp_path: Path) -> None:
    """`edge-agent replay --model NAME`: the earthquake is sent, and the network was running."""
    name = load_bundle(path).card.name
    recording = shared_data / "openeew_mx" / EVENT / STATION
    config = tmp_path / "station.toml"
    config.write_text(STATION_FILE.format(folder=tmp_path, recording=recording))
    out = tmp_path / "triggers.jsonl"

    result = CliRunner().invoke(
        app, ["replay", "-c", str(config), "--model", name, "--out", str(out), "--json"]
    )

    assert 0 == result.exit_code, result.output
    revisions = [json.loads(line) for line in out.read_text().splitlines()]
    models = {d["name"]: d["sha256"] for r in revisions for d in r["detectors"]}
    assert load_bundle(path).sha256 == models[name]
    assert any(r["onset"].startswith(P_TIME[:16]) for r in revisions)
