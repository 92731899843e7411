"""A network that cannot be trusted never stops a station."""

from pathlib import Path

import pytest

from edge.bundle.card import WindowOutputFacts
from edge.config import DetectionSection, ModelSection
from edge.detect.loading import load_detectors, shipped_bundle
from edge.errors import BundleError
from tests.edge.window_bundles import write_window_bundle


def _config(bundle: Path) -> DetectionSection:
    return DetectionSection(model=ModelSection(bundle=bundle))


def test_refused_bundle_leaves_sta_lta_and_the_reason(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file that is no bundle is refused; STA/LTA runs, and state and log say why."""
    bundle = tmp_path / "broken-1.tremor"
    bundle.write_bytes(b"not a bundle at all")

    detectors, (model,) = load_detectors(_config(bundle))

    assert ["sta_lta"] == [d.name for d in detectors]
    assert model.running is False
    assert str(bundle) in (model.reason or "")
    assert "STA/LTA goes on alone" in capsys.readouterr().out


def test_missing_bundle_leaves_sta_lta(tmp_path: Path) -> None:
    """A path that leads nowhere is refused like a broken file."""
    detectors, (model,) = load_detectors(_config(tmp_path / "nowhere-1.tremor"))

    assert ["sta_lta"] == [d.name for d in detectors]
    assert "nowhere-1.tremor" in (model.reason or "")


def test_station_without_a_network_runs_sta_lta_alone() -> None:
    """`enabled = false` loads nothing."""
    detectors, models = load_detectors(DetectionSection(model=ModelSection(enabled=False)))

    assert ["sta_lta"] == [d.name for d in detectors]
    assert () == models


def test_shipped_bundle_runs_beside_sta_lta() -> None:
    """What comes with the agent proves itself on this machine and runs as int8."""
    detectors, (model,) = load_detectors(DetectionSection())

    assert shipped_bundle().is_file()
    assert ["sta_lta", "tremor_stream"] == [d.name for d in detectors]
    assert (True, "int8") == (model.running, model.scheme)


def test_threshold_of_the_station_overrides_the_bundles() -> None:
    """A noisy site may ask for more."""
    (_, network), _ = load_detectors(DetectionSection(model=ModelSection(threshold=0.93)))

    assert 0.93 == network.threshold


def test_network_that_must_run_is_an_error_when_refused(tmp_path: Path) -> None:
    """Who names a network in a replay is told, and not given STA/LTA in its place."""
    bundle = tmp_path / "broken-1.tremor"
    bundle.write_bytes(b"not a bundle at all")

    with pytest.raises(BundleError, match="no sound zip file"):
        load_detectors(_config(bundle), must_run=True)


def test_bundle_goes_by_its_name() -> None:
    """A name in the configuration means the bundle of that name that came with the agent."""
    detectors, (model,) = load_detectors(_config(Path("tremor_stream")))

    assert ["sta_lta", "tremor_stream"] == [d.name for d in detectors]
    assert model.running


def test_network_of_windows_runs_beside_sta_lta(tmp_path: Path) -> None:
    """The station does not care which kind of network a bundle holds."""
    detectors, (model,) = load_detectors(_config(write_window_bundle(tmp_path)))

    assert ["sta_lta", "loudness"] == [d.name for d in detectors]
    assert (True, "float32") == (model.running, model.scheme)


def test_network_that_answers_with_a_number_leaves_sta_lta(tmp_path: Path) -> None:
    """It cannot fire; the station goes on, and its state says why."""
    said = WindowOutputFacts(tensor="answers", reading="value", labels=("magnitude", "depth_km"))
    bundle = write_window_bundle(tmp_path, "size", said=said, task="regression")

    detectors, (model,) = load_detectors(_config(bundle))

    assert ["sta_lta"] == [d.name for d in detectors]
    assert "answers with magnitude" in (model.reason or "")
