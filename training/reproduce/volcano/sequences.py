"""The sequences that a user has: a test set alone, or the published partition."""

import hashlib
from collections.abc import Sequence as ListOf
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from training.data.readers.sequences import Sequence, read_npz_sequences, read_pickled_sequences
from training.errors import DataError

PUBLISHED_TRAINING = 416
"""Training sequences of the published partition 0."""
PUBLISHED_TEST = 52

_INSIDE = "volcano"
_PICKLES = "*_normalized.p"
"""The authors' names: `fbank_part0_normalized.p`, with `_labels` or `_test` in them."""


@dataclass(frozen=True, slots=True)
class SequenceData:
    """Sequences and how the authors parted them."""

    test: tuple[Sequence, ...]
    """The published test set."""
    train: tuple[Sequence, ...] = ()
    """The published training set; none where a user has the test set alone."""

    @property
    def fingerprint(self) -> str:
        """SHA-256 of everything in it."""
        total = hashlib.sha256()
        for one in (*self.train, *self.test):
            total.update(np.ascontiguousarray(one.features).tobytes())
            total.update(np.ascontiguousarray(one.labels).tobytes())
        return total.hexdigest()


def find_sequences(path: Path) -> SequenceData:
    """Return the sequences at a place.

    Args:
        path: An npz of `features`, `labels`, `lengths`; a folder with exactly one such; a folder
            with the authors' pickles, training and test; or a folder of data sets that has such a
            one as `volcano/`.

    Raises:
        DataError: There is nothing of that kind, or the training set holds the test set.
    """
    if path.is_file():
        return SequenceData(tuple(read_npz_sequences(path)))
    if not path.is_dir():
        raise DataError(path, "does not exist")
    if (path / _INSIDE).is_dir():
        path /= _INSIDE
    pickles = sorted(path.glob(_PICKLES))
    if pickles:
        return _published_partition(path, pickles)
    archives = sorted(path.glob("*.npz"))
    if len(archives) != 1:
        raise DataError(path, f"holds {len(archives)} npz files and no {_PICKLES}; name one file")
    return SequenceData(tuple(read_npz_sequences(archives[0])))


def _published_partition(path: Path, pickles: ListOf[Path]) -> SequenceData:
    """Return training and test set from the authors' pickles."""
    test = _pair(path, [file for file in pickles if "_test" in file.name])
    rest = [file for file in pickles if "_test" not in file.name]
    if not rest:
        return SequenceData(test)
    train = _pair(path, rest)
    shared = len(_keys(train) & _keys(test))
    if shared:
        raise DataError(
            path,
            f"its training set holds {shared} of the {len(test)} test sequences; the authors' "
            "folder TCN_Model has the test set in both places, RNN-LSTM has the right one",
        )
    return SequenceData(test, train)


def _pair(path: Path, files: ListOf[Path]) -> tuple[Sequence, ...]:
    """Return the sequences of a pickle of features and one of labels."""
    labels = [file for file in files if "labels" in file.name]
    features = [file for file in files if "labels" not in file.name]
    if len(labels) != 1 or len(features) != 1:
        found = ", ".join(file.name for file in files) or "none"
        raise DataError(path, f"needs one pickle of features and one of labels, has {found}")
    return tuple(read_pickled_sequences(features[0], labels[0]))


def _keys(sequences: ListOf[Sequence]) -> set[bytes]:
    return {one.features.tobytes() for one in sequences}
