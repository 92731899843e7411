"""The volcano networks: labels on the right clock, a cell like PyTorch's, a causal TCN."""

from pathlib import Path

import numpy as np
import pytest

keras = pytest.importorskip("keras", reason="the training extra is not installed")

from training.data.drops import Drops  # noqa: E402 - after the check for the extra
from training.data.readers.volcano import read_volcano  # noqa: E402
from training.data.recording import Segment  # noqa: E402
from training.models.volcano_labels import (  # noqa: E402
    UNLABELLED,
    frame_labels,
    without_short_runs,
)
from training.models.volcano_lstm import TwoBiasLSTMCell  # noqa: E402
from training.models.volcano_tcn import RECEPTIVE_FRAMES  # noqa: E402
from training.zoo import network  # noqa: E402

SILENCE, EARTHQUAKE = 0, 3
RATE_HZ = 50.0


def _answer(model: keras.Model, features: np.ndarray) -> np.ndarray:
    return keras.ops.convert_to_numpy(model(features))


@pytest.fixture
def record() -> list[Segment]:
    """Return background, an earthquake from 700 to 770 s, background to 840 s."""
    return [
        Segment(0, 35_000, "BGN"),
        Segment(35_000, 38_500, "Equ"),
        Segment(38_500, 42_000, "BGN"),
    ]


def test_frame_belongs_to_the_segment_of_its_middle(record: list[Segment]) -> None:
    """The first frame of the earthquake has its middle at 700 s; a frame is every 0.5 s."""
    labels = frame_labels(record, 1676, RATE_HZ)

    assert 1396 == np.flatnonzero(labels == EARTHQUAKE)[0]
    assert 140 == np.count_nonzero(labels == EARTHQUAKE)


def test_published_clock_is_ten_seconds_late(record: list[Segment]) -> None:
    """Division by 0.0141 stretches 700 s by 9.2 s, 18 frames."""
    labels = frame_labels(record, 1676, RATE_HZ, as_published=True)

    assert 1396 + 19 == np.flatnonzero(labels == EARTHQUAKE)[0]


def test_background_after_the_event_is_used(record: list[Segment]) -> None:
    """The published rule throws the last segment of every record away."""
    assert SILENCE == frame_labels(record, 1676, RATE_HZ)[-10]
    assert UNLABELLED == frame_labels(record, 1676, RATE_HZ, as_published=True)[-10]


def test_marks_of_another_class_are_no_label() -> None:
    """A mark that the networks have no class for trains nothing."""
    labels = frame_labels([Segment(0, 5000, "Explosion")], 100, RATE_HZ)

    assert (UNLABELLED == labels).all()


def test_real_records_have_background_on_both_sides(shared_data: Path) -> None:
    """Each Bezymianny record: background, one earthquake, background."""
    recordings = list(read_volcano(shared_data / "volcano" / "bezymianny", Drops()))

    assert 55 == len(recordings)
    for recording in recordings:
        about = recording.about
        frames = int(2 * len(recording.samples) / about.rate_hz)
        labels = frame_labels(about.segments, frames, about.rate_hz)
        assert {SILENCE, EARTHQUAKE} <= set(labels.tolist())


def test_short_runs_are_not_believed() -> None:
    """An earthquake of three frames is none, of four it is; one frame of silence goes too."""
    labels = np.array([0, 0, 3, 3, 3, 0, 3, 3, 3, 3])

    expected = [0, 0, -1, -1, -1, -1, 3, 3, 3, 3]
    assert expected == without_short_runs(labels).tolist()


def test_two_biases_act_as_their_sum() -> None:
    """The cell is Keras' LSTM with the sum of its biases."""
    rng = np.random.default_rng(6)
    cell = keras.layers.RNN(TwoBiasLSTMCell(7), return_sequences=True)
    plain = keras.layers.LSTM(7, return_sequences=True)
    features = rng.standard_normal((2, 9, 5)).astype(np.float32)
    cell(features), plain(features)
    kernel, recurrent, bias, recurrent_bias = cell.get_weights()
    plain.set_weights([kernel, recurrent, bias + recurrent_bias])

    np.testing.assert_allclose(_answer(plain, features), _answer(cell, features), atol=1e-5)


@pytest.mark.parametrize("name", ["volcano_tcn", "volcano_lstm"])
def test_future_has_no_say(name: str) -> None:
    """Both networks can run on a stream."""
    model = network(name).build()
    features = np.random.default_rng(7).standard_normal((1, 40, 48)).astype(np.float32)
    changed = features.copy()
    changed[:, 20:] = 5.0

    np.testing.assert_allclose(
        _answer(model, features)[:, :20], _answer(model, changed)[:, :20], atol=1e-6
    )


def test_tcn_hears_127_frames() -> None:
    """The oldest frame that counts lies 126 frames back."""
    model = network("volcano_tcn").build()
    features = np.random.default_rng(8).standard_normal((1, 200, 48)).astype(np.float32)
    changed = features.copy()
    changed[:, 0] = 9.0

    differs = np.abs(_answer(model, features) - _answer(model, changed)).max(axis=(0, 2)) > 0

    assert RECEPTIVE_FRAMES == 127
    assert not differs[RECEPTIVE_FRAMES:].any()
    assert differs[: RECEPTIVE_FRAMES - 1].mean() > 0.9
