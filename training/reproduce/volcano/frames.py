"""What answers to frames are worth: counts of classes, and how sure the share of right ones is."""

from collections.abc import Sequence as ListOf
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.data.readers.sequences import CLASSES
from training.models.volcano_labels import UNLABELLED, without_short_runs

Labels = NDArray[np.integer]

_RESAMPLINGS = 10_000
_SEED = 52


@dataclass(frozen=True, slots=True)
class Interval:
    """A share and its 95 % interval."""

    value: float
    low: float
    high: float


def confusion(truth: ListOf[Labels], answer: ListOf[Labels]) -> NDArray[np.int64]:
    """Return how often each class (row) was given each answer (column).

    Frames without an answer (`UNLABELLED`) are in no column.

    Args:
        truth: For each sequence its classes, shape (T,).
        answer: For each sequence the classes given, shape (T,).
    """
    counts = np.zeros((len(CLASSES), len(CLASSES)), np.int64)
    for true, given in zip(truth, answer, strict=True):
        kept = given != UNLABELLED
        np.add.at(counts, (true[kept], given[kept]), 1)
    return counts


def frame_accuracy(truth: ListOf[Labels], answer: ListOf[Labels]) -> Interval:
    """Return the share of all frames that were given their class, with its 95 % interval.

    Frames of one sequence are wrong together: the interval is that of a bootstrap over sequences
    (percentiles of 10,000 resamplings), several times as wide as one over frames would be.
    """
    right = np.array([(t == a).sum() for t, a in zip(truth, answer, strict=True)])
    of = np.array([len(t) for t in truth])
    rng = np.random.default_rng(_SEED)
    drawn = rng.integers(0, len(of), (_RESAMPLINGS, len(of)))
    shares = right[drawn].sum(axis=1) / of[drawn].sum(axis=1)
    low, high = np.percentile(shares, [2.5, 97.5])
    return Interval(float(right.sum() / of.sum()), float(low), float(high))


def recalls(counts: NDArray[np.int64]) -> dict[str, float]:
    """Return the share of each class's frames that were given it; classes without frames lack."""
    return {
        name: float(row[number] / row.sum())
        for number, (name, row) in enumerate(zip(CLASSES, counts, strict=True))
        if row.sum()
    }


def believed(answer: ListOf[Labels]) -> list[Labels]:
    """Return answers with the runs left out that the authors hold for too short."""
    return [without_short_runs(np.asarray(one, np.int64)) for one in answer]


def likeliest_share(truth: ListOf[Labels]) -> float:
    """Return the accuracy of always answering with the most frequent class."""
    counts = np.bincount(np.concatenate(truth))
    return float(counts.max() / counts.sum())
