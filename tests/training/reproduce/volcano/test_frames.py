"""Counts of frames, and intervals that know that frames come in sequences."""

import numpy as np

from training.models.volcano_labels import UNLABELLED
from training.reproduce.volcano.frames import (
    believed,
    confusion,
    frame_accuracy,
    likeliest_share,
    recalls,
)
from training.reproduce.volcano.protocol import CONFUSIONS, figures


def test_rows_are_the_truth() -> None:
    """A tremor taken for silence is in the row of tremor."""
    counts = confusion([np.array([0, 1, 1])], [np.array([0, 0, 1])])

    assert 1 == counts[1, 0]
    assert [1, 1] == [counts[0, 0], counts[1, 1]]


def test_no_answer_is_in_no_column_and_is_wrong() -> None:
    """A frame left without a class is neither counted as an answer nor as right."""
    truth, answer = [np.array([0, 0])], [np.array([0, UNLABELLED])]

    assert 1 == confusion(truth, answer).sum()
    assert 0.5 == frame_accuracy(truth, answer).value


def test_recall_of_a_class_that_is_not_there_is_left_out() -> None:
    """Nothing is divided by zero."""
    counts = confusion([np.array([0, 1])], [np.array([0, 0])])

    assert {"silence": 1.0, "tremor": 0.0} == recalls(counts)


def test_the_interval_knows_that_frames_come_in_sequences() -> None:
    """Ten sequences, each all right or all wrong, say as much as ten frames, not as a thousand."""
    truth = [np.zeros(100, np.int64)] * 10
    answer = [np.full(100, int(number < 3)) for number in range(10)]

    accuracy = frame_accuracy(truth, answer)

    assert 0.7 == accuracy.value
    assert accuracy.high - accuracy.low > 0.4


def test_short_runs_are_not_believed() -> None:
    """Three frames of earthquake are too few, four are enough."""
    short, long = np.array([0] * 5 + [3] * 3 + [0] * 5), np.array([0] * 5 + [3] * 4 + [0] * 5)

    kept = believed([short, long])

    assert [UNLABELLED] * 3 == kept[0][5:8].tolist()
    assert [3] * 4 == kept[1][5:9].tolist()


def test_always_the_same_answer() -> None:
    """The accuracy that costs nothing is that of the most frequent class."""
    assert 0.75 == likeliest_share([np.array([0, 0]), np.array([0, 4])])


def test_published_confusions_give_the_published_accuracies() -> None:
    """6098 frames each, 84.34 % and 86.62 % of them right."""
    published = {name: figures(name)[0].published for name in CONFUSIONS}

    assert [6098, 6098] == [int(counts.sum()) for counts in CONFUSIONS.values()]
    assert {"volcano_tcn": 84.34, "volcano_lstm": 86.62} == {
        name: round(value or 0.0, 2) for name, value in published.items()
    }
