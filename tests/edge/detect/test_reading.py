"""Which of a network's answers to a window count now, and what score they make."""

import numpy as np
import pytest

from edge.bundle.card import WindowOutputFacts
from edge.detect.reading import AnswerReader


def _reader(window_s: float = 60.0, **facts: object) -> AnswerReader:
    return AnswerReader(WindowOutputFacts.model_validate({"tensor": "p", **facts}), window_s)


def test_classes_are_read_off_the_one_row() -> None:
    """The score is what is left of quiet; every label has its probability."""
    reader = _reader(reading="classes", labels=("P", "S", "noise"), quiet="noise")

    score, probabilities = reader.read(np.float32([[0.6, 0.1, 0.3]]))

    assert pytest.approx(0.7) == score
    assert pytest.approx({"P": 0.6, "S": 0.1, "noise": 0.3}) == probabilities


def test_frames_are_read_off_the_newest() -> None:
    """Older frames were newest once."""
    reader = _reader(reading="frames", labels=("silence", "tremor"), quiet="silence")

    score, _ = reader.read(np.float32([[0.1, 0.9], [0.2, 0.8], [0.75, 0.25]]))

    assert pytest.approx(0.25) == score


@pytest.mark.parametrize(("newest_s", "counted"), [(1.0, 1), (3.0, 2), (3.2, 3), (60.0, 38)])
def test_bins_count_where_they_touch_the_newest_seconds(newest_s: float, counted: int) -> None:
    """38 bins of 60 s: a bin is 1.58 s, and one that is touched counts as a whole."""
    reader = _reader(reading="bins", labels=("earthquake",), newest_s=newest_s)
    bins = np.linspace(1.0, 0.1, 38, dtype=np.float32)[:, None]

    score, probabilities = reader.read(bins)

    assert pytest.approx(float(bins[-counted, 0])) == score
    assert {"earthquake": score} == probabilities


def test_curve_gives_each_label_its_largest_value() -> None:
    """P and S may have theirs at different samples; the larger makes the score."""
    reader = _reader(reading="curve", labels=("P", "S"), newest_s=3.0)
    curve = np.zeros((6000, 2), np.float32)
    curve[5750, 0], curve[5990, 1], curve[5600, 0] = 0.4, 0.8, 1.0

    score, probabilities = reader.read(curve)

    assert pytest.approx(0.8) == score
    assert pytest.approx({"P": 0.4, "S": 0.8}) == probabilities


def test_value_is_not_read_as_a_score() -> None:
    """A magnitude of 5 would fire for ever."""
    with pytest.raises(ValueError, match="answers with magnitude"):
        _reader(reading="value", labels=("magnitude",))


@pytest.mark.parametrize(
    ("facts", "memory_s"),
    [
        ({"reading": "classes", "labels": ("noise", "event"), "quiet": "noise"}, 60.0),
        ({"reading": "frames", "labels": ("noise", "event"), "quiet": "noise"}, 0.0),
        ({"reading": "bins", "labels": ("event",), "newest_s": 3.0}, 3.0),
        ({"reading": "curve", "labels": ("P",), "newest_s": 2.0}, 2.0),
    ],
)
def test_memory_is_how_long_an_event_counts(facts: dict[str, object], memory_s: float) -> None:
    """One answer for a whole window holds an event as long as the window does."""
    assert memory_s == _reader(**facts).memory_s
