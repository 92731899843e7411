"""Batches of windows for Keras: batch `i` of epoch `e` depends on the seed, `e` and `i` alone."""

import keras
import numpy as np
from numpy.typing import NDArray

from training.data.windows import WindowExamples, WindowMaker
from training.models.recipe import Recipe

Arrays = tuple[NDArray[np.float32], ...]


class WindowBatches(keras.utils.PyDataset):
    """Endless fresh examples.

    Args:
        recipe: Of the network.
        maker: Draws the examples.
        batch_size: Examples a step.
        batches: Steps an epoch.
        seed: Start of every draw.
    """

    def __init__(
        self, recipe: Recipe, maker: WindowMaker, batch_size: int, batches: int, seed: int
    ) -> None:
        super().__init__(workers=1, use_multiprocessing=False)
        self._recipe, self._maker = recipe, maker
        self._batch_size, self._batches, self._seed = batch_size, batches, seed
        self.epoch = 0

    def __len__(self) -> int:
        return self._batches

    def __getitem__(self, index: int) -> Arrays:
        rng = np.random.default_rng((self._seed, self.epoch, index))
        return arrays_of(self._recipe, self._maker.draw(self._batch_size, rng))


def arrays_of(recipe: Recipe, examples: WindowExamples) -> Arrays:
    """Return inputs, targets and, of sequences, the weight of each frame: 0 where nothing is asked.

    Args:
        recipe: Of the network.
        examples: At least one.
    """
    if recipe.task != "volcano-sequence":
        return examples.inputs, examples.targets
    return examples.inputs, examples.targets, examples.targets.max(axis=-1)
