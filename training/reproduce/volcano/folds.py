"""Which sequence is tested in which fold."""

from collections.abc import Sequence as ListOf

import numpy as np

from training.data.readers.sequences import CLASSES, Sequence

Fold = tuple[int, ...]


def stratified_folds(sequences: ListOf[Sequence], folds: int, seed: int) -> tuple[Fold, ...]:
    """Deal sequences to folds, whole, so that each fold gets its share of the rarest classes.

    A sequence counts for the class that it has and that the fewest sequences have: with four
    sequences of hybrid events, no fold gets two of them while another could have one.

    Args:
        sequences: All of them.
        folds: Number of folds.
        seed: Of the order within a class.

    Returns:
        For each fold the numbers of its test sequences, ascending.

    Raises:
        ValueError: There are fewer sequences than folds.
    """
    if not 2 <= folds <= len(sequences):
        raise ValueError(f"{len(sequences)} sequences cannot be dealt to {folds} folds")
    present = np.array([np.bincount(one.labels, minlength=len(CLASSES)) > 0 for one in sequences])
    frequency = np.where(present, present.sum(axis=0), len(sequences) + 1)
    rarest = frequency.argmin(axis=1)
    order = np.random.default_rng(seed).permutation(len(sequences))
    order = order[np.argsort(frequency.min(axis=1)[order], kind="stable")]
    # Sequences of one class lie side by side, also where two classes are equally rare.
    order = order[np.argsort(rarest[order], kind="stable")]
    dealt: list[list[int]] = [[] for _ in range(folds)]
    for place, number in enumerate(order):
        dealt[place % folds].append(int(number))
    return tuple(tuple(sorted(fold)) for fold in dealt)
