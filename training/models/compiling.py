"""A network made ready to train as its recipe says."""

from collections.abc import Callable, Sequence

import keras

from training.loss import allowed_answer_loss
from training.models.recipe import Metric, Recipe, Training

Activation = Callable[[keras.KerasTensor], keras.KerasTensor]

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
_LOGIT_LOSSES: dict[str, Callable[..., Callable[..., object]]] = {
    "binary_crossentropy": keras.losses.BinaryCrossentropy,
    "categorical_crossentropy": keras.losses.CategoricalCrossentropy,
}


def compile_network(model: keras.Model, recipe: Recipe, learning_rate: float | None = None) -> None:
    """Give a network the loss, metrics and optimiser of its recipe.

    Args:
        model: The network.
        recipe: Its recipe.
        learning_rate: Of the first epoch; that of the recipe if left out.
    """
    training = recipe.training
    _compile(model, recipe, learning_rate, _LOSSES[training.loss](), list(training.metrics))


def compile_in_logits(
    model: keras.Model, recipe: Recipe, learning_rate: float | None = None
) -> None:
    """Do what `compile_network` does; where the loss is a cross-entropy, answer in logits.

    Keras cuts the probabilities of a softmax or sigmoid off at 1e-7 before it takes their
    logarithm, and with them the gradient of every answer that is quite wrong. TensorFlow finds the
    logits in its graph; JAX and torch cannot, and a network with a hard beginning never recovers
    there. With the activation left to the loss, every backend learns alike. Metrics are of the
    probabilities all the same.

    Args:
        model: With an activation at its end; in training only the weights count.
        recipe: Its recipe.
        learning_rate: Of the first epoch; that of the recipe if left out.
    """
    training = recipe.training
    if training.loss not in _LOGIT_LOSSES:
        compile_network(model, recipe, learning_rate)
        return
    last = model.layers[-1]
    metrics = [_of_probabilities(name, last.activation) for name in training.metrics]
    last.activation = keras.activations.linear
    loss = _LOGIT_LOSSES[training.loss](from_logits=True)
    _compile(model, recipe, learning_rate, loss, metrics)


def _of_probabilities(name: Metric, activation: Activation) -> keras.metrics.Metric:
    function = getattr(keras.metrics, name)
    return keras.metrics.MeanMetricWrapper(
        lambda wanted, logits: function(wanted, activation(logits)), name=name
    )


def _compile(
    model: keras.Model,
    recipe: Recipe,
    learning_rate: float | None,
    loss: Callable[..., object],
    metrics: Sequence[object],
) -> None:
    training = recipe.training
    # Frames of a sequence that nobody labelled have no weight, in the metrics too.
    by_frame = recipe.task == "volcano-sequence"
    model.compile(
        optimizer=_OPTIMISERS[training.optimiser](learning_rate or training.schedule.rate(0)),
        loss=loss,
        loss_weights=None if training.loss_weight == 1 else training.loss_weight,
        metrics=None if by_frame else list(metrics),
        weighted_metrics=list(metrics) if by_frame else None,
    )


def schedule_callback(training: Training) -> keras.callbacks.Callback:
    """Return what sets the learning rate at the beginning of each epoch."""
    return keras.callbacks.LearningRateScheduler(lambda epoch, _rate: training.schedule.rate(epoch))
