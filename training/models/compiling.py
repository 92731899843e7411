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


def compile_network(model: keras.Model, recipe: Recipe, learning_rate: float | None = None) -> None:
    """Give a network the loss, metrics and optimiser of its recipe.

    Args:
        model: The network.
        recipe: Its recipe.
        learning_rate: Of the first epoch; that of the recipe if left out.
    """
    training = recipe.training
    metrics = list(training.metrics)
    # Frames of a sequence that nobody labelled have no weight, in the metrics too.
    by_frame = recipe.task == "volcano-sequence"
    model.compile(
        optimizer=_OPTIMISERS[training.optimiser](learning_rate or training.schedule.rate(0)),
        loss=_LOSSES[training.loss](),
        loss_weights=None if training.loss_weight == 1 else training.loss_weight,
        metrics=None if by_frame else metrics,
        weighted_metrics=metrics if by_frame else None,
    )


def schedule_callback(training: Training) -> keras.callbacks.Callback:
    """Return what sets the learning rate at the beginning of each epoch."""
    return keras.callbacks.LearningRateScheduler(lambda epoch, _rate: training.schedule.rate(epoch))
