"""Frames, detections and pseudo-labels of volcano networks."""

from pathlib import Path

import numpy as np
import pytest

from edge.timestamps import NANOSECONDS_PER_SECOND
from tests.training.retrain.volcano_made import made_record
from training.data.store import StoreWriter
from training.errors import DataError
from training.models import volcano_tcn
from training.models.volcano_labels import UNLABELLED
from training.retrain.frames_data import (
    EARTHQUAKE,
    SILENCE,
    FrameRecord,
    detections_of,
    folds_of,
    normalised,
    pseudo_labels,
    read_frame_records,
    runs_of,
    scaler_of,
)
from training.retrain.frames_scores import Answered, score_frames

_TREMOR = 1


def _classes(text: str) -> np.ndarray:
    """Return classes from a line: . silence, E earthquake, t tremor, ? unlabelled."""
    meaning = {".": SILENCE, "E": EARTHQUAKE, "t": _TREMOR, "?": UNLABELLED}
    return np.array([meaning[letter] for letter in text], np.int64)


def _record(event: str, station: str = "BZ01", frames: int = 8) -> FrameRecord:
    features = np.arange(frames * 48, dtype=np.float32).reshape(frames, 48)
    return FrameRecord(event, station, event, 0, features, np.full(frames, SILENCE))


def test_short_runs_are_no_earthquake() -> None:
    """Four frames, two seconds, are the least."""
    assert [(5, 9)] == runs_of(_classes("EEE..EEEE.") == EARTHQUAKE)


def test_runs_reach_the_ends() -> None:
    """A record may be cut within an earthquake."""
    assert [(0, 4), (5, 10)] == runs_of(_classes("EEEE.EEEEE") == EARTHQUAKE)


def test_times_of_a_detection_are_the_middles_of_its_frames() -> None:
    """Frame k lasts from k/2 to k/2 + 4 s."""
    ((detection, frames),) = detections_of(_record("e", frames=9), _classes("...EEEEE.")).items()

    assert (3, 8) == frames
    assert 3.5 * NANOSECONDS_PER_SECOND == detection.begin_ns
    assert 5.5 * NANOSECONDS_PER_SECOND == detection.end_ns


def test_what_is_no_silence_may_be_a_detection() -> None:
    """A base that knows another volcano calls these earthquakes tremor."""
    record, classes = _record("e", frames=9), _classes("..ttEEt..")

    assert {} == detections_of(record, classes, "earthquake")
    assert [(2, 7)] == list(detections_of(record, classes, "anything").values())


def test_what_was_not_believed_is_not_asked() -> None:
    """Nor what is near: silence there may be an earthquake that the base misses."""
    classes = _classes("......EEEE.....tt.......")

    labels = pseudo_labels(classes, [(6, 10)], around=2)

    np.testing.assert_array_equal(_classes("....??EEEE??.??????....."), labels)


def test_everything_unsure_is_left_out() -> None:
    """A record in which nothing is believed teaches silence at most."""
    labels = pseudo_labels(_classes("tttttt"), [])

    assert {UNLABELLED} == set(labels.tolist())


def test_folds_part_earthquakes_and_deal_shared_ones_evenly() -> None:
    """Else a fold could be left without any coincidence."""
    records = [_record(f"m{i}", station) for i in range(4) for station in ("A", "B")]
    records += [_record(f"s{i}") for i in range(6)]

    folds = folds_of(records, 2)

    assert {record.event for record in records} == frozenset().union(*folds)
    assert not folds[0] & folds[1]
    assert [2, 2] == [sum(event.startswith("m") for event in fold) for fold in folds]


def test_there_are_no_more_folds_than_earthquakes() -> None:
    """Each must leave something out."""
    assert 2 == len(folds_of([_record("a"), _record("b")], 5))


def test_features_of_a_network_have_no_mean_and_unit_spread() -> None:
    """Gain and site of new stations are not those of the old."""
    records = [_record("a"), _record("b")]

    whole = np.concatenate([normalised(record, scaler_of(records)) for record in records])

    np.testing.assert_allclose(whole.mean(axis=0), 0, atol=1e-5)
    np.testing.assert_allclose(whole.std(axis=0), 1, atol=1e-5)


def test_records_without_a_time_are_told(tmp_path: Path, quiet_store: Path) -> None:
    """Coincidence needs a clock."""
    with pytest.raises(DataError, match="no record with the time of its first sample"):
        read_frame_records(quiet_store, volcano_tcn.RECIPE, "as-recorded")


@pytest.fixture
def quiet_store(tmp_path: Path) -> Path:
    """Return a data set whose one record knows no time."""
    with StoreWriter(tmp_path / "set") as writer:
        writer.append(made_record("e", "BZ01", start_s=None))
    return tmp_path / "set"


def test_figures_count_frames_and_earthquakes() -> None:
    """Misses are misses, and what is false is counted once a run."""
    figures = score_frames(
        [
            Answered(_classes("....EEEEEE....??"), _classes("....EEEE......EE")),
            Answered(_classes("..........EEEE"), _classes("EEEE..........")),
        ]
    )

    assert "1/2" == figures["earthquakes found"]
    assert 1 == figures["false earthquakes"]
    assert pytest.approx(4 / 10) == figures["earthquake frames found"]
    assert pytest.approx(4 / 18) == figures["background called earthquake"]
    assert pytest.approx((12 + 6) / 28) == figures["frame accuracy"]
    assert 28 == figures["frames"]


def test_nothing_to_measure_is_none() -> None:
    """A share of nothing is no number."""
    figures = score_frames([Answered(_classes("tt"), _classes("tt"))])

    assert figures["background called earthquake"] is None
