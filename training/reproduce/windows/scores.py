"""What answers to windows are worth, counted in the authors' way and in an honest one.

Answers are added batch by batch, so that curves of a hundred thousand windows need no memory.
"""

from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from training.data.windows import WindowExamples
from training.models.recipe import Recipe
from training.reproduce.result import Measure
from training.score.counts import Confusion, Proportion

Array = NDArray[np.floating]
Counts = tuple[tuple[int, ...], ...]

FIRED = 0.5
"""Probability from which something is held to be there, in the honest figures."""
ACCURACY, PRECISION, RECALL, F1 = "accuracy", "precision", "recall", "f1"
HONEST_PRECISION, HONEST_RECALL, HONEST_F1 = "honest precision", "honest recall", "honest f1"
MACRO_F1, FALSE_SHARE = "macro f1", "false share"
MSE, RMSE, MAE = "mse", "rmse", "mae"


class Score(Protocol):
    """Takes answers and counts."""

    def add(self, outputs: Array, windows: WindowExamples) -> None:
        """Take the answers to some windows."""

    def measures(self) -> dict[str, Measure]:
        """Return the figures of all answers so far, by key."""

    def confusion(self) -> Counts:
        """Return the answers to each class; empty where the network has no classes."""


NewScore = Callable[[Recipe], Score]


class BinScore:
    """Detection in bins, as CRED's authors count: a window fires where a bin passes 0.05.

    The truth is what the window holds, not its label, which the published rule leaves empty for
    most near events.
    """

    _PUBLISHED_FIRED = 0.05

    def __init__(self, _: Recipe) -> None:
        self._top: list[float] = []
        self._there: list[bool] = []
        self._right_bins = self._bins = 0

    def add(self, outputs: Array, windows: WindowExamples) -> None:
        """Take the probabilities of bins, shape (n, 38, 1)."""
        self._top += outputs.max(axis=(1, 2)).tolist()
        self._there += [bool(example.onsets) for example in windows.examples]
        right = (outputs >= FIRED) == (windows.targets >= FIRED)
        self._right_bins += int(right.sum())
        self._bins += right.size

    def measures(self) -> dict[str, Measure]:
        """Return the figures."""
        top, there = np.array(self._top), np.array(self._there)
        published = detection(top > self._PUBLISHED_FIRED, there)
        honest = detection(top >= FIRED, there)
        return {
            **_detection_measures(published, (PRECISION, RECALL, F1)),
            **_detection_measures(honest, (HONEST_PRECISION, HONEST_RECALL, HONEST_F1)),
            FALSE_SHARE: share_measure(honest.alarmed),
            ACCURACY: _percent(self._right_bins / self._bins, self._bins),
        }

    def confusion(self) -> Counts:
        """Return nothing."""
        return ()


class ClassScore:
    """Classes of whole windows.

    Args:
        recipe: Of the network.
        positive: Class of which the authors print precision and recall.
        quiet: Class that says that nothing is there.
    """

    def __init__(self, recipe: Recipe, positive: str, quiet: str = "noise") -> None:
        self._labels = recipe.labels
        self._positive, self._quiet = recipe.labels.index(positive), recipe.labels.index(quiet)
        self._answer: list[int] = []
        self._truth: list[int] = []
        self._event: list[float] = []

    def add(self, outputs: Array, windows: WindowExamples) -> None:
        """Take the probabilities of classes, shape (n, classes)."""
        self._answer += outputs.argmax(axis=1).tolist()
        self._truth += windows.targets.argmax(axis=1).tolist()
        self._event += (1 - outputs[:, self._quiet]).tolist()

    def measures(self) -> dict[str, Measure]:
        """Return the figures."""
        answer, truth = np.array(self._answer), np.array(self._truth)
        printed = detection(answer == self._positive, truth == self._positive)
        honest = detection(np.array(self._event) >= FIRED, truth != self._quiet)
        of_class = [detection(answer == k, truth == k).f1 for k in np.unique(truth)]
        right = Proportion(int((answer == truth).sum()), len(truth))
        return {
            ACCURACY: share_measure(right),
            **_detection_measures(printed, (PRECISION, RECALL, F1)),
            **_detection_measures(honest, (HONEST_PRECISION, HONEST_RECALL, HONEST_F1)),
            FALSE_SHARE: share_measure(honest.alarmed),
            MACRO_F1: _percent(float(np.mean(of_class)), len(truth)),
        }

    def confusion(self) -> Counts:
        """Return the answers (columns) to each class (rows)."""
        counts = np.zeros((len(self._labels), len(self._labels)), np.int64)
        np.add.at(counts, (self._truth, self._answer), 1)
        return tuple(map(tuple, counts.tolist()))


class ValueScore:
    """One number a window."""

    def __init__(self, _: Recipe) -> None:
        self._errors: list[float] = []

    def add(self, outputs: Array, windows: WindowExamples) -> None:
        """Take the values, shape (n, 1)."""
        self._errors += (outputs - windows.targets).ravel().tolist()

    def measures(self) -> dict[str, Measure]:
        """Return the figures, and the authors' accuracy: numbers that are right to the last bit."""
        error, n = np.array(self._errors), len(self._errors)
        square = float(np.square(error).mean())
        return {
            MSE: Measure(value=square, of=n),
            RMSE: Measure(value=square**0.5, of=n),
            MAE: Measure(value=float(np.abs(error).mean()), of=n),
            ACCURACY: _percent(float((error == 0).mean()), n),
        }

    def confusion(self) -> Counts:
        """Return nothing."""
        return ()


def detection(fired: NDArray[np.bool_], there: NDArray[np.bool_]) -> Confusion:
    """Return how often something was there and how often the answer said so."""
    return Confusion(
        hit=int((fired & there).sum()),
        missed=int((~fired & there).sum()),
        false=int((fired & ~there).sum()),
        quiet=int((~fired & ~there).sum()),
    )


def _detection_measures(counts: Confusion, keys: Sequence[str]) -> dict[str, Measure]:
    precision, recall, f1 = keys
    made = Proportion(counts.hit, counts.hit + counts.false)
    of = counts.hit + counts.missed + counts.false + counts.quiet
    return {
        precision: share_measure(made),
        recall: share_measure(counts.found),
        f1: _percent(counts.f1, of),
    }


def share_measure(share: Proportion) -> Measure:
    """Return a share in percent with its exact 95 % interval; no value where it is of nothing."""
    if not share.of:
        return Measure(value=None, of=0)
    low, high = share.interval
    return Measure(value=100 * share.share, low=100 * low, high=100 * high, of=share.of)


def _percent(share: float, of: int) -> Measure:
    return Measure(value=100 * share, of=of)
