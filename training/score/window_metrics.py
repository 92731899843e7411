"""How well a network answers windows, one at a time: what its outputs are worth against targets.

Use: `judge(recipe, outputs, windows.targets, windows.examples)`. The same for every network: what
its outputs mean is read from its recipe.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.data.example import Example
from training.models.recipe import Recipe
from training.score.counts import Confusion
from training.score.picks import PickMetrics, curve_picks, judge_picks

Array = NDArray[np.floating]

THRESHOLD = 0.5
_QUIET = ("noise", "silence")
"""The labels that mean that nothing is there."""
_PEAK = 0.99
"""A target curve is 1 at an arrival, which may lie between two samples."""


@dataclass(frozen=True, slots=True)
class WindowMetrics:
    """What the answers to a set of windows are worth; None where the task has no such figure."""

    windows: int
    threshold: float
    detection: Confusion | None = None
    """Is anything there: of windows, or of frames where each frame has a class."""
    accuracy: float | None = None
    macro_f1: float | None = None
    """Mean F1 over the classes that occur in the targets."""
    picks: tuple[tuple[str, PickMetrics], ...] = ()
    """By phase."""
    mae: float | None = None
    rmse: float | None = None

    @property
    def headline(self) -> tuple[str, float]:
        """Name and value of the one figure by which two forms of a network are compared.

        F1 of the first phase of a picker, macro-F1 of classes, F1 of a detection, and of a
        regression the mean absolute error with a minus, so that more is always better.
        """
        if self.picks:
            phase, metrics = self.picks[0]
            return f"F1 of {phase} picks", metrics.f1
        if self.mae is not None:
            return "negative mean absolute error", -self.mae
        if self.macro_f1 is not None:
            return "macro-F1", self.macro_f1
        assert self.detection is not None
        return "F1", self.detection.f1

    def figures(self) -> dict[str, float]:
        """Return every figure that the task has, by a name for cards and tables."""
        found: dict[str, float] = {"windows": float(self.windows)}
        if self.detection is not None:
            found["precision"] = self.detection.precision
            found["recall"] = self.detection.recall
            found["F1"] = self.detection.f1
        others = {
            "accuracy": self.accuracy,
            "macro-F1": self.macro_f1,
            "mean absolute error": self.mae,
            "root mean square error": self.rmse,
        }
        found |= {name: value for name, value in others.items() if value is not None}
        for phase, metrics in self.picks:
            found |= _pick_figures(phase, metrics)
        return found


def judge(
    recipe: Recipe,
    outputs: Array,
    targets: Array,
    examples: Sequence[Example] | None = None,
    threshold: float = THRESHOLD,
) -> WindowMetrics:
    """Return what outputs are worth.

    Args:
        recipe: Of the network.
        outputs: Of the network, shape (n, ...).
        targets: What it should have said, in the form in which it is trained, shape (n, ...).
        examples: The windows with their onsets, for pickers; without them arrivals are read off
            the target curves, to the sample.
        threshold: From which score something is held to be there: one less the probability of
            noise or silence, the largest bin, the top of a curve.

    Raises:
        ValueError: Outputs and targets are of different sizes, or there are none.
    """
    if len(outputs) == 0 or len(outputs) != len(targets):
        raise ValueError(f"{len(outputs)} outputs for {len(targets)} targets of {recipe.name}")
    outputs = np.asarray(outputs, np.float64)
    targets = np.asarray(targets, np.float64)
    if recipe.task == "picking":
        return _judge_curves(recipe, outputs, targets, examples, threshold)
    return _judge_for(recipe)(recipe, outputs, targets, threshold)


def quiet_label(labels: Sequence[str]) -> int | None:
    """Return which label means that nothing is there; None where there is none."""
    return next((i for i, label in enumerate(labels) if label in _QUIET), None)


def _judge_for(recipe: Recipe) -> Callable[[Recipe, Array, Array, float], WindowMetrics]:
    if recipe.task == "regression":
        return _judge_values
    if recipe.training.loss == "allowed_answers":
        return _judge_hops
    if quiet_label(recipe.labels) is None:
        return _judge_bins
    return _judge_classes


def _judge_classes(
    recipe: Recipe, outputs: Array, targets: Array, threshold: float
) -> WindowMetrics:
    """Judge classes of windows, or of frames: a frame whose target is all zero is not asked."""
    quiet = quiet_label(recipe.labels)
    classes = len(recipe.labels)
    answers, truths = outputs.reshape(-1, classes), targets.reshape(-1, classes)
    asked = truths.max(axis=1) > 0
    answers, truths = answers[asked], truths[asked]
    answer, truth = answers.argmax(axis=1), truths.argmax(axis=1)
    return WindowMetrics(
        windows=len(outputs),
        threshold=threshold,
        detection=_confusion(1 - answers[:, quiet] >= threshold, truth != quiet),
        accuracy=float((answer == truth).mean()),
        macro_f1=float(np.mean([_class_f1(answer == k, truth == k) for k in np.unique(truth)])),
    )


def _judge_bins(_: Recipe, outputs: Array, targets: Array, threshold: float) -> WindowMetrics:
    """Judge detection by bins: a window is held for an event if any bin is."""
    n = len(outputs)
    fired = outputs.reshape(n, -1).max(axis=1) >= threshold
    there = targets.reshape(n, -1).max(axis=1) >= THRESHOLD
    right = (outputs >= threshold) == (targets >= THRESHOLD)
    return WindowMetrics(
        windows=n,
        threshold=threshold,
        detection=_confusion(fired, there),
        accuracy=float(right.mean()),
    )


def _judge_hops(recipe: Recipe, outputs: Array, targets: Array, threshold: float) -> WindowMetrics:
    """Judge a stream's hops that are asked: noise rightly called so, and what is not noise.

    The accuracy is that of the likeliest label, right if it is among the allowed ones.
    """
    quiet = quiet_label(recipe.labels)
    classes = len(recipe.labels)
    answers = outputs.reshape(-1, classes)
    truths = targets.reshape(-1, classes + 1)
    asked = truths[:, classes] > 0
    answers, truths = answers[asked], truths[asked, :classes]
    allowed = truths[np.arange(len(truths)), answers.argmax(axis=1)] > 0
    return WindowMetrics(
        windows=len(outputs),
        threshold=threshold,
        detection=_confusion(1 - answers[:, quiet] >= threshold, truths[:, quiet] == 0),
        accuracy=float(allowed.mean()),
    )


def _judge_values(_: Recipe, outputs: Array, targets: Array, threshold: float) -> WindowMetrics:
    error = outputs.reshape(-1) - targets.reshape(-1)
    return WindowMetrics(
        windows=len(outputs),
        threshold=threshold,
        mae=float(np.abs(error).mean()),
        rmse=float(np.sqrt(np.square(error).mean())),
    )


def _judge_curves(
    recipe: Recipe,
    outputs: Array,
    targets: Array,
    examples: Sequence[Example] | None,
    threshold: float,
) -> WindowMetrics:
    rate_hz = recipe.input.rate_hz
    judged = []
    for i, phase in enumerate(recipe.labels):
        picks = [curve_picks(curve, threshold, rate_hz) for curve in outputs[..., i]]
        if examples is None:
            arrivals = [curve_picks(curve, _PEAK, rate_hz) for curve in targets[..., i]]
        else:
            arrivals = [_arrivals(example, phase) for example in examples]
        judged.append((phase, judge_picks(picks, arrivals)))
    n = len(outputs)
    fired = outputs.reshape(n, -1).max(axis=1) >= threshold
    there = targets.reshape(n, -1).max(axis=1) >= THRESHOLD
    return WindowMetrics(
        windows=n, threshold=threshold, detection=_confusion(fired, there), picks=tuple(judged)
    )


def _arrivals(example: Example, phase: str) -> list[float]:
    """Return when a phase arrives in an example, seconds."""
    samples = [onset.p if phase == "P" else onset.s for onset in example.onsets]
    return [sample / example.rate_hz for sample in samples if sample is not None]


def _confusion(fired: NDArray[np.bool_], there: NDArray[np.bool_]) -> Confusion:
    return Confusion(
        hit=int((fired & there).sum()),
        missed=int((~fired & there).sum()),
        false=int((fired & ~there).sum()),
        quiet=int((~fired & ~there).sum()),
    )


def _class_f1(answered: NDArray[np.bool_], true: NDArray[np.bool_]) -> float:
    return _confusion(answered, true).f1


def _pick_figures(phase: str, metrics: PickMetrics) -> dict[str, float]:
    figures = {
        f"{phase} arrivals": float(metrics.arrivals),
        f"{phase} precision": metrics.precision,
        f"{phase} recall": metrics.recall,
        f"{phase} F1": metrics.f1,
        f"{phase} within 0.1 s": metrics.within_close.share if metrics.arrivals else 0.0,
        f"{phase} within 0.5 s": metrics.recall,
    }
    if metrics.mae_s is not None:
        figures[f"{phase} mean absolute error, s"] = metrics.mae_s
    return figures
