"""Sequences made up for the tests of the volcano protocol."""

import numpy as np

from training.data.readers.sequences import CLASSES, Sequence

COLUMNS = 48


def sequence(labels: list[int], seed: int = 0) -> Sequence:
    """Return a sequence whose features tell the class: its own column is high."""
    rng = np.random.default_rng(seed)
    features = 0.3 * rng.standard_normal((len(labels), COLUMNS)).astype(np.float32)
    features[np.arange(len(labels)), labels] += 2.0
    return Sequence(features, np.array(labels, np.int32))


def sequences(count: int = 10, frames: int = 40) -> list[Sequence]:
    """Return sequences of silence with an event of one class each, in turn."""
    made = []
    for number in range(count):
        label = 1 + number % (len(CLASSES) - 1)
        length = frames + number
        labels = [0] * (length // 2) + [label] * (length - length // 2)
        made.append(sequence(labels, number))
    return made
