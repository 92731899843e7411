"""A network that cannot be trusted never stops a station."""

from pathlib import Path

import pytest

from edge.config import DetectionSection, ModelSection
from edge.detect import loading
from edge.detect.loading import load_detectors, shipped_bundle


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


def test_newest_bundle_is_by_number_not_by_letter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Version 10 comes after version 9."""
    for version in (9, 10, 2):
        (tmp_path / f"tremor_stream-{version}.tremor").touch()
    monkeypatch.setattr(loading, "_SHIPPED", tmp_path)

    assert "tremor_stream-10.tremor" == shipped_bundle().name
