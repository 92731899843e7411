"""Training on whole sequences, one a step, as the authors of the volcano networks do."""

from collections.abc import Callable
from collections.abc import Sequence as ListOf

import keras
import numpy as np
from numpy.typing import NDArray

from training.data.readers.sequences import Sequence
from training.errors import ReproductionError
from training.models.compiling import compile_in_logits
from training.models.recipe import Recipe
from training.reproduce.volcano.padded import padded

AfterEpoch = Callable[[int], None]
"""Called with the number of the epoch, from 0."""


def compile_for_sequences(model: keras.Model, recipe: Recipe, *, accumulate: bool) -> None:
    """Give a network the loss and the optimiser of its recipe; it answers in logits from now on.

    Args:
        model: With fresh weights and a softmax at its end.
        recipe: Of the training.
        accumulate: As the authors' PyTorch loop does, clear the gradients once an epoch: each step
            then goes along the sum of all gradients of the epoch so far. That is SGD whose
            momentum is 1 and whose velocity `fit_sequences` clears.
    """
    compile_in_logits(model, recipe)
    if accumulate:
        summed = keras.optimizers.SGD(recipe.training.schedule.rate(0), momentum=1.0)
        model.compile(optimizer=summed, loss=model.loss)


def fit_sequences(
    model: keras.Model,
    recipe: Recipe,
    sequences: ListOf[Sequence],
    epochs: int,
    after_epoch: AfterEpoch,
) -> None:
    """Train a compiled network; the order of the sequences is drawn anew for each epoch.

    Raises:
        ReproductionError: The loss is no number any more.
    """
    rng = np.random.default_rng(0)
    steps = [padded([one]) for one in sequences]
    for epoch in range(epochs):
        model.optimizer.learning_rate = recipe.training.schedule.rate(epoch)
        _clear_velocity(model)
        losses = []
        for number in rng.permutation(len(steps)):
            step = steps[number]
            logs = model.train_on_batch(
                step.features, step.targets, sample_weight=step.weights, return_dict=True
            )
            losses.append(float(logs["loss"]))
        if not np.isfinite(losses).all():
            raise ReproductionError(
                recipe.name, f"the loss of epoch {epoch} is no number; the steps are too large"
            )
        after_epoch(epoch)


def answers(model: keras.Model, sequences: ListOf[Sequence]) -> list[NDArray[np.int64]]:
    """Return the likeliest class of each frame of each sequence."""
    batch = padded(sequences)
    classes = np.asarray(model.predict_on_batch(batch.features)).argmax(axis=-1)
    return [
        row[: len(one.labels)].astype(np.int64) for row, one in zip(classes, sequences, strict=True)
    ]


def _clear_velocity(model: keras.Model) -> None:
    """Forget the gradients of the epoch before; plain SGD has none to forget."""
    if getattr(model.optimizer, "momentum", 0) and model.optimizer.built:
        for velocity in model.optimizer.momentums:
            velocity.assign(np.zeros(velocity.shape, np.float32))
