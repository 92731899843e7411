"""A float network listens as a station does."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from edge.grid import DETECTION_RATE_HZ, HOP_NS, HOP_SAMPLES, SAMPLE_NS
from edge.signal.conditioning import Conditioner
from edge.timestamps import NANOSECONDS_PER_SECOND
from training.data.openeew import read_openeew
from training.data.record import Record
from training.errors import DataError, RunError
from training.retrain.listening import FloatNetwork, Heard, listen
from training.retrain.network import StationRecord, network_folder, station_records
from training.retrain.stream_scores import judge_window
from training.run import RunConfig, RunFolder
from training.score.stream import detection_blocks, made_stream


@pytest.fixture(scope="module")
def network(loudness_run: RunFolder) -> FloatNetwork:
    """Return the network that hears loudness."""
    return FloatNetwork(loudness_run, threshold=0.8)


def _noise(seconds: float, seed: int = 1) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return (5e-4 * rng.standard_normal((round(seconds * 100), 3))).astype(np.float32)


@pytest.fixture(scope="module")
def data(tiny_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the tiny recordings with the coordinates of their stations."""
    copy = tmp_path_factory.mktemp("network")
    shutil.copytree(tiny_data / "openeew_mx", copy / "openeew_mx")
    folder = copy / "openeew_mx" / "devices"
    folder.mkdir()
    (folder / "device_locations.json").write_text(
        '[{"device_id": "000", "latitude": 16.0, "longitude": -98.0},'
        ' {"device_id": "001", "latitude": 16.2, "longitude": -98.0}]'
    )
    return copy


@pytest.fixture(scope="module")
def heard(data: Path, network: FloatNetwork) -> list[Heard]:
    """Return what the network hears in the tiny recordings."""
    return [listen(record, network) for record in station_records(data, {"train"})]


def test_it_fires_where_p_is(data: Path, heard: list[Heard]) -> None:
    """The onset of the trigger is the pseudo-label: within half a second of the true P."""
    for one, record in zip(heard, read_openeew(data, frozenset({"train"})), strict=True):
        (stretch,) = one.stretches
        assert record.p_index is not None
        assert 1 == len(one.detections)
        index = stretch.index_of(one.detections[0].begin_ns)
        assert pytest.approx(record.p_index, abs=0.5 * DETECTION_RATE_HZ) == index


def test_what_it_heard_is_what_a_reader_reads(data: Path, heard: list[Heard]) -> None:
    """Samples on the station's own time base become the training data."""
    for one, record in zip(heard, read_openeew(data, frozenset({"train"})), strict=True):
        np.testing.assert_array_equal(record.samples, one.stretches[0].samples)


def test_frames_are_those_of_the_whole_trace(network: FloatNetwork) -> None:
    """Block by block through the pipeline or all at once: the same answers after the warm-up."""
    stream = made_stream("made", _noise(40), 100.0)
    detector = network.detector(stream)

    frames = [frame for block in detection_blocks(stream) for frame in detector.push(block)]

    (stretch,) = detector.stretches
    conditioned = Conditioner(RunConfig().conditioning, DETECTION_RATE_HZ)(stretch.samples)
    skipped = -(stretch.start_ns // SAMPLE_NS) % HOP_SAMPLES
    expected = 1 - network._of_conditioned(conditioned[skipped:])[40:, 0]
    assert {HOP_NS} == set(np.diff([frame.end_ns for frame in frames]))
    assert all(frame.score == 0.0 for frame in frames[:40])
    np.testing.assert_allclose(expected, [frame.score for frame in frames[40:]], atol=1e-5)


def test_after_a_gap_it_is_silent_for_ten_seconds(network: FloatNetwork) -> None:
    """Filters settle anew; an old loudness is no reason to fire."""
    packets = list(made_stream("made", _noise(60), 100.0).packets)
    stream = made_stream("made", _noise(60), 100.0)
    with_gap = type(stream)(stream.name, stream.description, (*packets[:25], *packets[35:]))

    detector = network.detector(with_gap)

    assert 2 == len(detector.stretches)
    begin_ns = detector.stretches[1].start_ns
    frames = [frame for block in detection_blocks(with_gap) for frame in detector.push(block)]
    early = [f for f in frames if 0 < f.end_ns - begin_ns <= 10 * NANOSECONDS_PER_SECOND]
    assert early
    assert all(frame.score == 0.0 for frame in early)


def test_a_run_without_weights_is_told(tmp_path: Path) -> None:
    """Before hours of listening."""
    run = RunFolder(tmp_path / "run").begin(RunConfig())

    with pytest.raises(RunError, match=r"has no best.weights.h5"):
        FloatNetwork(run, 0.8)


def test_coordinates_that_are_missing_are_told(tmp_path: Path) -> None:
    """Without them no travel time is known."""
    (tmp_path / "openeew_mx").mkdir()
    with pytest.raises(DataError, match="no coordinates of the stations there"):
        list(station_records(tmp_path, {"train"}))


def test_the_folder_or_the_one_above_may_be_named(data: Path, tmp_path: Path) -> None:
    """As `train` and as `data inspect` want it."""
    assert data == network_folder(data)
    assert data.resolve() == network_folder(data / "openeew_mx")
    with pytest.raises(DataError, match="neither is openeew_mx/ nor holds one"):
        network_folder(tmp_path)


def test_records_of_other_parts_are_not_opened(data: Path) -> None:
    """What is judged on must not be listened to."""
    records: list[StationRecord] = list(station_records(data, {"train", "validation"}))

    assert {"2017_12_15", "2018_1_29"} == {record.event for record in records}


@pytest.mark.parametrize(
    ("fires_s", "expected"),
    [
        ((31.0,), (1.0, False)),
        ((29.75,), (-0.25, False)),
        ((), (None, False)),
        ((20.0,), (None, True)),
        ((20.0, 30.5), (0.5, True)),
        ((5.0,), (None, False)),
        ((45.0,), (None, False)),
    ],
)
def test_windows_are_judged_by_when_they_fire(
    fires_s: tuple[float, ...], expected: tuple[float | None, bool]
) -> None:
    """A miss is a miss; what fires before P is false; the warm-up does not count."""
    samples = np.zeros((90 * 32, 3), np.float32)
    record = Record("ncedc", "e", "s", "test", samples, 0, p_index=30.0 * 32, s_index=34.0 * 32)
    scores = np.zeros(360, np.float32)
    for second in fires_s:
        scores[round(second / 0.25) - 1] = 0.9

    assert expected == judge_window(scores, record, 0.8)
