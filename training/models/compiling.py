"""A network made ready to train as its recipe says."""

from collections.abc import Callable

import keras

from training.loss import allowed_answer_loss
from training.models.recipe import Recipe, Training

_OPTIMISERS: dict[str, Callable[[float], keras.Optimizer]] = {
    "adam": keras.optimizers.Adam,
    "adamw": keras.optimizers.AdamW,
    "sgd": keras.optimizers.SGD,
}
_LOSSES: dict[str, Callable[[], Callable[..., object]]] = {
    "binary_crossentropy": keras.losses.BinaryCrossentropy,
    "categorical_crossentropy": keras.losses.CategoricalCrossentropy,
    "scaled_kl_divergence": keras.losses.KLDivergence,
    "mean_squared_error": keras.losses.MeanSquaredError,
    "allowed_answers": lambda: allowed_answer_loss,
}


def compile_network(model: keras.Model, recipe: Recipe) -> None:
    """Give a network the loss, metrics and optimiser of its recipe."""
    training = recipe.training
    model.compile(
        optimizer=_OPTIMISERS[training.optimiser](training.schedule.rate(0)),
        loss=_LOSSES[training.loss](),
        loss_weights=None if training.loss_weight == 1 else training.loss_weight,
        metrics=list(training.metrics),
    )


def schedule_callback(training: Training) -> keras.callbacks.Callback:
    """Return what sets the learning rate at the beginning of each epoch."""
    return keras.callbacks.LearningRateScheduler(lambda epoch, _rate: training.schedule.rate(epoch))
