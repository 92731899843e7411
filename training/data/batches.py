"""Batches for Keras: freshly mixed for training, drawn once for validation."""

from typing import Protocol

import keras
import numpy as np
from numpy.typing import NDArray

from edge.packet import Samples

Batch = tuple[NDArray[np.float32], NDArray[np.float32]]


class ExampleMaker(Protocol):
    """What examples are drawn from, as `training.data.mixing.Mixer`."""

    def draw(self, rng: np.random.Generator) -> tuple[Samples, NDArray[np.float32]]:
        """Return one example: conditioned samples (n, 3) and targets (hops, 4)."""


class MixedBatches(keras.utils.PyDataset):
    """Endless fresh examples; batch `i` of epoch `e` depends on the seed, `e` and `i` alone."""

    def __init__(self, mixer: ExampleMaker, batch_size: int, batches: int, seed: int) -> None:
        super().__init__(workers=1, use_multiprocessing=False)
        self._mixer = mixer
        self._batch_size = batch_size
        self._batches = batches
        self._seed = seed
        self.epoch = 0

    def __len__(self) -> int:
        return self._batches

    def __getitem__(self, index: int) -> Batch:
        return draw_batch(self._mixer, self._batch_size, (self._seed, self.epoch, index))


def draw_batch(mixer: ExampleMaker, size: int, seed: tuple[int, ...]) -> Batch:
    """Return traces (size, n, 3) and targets (size, hops, 4) for one seed."""
    rng = np.random.default_rng(seed)
    traces, targets = zip(*(mixer.draw(rng) for _ in range(size)), strict=True)
    return np.stack(traces), np.stack(targets)
