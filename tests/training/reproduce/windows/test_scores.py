"""The authors' figures beside honest ones: each test shows one difference."""

import numpy as np
import pytest

pytest.importorskip("keras", reason="the training extra is not installed")

from training.data.example import Example, Onset
from training.data.windows import WindowExamples
from training.models.cred_labels import Onsets, bin_labels
from training.reproduce.windows.pick_score import PickScore, published_errors
from training.reproduce.windows.scores import BinScore, ClassScore, ValueScore
from training.zoo import network

RATE_HZ = 100.0
SAMPLES = 6000


def windows(targets: np.ndarray, onsets: list[tuple[Onset, ...]]) -> WindowExamples:
    """Return windows of which only targets and onsets matter."""
    silent = np.zeros((10, 3), np.float32)
    examples = tuple(Example(silent, RATE_HZ, given) for given in onsets)
    return WindowExamples(np.zeros((len(targets), 1), np.float32), targets, examples)


def picker_score(tops_s: list[float], arrivals_s: list[float], height: float = 0.9) -> PickScore:
    """Return the score of picks at given times of P arrivals at given times."""
    score = PickScore(network("eqd_picker").published)
    curves = np.zeros((len(tops_s), SAMPLES, 1))
    for row, top_s in enumerate(tops_s):
        curves[row, round(top_s * RATE_HZ), 0] = height
    onsets = [(Onset(arrival * RATE_HZ, None),) for arrival in arrivals_s]
    score.add(curves, windows(np.zeros((len(tops_s), SAMPLES, 1)), onsets))
    return score


def test_a_pick_twenty_seconds_off_is_published_as_perfect() -> None:
    """Errors over 2 s become 0 before anything is computed; here they stay what they are."""
    measures = picker_score([10.1, 30.0, 10.0], [10.0, 10.0, 10.0]).measures()

    assert 100.0 == measures["P near"].value
    assert 0.05 == pytest.approx(measures["P mae"].value)
    assert 100 * 2 / 3 == pytest.approx(measures["P top near"].value)
    assert 20.1 / 3 == pytest.approx(measures["P top mae"].value)
    assert 100 * 2 / 3 == pytest.approx(measures["P honest recall"].value)


def test_a_pick_that_is_always_late_is_published_as_exact() -> None:
    """The mean is removed: half a second late throughout has no mean absolute error."""
    measures = picker_score([10.5] * 5, [10.0] * 5).measures()

    assert 0.0 == pytest.approx(measures["P mae"].value, abs=1e-9)
    assert 0.5 == pytest.approx(measures["P top mae"].value)


def test_the_last_window_is_lost_to_the_published_figures() -> None:
    """The authors' loop ends one too early."""
    assert [0.1, 0.0] == published_errors(np.array([0.1, -3.0, 0.2])).tolist()
    measures = picker_score([10.0, 10.0, 40.0], [10.0, 10.0, 10.0]).measures()
    assert (2, 3) == (measures["P near"].of, measures["P top near"].of)


def test_a_curve_too_low_to_pick_is_published_as_a_pick() -> None:
    """Its highest point counts, however low; an honest miss is a miss."""
    measures = picker_score([10.0] * 3, [10.0] * 3, height=0.01).measures()

    assert 100.0 == measures["P near"].value
    assert 0.0 == measures["P honest recall"].value


def test_noise_is_in_no_published_figure_of_a_picker() -> None:
    """A pick in noise costs precision, which the authors do not measure."""
    score = PickScore(network("eqd_picker").published)
    curves = np.zeros((3, SAMPLES, 1))
    curves[:, 1000] = 0.9
    arrival = (Onset(1000.0, None),)
    score.add(curves, windows(np.zeros((3, SAMPLES, 1)), [arrival, arrival, ()]))

    measures = score.measures()

    assert 100.0 == measures["P near"].value
    assert 100 * 2 / 3 == pytest.approx(measures["P honest precision"].value)


def test_precision_of_noise_is_not_that_of_earthquakes() -> None:
    """The authors print the figures of column 0, which is noise."""
    recipe = network("eqd_classifier").published
    score = ClassScore(recipe, positive="noise")
    truth = np.eye(2)[[0, 0, 0, 1, 1]]
    answer = np.eye(2)[[0, 0, 0, 0, 1]]
    score.add(answer, windows(truth, [()] * 5))

    measures = score.measures()

    assert 75.0 == measures["precision"].value
    assert 100.0 == measures["recall"].value
    assert 100.0 == measures["honest precision"].value
    assert 50.0 == measures["honest recall"].value
    assert ((3, 0), (1, 1)) == score.confusion()


def test_an_event_without_a_label_is_still_an_event() -> None:
    """The published rule leaves a near event without a bin; whoever finds it is right."""
    recipe = network("cred").published
    near = bin_labels([Onsets(1000.0, 1040.0)], as_published=True)
    assert not near.any()
    score = BinScore(recipe)
    outputs = np.zeros((2, 38, 1))
    outputs[0, 6] = 0.9
    onsets = [(Onset(1000.0, 1040.0),), ()]
    score.add(outputs, windows(np.stack([near, np.zeros((38, 1))]), onsets))

    measures = score.measures()

    assert 100.0 == measures["honest recall"].value
    assert 0.0 == measures["false share"].value


def test_a_bin_at_six_percent_fires_as_published() -> None:
    """Their threshold of 0.05 is an alarm for windows of noise that 0.5 leaves alone."""
    score = BinScore(network("cred").published)
    outputs = np.full((2, 38, 1), 0.06)
    onsets = [(Onset(1000.0, 1500.0),), ()]
    score.add(outputs, windows(np.zeros((2, 38, 1)), onsets))

    measures = score.measures()

    assert (100.0, 50.0) == (measures["recall"].value, measures["precision"].value)
    assert (0.0, None) == (measures["honest recall"].value, measures["honest precision"].value)


def test_accuracy_of_a_number_is_nothing() -> None:
    """The published metric counts magnitudes that are right to the last bit."""
    score = ValueScore(network("techtonics_regressor").published)
    truth = np.array([[2.0], [3.0]], np.float32)
    wrong = np.array([[2.1], [2.7]])
    score.add(wrong, windows(truth, [(), ()]))

    measures = score.measures()

    assert 0.0 == measures["accuracy"].value
    assert 0.2 == pytest.approx(measures["mae"].value, abs=1e-6)
    assert 0.05 == pytest.approx(measures["mse"].value, abs=1e-6)


def test_batches_add_up() -> None:
    """Two halves give the figures of the whole."""
    recipe = network("quake_cnn").published
    rng = np.random.default_rng(3)
    outputs, truth = rng.dirichlet(np.ones(3), 20), np.eye(3)[rng.integers(0, 3, 20)]
    whole, halves = (ClassScore(recipe, positive="P") for _ in range(2))
    whole.add(outputs, windows(truth, [()] * 20))
    for half in (slice(0, 8), slice(8, 20)):
        halves.add(outputs[half], windows(truth[half], [()] * len(truth[half])))

    assert whole.measures() == halves.measures()
    assert whole.confusion() == halves.confusion()
