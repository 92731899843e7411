"""Sequences of feature rows with a class for each row, as the volcano networks are trained on.

The published Deception set: pickles of a list of (T, 48) arrays and of a list of (T,) labels, or
the same in one npz of `features`, `labels` and `lengths`. Classes: 0 silence, 1 tremor, 2 hybrid,
3 earthquake, 4 long-period.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from training.data.readers.array_pickle import read_arrays
from training.errors import DataError

CLASSES = ("silence", "tremor", "hybrid", "earthquake", "long-period")


@dataclass(frozen=True, slots=True)
class Sequence:
    """One record's features and the class of each of its rows."""

    features: NDArray[np.float32]
    """Shape (T, columns)."""
    labels: NDArray[np.int32]
    """Shape (T,)."""


def read_npz_sequences(path: Path) -> list[Sequence]:
    """Return the sequences of an npz.

    Raises:
        DataError: Its arrays do not belong together.
    """
    with np.load(path, allow_pickle=False) as archive:
        missing = {"features", "labels", "lengths"} - set(archive.files)
        if missing:
            raise DataError(path, f"lacks {', '.join(sorted(missing))}")
        features, labels, lengths = (archive[n] for n in ("features", "labels", "lengths"))
    if lengths.sum() != len(features):
        raise DataError(path, f"lengths add up to {lengths.sum()}, features are {len(features)}")
    cuts = np.cumsum(lengths)[:-1]
    return _paired(path, np.split(features, cuts), np.split(labels, cuts))


def read_pickled_sequences(features: Path, labels: Path) -> list[Sequence]:
    """Return the sequences of a pickle of features and one of labels.

    Raises:
        DataError: One is no pickle of arrays, or they do not belong together.
    """
    return _paired(features, read_arrays(features), read_arrays(labels))


def _paired(
    path: Path, features: list[NDArray[np.generic]], labels: list[NDArray[np.generic]]
) -> list[Sequence]:
    if [len(one) for one in features] != [len(one) for one in labels]:
        raise DataError(path, "features and labels have different numbers of rows")
    return [
        Sequence(one.astype(np.float32), other.astype(np.int32))
        for one, other in zip(features, labels, strict=True)
    ]
