"""Made data sets have the labels and the faults of their making, and serve for training."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

from edge.geodesy import great_circle_km
from edge.sensor import load_sensor_profile
from training.data.collection import census, read_collection
from training.data.drops import Drops
from training.data.inspection import inspect_set
from training.data.layouts import find_layout
from training.data.openeew import read_openeew
from training.data.record import RATE_HZ
from training.errors import DataError
from training.synthesise import SynthesisConfig, synthesise_store, synthesise_windows
from training.synthesise_openeew import synthesise_openeew

WINDOWS = SynthesisConfig(events=6, stations=3, rate_hz=50.0, length_s=40.0, least_magnitude=5.0)
FOLDERS = SynthesisConfig(events=6, stations=3, least_magnitude=5.0)


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a data folder with made event folders."""
    data = tmp_path_factory.mktemp("made")
    assert 18 == synthesise_openeew(FOLDERS, data)
    return data


def test_set_is_sound_and_is_recognised(tmp_path: Path) -> None:
    """Inspection finds no fault in it."""
    count = synthesise_store(WINDOWS, tmp_path / "set")
    layout, drops = find_layout(tmp_path / "set"), Drops()
    inspection = inspect_set(layout.read(tmp_path / "set", drops), drops)

    assert ("tremorkit", count) == (layout.name, inspection.recordings)
    assert [] == inspection.findings()
    assert {"earthquake": 18, "noise": 8} == inspection.counts["category"]


def test_windows_move_at_their_p() -> None:
    """Strong events rise above the sensor's noise at the labelled sample."""
    ratios = []
    for one in synthesise_windows(WINDOWS):
        if one.about.p_index is None or one.about.p_index < 100:
            continue
        p = int(one.about.p_index)
        noise = one.samples[: p - 5, 0].std()
        ratios.append(np.abs(one.samples[p : p + 100, 0]).max() / noise)
    assert np.median(ratios) > 8


def test_samples_are_those_of_the_sensor() -> None:
    """In m/s2, on the steps of its converter."""
    step = load_sensor_profile("openeew").lsb_m_s2
    one = next(synthesise_windows(WINDOWS))

    assert ("m/s2", "acceleration") == (one.about.unit, one.about.quantity)
    steps = one.samples[:200].astype(float) / step
    np.testing.assert_allclose(np.rint(steps), steps, atol=1e-2)


def test_same_seed_same_set() -> None:
    """A set can be made again, and another seed is another set."""
    first, again, other = (
        next(synthesise_windows(WINDOWS.model_copy(update={"seed": seed}))) for seed in (1, 1, 2)
    )

    np.testing.assert_array_equal(first.samples, again.samples)
    assert first.about == again.about
    assert not np.array_equal(first.samples, other.samples)


def test_folders_have_all_parts(folders: Path) -> None:
    """Six events are enough to train, validate and test."""
    records = read_collection(folders, frozenset({"train", "validation", "test"}))

    assert {"openeew": {"test": 6, "train": 6, "validation": 6}} == census(records)


def test_folders_have_their_p_at_the_onset(folders: Path) -> None:
    """Through the station's own source and time base."""
    ratios = []
    for record in read_openeew(folders, frozenset({"train"})):
        if record.p_index is not None:
            p = int(record.p_index)
            noise = record.samples[: p - 32, 0].std()
            ratios.append(np.abs(record.samples[p : p + round(3 * RATE_HZ), 0]).max() / noise)
            assert np.abs(record.samples[p - 32 : p - 3, 0]).max() < 8 * noise
    assert 3 <= len(ratios)
    assert np.median(ratios) > 5


def test_distances_are_those_of_the_coordinates(folders: Path) -> None:
    """A centre that replays the folder can locate its earthquakes."""
    place = folders / "openeew_mx"
    devices = {
        one["device_id"]: (one["latitude"], one["longitude"])
        for one in json.loads((place / "devices" / "device_locations.json").read_text())
    }
    with (place / "openeew_ppicks_auto.csv").open(newline="") as lines:
        for row in csv.DictReader(lines):
            source = (float(row["ev_lat"]), float(row["ev_lon"]))
            epicentral_km = great_circle_km(source, devices[row["station"]])
            depth_km = np.sqrt(max(0.0, float(row["dist_km"]) ** 2 - epicentral_km**2))
            assert 4.0 < depth_km < 36.5


def test_nothing_is_overwritten(folders: Path) -> None:
    """A second run into one folder is refused."""
    with pytest.raises(DataError, match="exists"):
        synthesise_openeew(FOLDERS, folders)


def test_more_events_than_days_are_refused(tmp_path: Path) -> None:
    """Each event has a day of its own, which names it."""
    with pytest.raises(DataError, match="1000 events"):
        synthesise_openeew(SynthesisConfig(events=1000), tmp_path / "many")
    with pytest.raises(ValidationError):
        SynthesisConfig(events=0)
