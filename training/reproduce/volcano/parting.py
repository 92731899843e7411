"""Training and test sequences: the published partition, or each sequence tested once."""

from dataclasses import dataclass

from training.data.readers.sequences import Sequence
from training.reproduce.volcano.folds import stratified_folds
from training.reproduce.volcano.sequences import SequenceData

_INNER_FOLDS = 5
_FOLD_SEED = 1


@dataclass(frozen=True, slots=True)
class Parting:
    """What one network is trained and tested on."""

    train: tuple[Sequence, ...]
    test: tuple[Sequence, ...]
    numbers: tuple[int, ...]
    """Of the test sequences in the test set."""


def partings(data: SequenceData, folds: int) -> tuple[Parting, ...]:
    """Return the published partition where it is at hand, else folds of the test set.

    Args:
        data: With or without a training set.
        folds: How many, where the test set is all there is.
    """
    if data.train:
        return (Parting(data.train, data.test, tuple(range(len(data.test)))),)
    return tuple(
        Parting(
            train=tuple(one for i, one in enumerate(data.test) if i not in fold),
            test=tuple(data.test[i] for i in fold),
            numbers=fold,
        )
        for fold in stratified_folds(data.test, folds, _FOLD_SEED)
    )


def inner_parting(train: tuple[Sequence, ...]) -> Parting:
    """Part training sequences once more: four fifths to train, one fifth to choose by."""
    fold = stratified_folds(train, min(_INNER_FOLDS, len(train)), _FOLD_SEED)[0]
    return Parting(
        train=tuple(one for i, one in enumerate(train) if i not in fold),
        test=tuple(train[i] for i in fold),
        numbers=fold,
    )


def thinned(train: tuple[Sequence, ...], share: float) -> tuple[Sequence, ...]:
    """Return a share of the training sequences, with its share of the rarest classes."""
    if share >= 1:
        return train
    parts = stratified_folds(train, round(1 / share), _FOLD_SEED)
    return tuple(train[i] for i in parts[0])
