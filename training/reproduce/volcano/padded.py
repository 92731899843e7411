"""Sequences of any length made into arrays of few lengths, so that a backend compiles few times.

The networks are causal: what is appended at the end changes no answer before it, and it gets the
weight zero.
"""

from collections.abc import Sequence as ListOf
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.data.readers.sequences import CLASSES, Sequence

_STEP_FRAMES = 32
"""Lengths are rounded up to a multiple: 52 sequences of 43 lengths become 9 shapes."""


@dataclass(frozen=True, slots=True)
class Padded:
    """One or more sequences as a batch."""

    features: NDArray[np.float32]
    """Shape (b, frames, 48)."""
    targets: NDArray[np.float32]
    """Shape (b, frames, classes), one-hot."""
    weights: NDArray[np.float32]
    """Shape (b, frames): zero where there is no frame; their mean is one."""


def padded(sequences: ListOf[Sequence]) -> Padded:
    """Return sequences as one batch whose mean loss is that of the frames that there are.

    Keras divides the weighted sum of the losses by the number of all frames, padding included; the
    weights make up for it.
    """
    longest = max(len(one.labels) for one in sequences)
    frames = -(-longest // _STEP_FRAMES) * _STEP_FRAMES
    shape = (len(sequences), frames)
    features = np.zeros((*shape, sequences[0].features.shape[1]), np.float32)
    targets = np.zeros((*shape, len(CLASSES)), np.float32)
    weights = np.zeros(shape, np.float32)
    for row, one in enumerate(sequences):
        length = len(one.labels)
        features[row, :length] = one.features
        targets[row, np.arange(length), one.labels] = 1.0
        weights[row, :length] = 1.0
    return Padded(features, targets, weights / weights.mean())
