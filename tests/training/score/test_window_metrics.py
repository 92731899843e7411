"""The answers of every kind of network are judged by what they mean."""

import numpy as np
import pytest

from training.data.example import Example, Onset
from training.models import (
    cred,
    eqd_classifier,
    eqd_picker,
    quake_cnn,
    techtonics_regressor,
    tremor_stream_recipe,
    volcano_tcn,
)
from training.models.eqd_labels import pick_labels
from training.score.window_metrics import WindowMetrics, judge, quiet_label
from training.zoo import zoo


def _example(*onsets: Onset) -> Example:
    return Example(np.zeros((6000, 3), np.float32), 100.0, onsets)


def test_two_classes() -> None:
    """One hit, one miss, one false alarm, one right silence."""
    outputs = np.array([[0.1, 0.9], [0.8, 0.2], [0.3, 0.7], [0.9, 0.1]])
    targets = np.array([[0, 1], [0, 1], [1, 0], [1, 0]])
    metrics = judge(eqd_classifier.RECIPE, outputs, targets)

    assert metrics.detection is not None
    assert (0.5, 0.5) == (metrics.detection.precision, metrics.detection.recall)
    assert 0.5 == metrics.accuracy
    assert ("macro-F1", 0.5) == metrics.headline


def test_threshold_decides_about_detection_alone() -> None:
    """At 0.15 the weak event is found, the accuracy of the classes stays."""
    outputs, targets = np.array([[0.8, 0.2]]), np.array([[0, 1]])
    metrics = judge(eqd_classifier.RECIPE, outputs, targets, threshold=0.15)

    assert metrics.detection is not None
    assert (1.0, 0.0) == (metrics.detection.recall, metrics.accuracy)


def test_p_taken_for_s_is_detected_and_yet_wrong() -> None:
    """quake_cnn: something is there, but the class is not right."""
    metrics = judge(quake_cnn.RECIPE, np.array([[0.2, 0.7, 0.1]]), np.array([[1, 0, 0]]))

    assert metrics.detection is not None
    assert (1.0, 0.0, 0.0) == (metrics.detection.recall, metrics.accuracy, metrics.macro_f1)


def test_any_bin_detects_a_window() -> None:
    """cred: 38 bins, an event in bins 5 to 7 of the first window, none in the second."""
    targets = np.zeros((2, 38, 1))
    targets[0, 5:8] = 1
    outputs = np.zeros((2, 38, 1))
    outputs[0, 6] = 0.7
    metrics = judge(cred.RECIPE, outputs, targets)

    assert metrics.detection is not None
    assert 1.0 == metrics.detection.f1
    assert pytest.approx(74 / 76) == metrics.accuracy


def test_picker_is_judged_by_its_picks() -> None:
    """The wide picker finds P 0.04 s late and misses S."""
    curves = pick_labels([[1000.0], [1800.0]])[None]
    outputs = np.roll(curves, 4, axis=1) * [0.9, 0.1]
    metrics = judge(eqd_picker.RECIPE_WIDE, outputs, curves, [_example(Onset(1000.0, 1800.0))])
    picks = dict(metrics.picks)

    assert ("P", "S") == tuple(picks)
    assert pytest.approx(0.04) == picks["P"].mae_s
    assert (1.0, 0.0) == (picks["P"].f1, picks["S"].f1)
    assert ("F1 of P picks", 1.0) == metrics.headline


@pytest.mark.parametrize("place", [1000.0, 1000.5, 2500.25])
def test_arrivals_can_be_read_off_the_target_curves(place: float) -> None:
    """Without the examples the labels tell where P was, to the sample."""
    curves = pick_labels([[place]])[None]
    metrics = judge(eqd_picker.RECIPE, curves, curves)

    assert 1 == dict(metrics.picks)["P"].arrivals
    assert 1.0 == metrics.headline[1]


def test_regression_is_judged_by_its_error() -> None:
    """More is better also for an error: the headline has a minus."""
    metrics = judge(techtonics_regressor.RECIPE, np.array([[4.0], [5.0]]), np.array([[4.5], [3.5]]))

    assert (1.0, pytest.approx(np.sqrt(1.25))) == (metrics.mae, metrics.rmse)
    assert -1.0 == metrics.headline[1]


def test_frames_without_a_target_are_not_asked() -> None:
    """A volcano sequence with two labelled frames of three."""
    outputs = np.eye(5)[[0, 3, 4]][None]
    targets = np.eye(5)[[0, 3, 1]][None].copy()
    targets[0, 2] = 0
    metrics = judge(volcano_tcn.RECIPE, outputs, targets)

    assert (1.0, 1.0) == (metrics.accuracy, metrics.macro_f1)


def test_allowed_answers_of_a_stream() -> None:
    """Where P and S are both right, either is; a hop of weight zero is not asked."""
    outputs = np.array([[[0.1, 0.2, 0.7], [0.9, 0.1, 0.0], [0.9, 0.1, 0.0]]])
    targets = np.array([[[0, 1, 1, 1], [1, 0, 0, 1], [0, 1, 0, 0]]])
    metrics = judge(tremor_stream_recipe.RECIPE, outputs, targets)

    assert metrics.detection is not None
    assert (1.0, 1.0) == (metrics.accuracy, metrics.detection.f1)


def test_sizes_must_agree() -> None:
    """Outputs of another set are refused, and so is nothing at all."""
    with pytest.raises(ValueError, match="1 outputs for 2 targets of eqd_classifier"):
        judge(eqd_classifier.RECIPE, np.zeros((1, 2)), np.zeros((2, 2)))
    with pytest.raises(ValueError, match="0 outputs"):
        judge(eqd_classifier.RECIPE, np.zeros((0, 2)), np.zeros((0, 2)))


def _anything(name: str) -> WindowMetrics:
    recipe = zoo()[name].sound
    rng = np.random.default_rng(1)
    labels = len(recipe.labels)
    rows = {"picking": (6000,), "volcano-sequence": (20,)}.get(recipe.task, ())
    if name in {"cred", "tremor_stream"}:
        rows = (38,)
    outputs = rng.random((4, *rows, labels))
    targets = (rng.random((4, *rows, labels)) > 0.5).astype(float)
    if name == "tremor_stream":
        targets = np.concatenate([targets, np.ones((4, *rows, 1))], axis=-1)
    return judge(recipe, outputs, targets)


@pytest.mark.parametrize("name", sorted(zoo()))
def test_every_network_of_the_zoo_has_figures(name: str) -> None:
    """All figures are finite and have names, and one of them is the headline."""
    metrics = _anything(name)

    assert all(np.isfinite(value) for value in metrics.figures().values())
    assert len(metrics.figures()) > 2
    assert np.isfinite(metrics.headline[1])


def test_quiet_is_noise_or_silence() -> None:
    """Which label means that nothing is there."""
    assert 0 == quiet_label(("noise", "P", "S"))
    assert 2 == quiet_label(("P", "S", "noise"))
    assert 0 == quiet_label(("silence", "tremor"))
    assert quiet_label(("earthquake",)) is None
