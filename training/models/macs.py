"""Multiply-accumulate operations of one answer, counted layer by layer.

Convolutions, dense and recurrent layers count; norms, activations and pooling are folded away or
small and do not.
"""

import math
from collections.abc import Callable
from typing import Any

import keras
from keras import layers

Shape = tuple[int, ...]


def count_macs(model: keras.Model, step_shape: Shape) -> int:
    """Return the multiply-accumulates of one window, or of one step of a stream.

    Args:
        model: A network of the zoo; its weights are shared, not copied.
        step_shape: Shape of its input without the batch, all sizes known.
    """
    total = 0

    def call(layer: keras.Operation, *arguments: Any, **options: Any) -> Any:  # noqa: ANN401 - Keras' own arguments
        nonlocal total
        answer = layer(*arguments, **options)
        for kind, macs in _COUNTERS.items():
            if isinstance(layer, kind):
                total += macs(layer, arguments[0].shape, answer.shape)
                break
        return answer

    given = keras.Input(batch_shape=(1, *step_shape))
    keras.models.clone_model(
        model, input_tensors=given, clone_function=lambda layer: layer, call_function=call
    )
    return total


def _applied_everywhere(layer: keras.Layer, _given: Shape, answer: Shape) -> int:
    """The kernel once at each place of the answer."""
    return math.prod(layer.kernel.shape) * math.prod(answer[1:-1])


def _recurrent(layer: keras.Layer, given: Shape, _answer: Shape) -> int:
    """Every matrix once a step."""
    matrices = [weight for weight in layer.weights if len(weight.shape) == 2]
    products = [math.prod(weight.shape) for weight in matrices if "bias" not in weight.name]
    return given[1] * sum(products)


_COUNTERS: dict[type[keras.Layer], Callable[[keras.Layer, Shape, Shape], int]] = {
    layers.Dense: _applied_everywhere,
    layers.Conv1D: _applied_everywhere,
    layers.Conv2D: _applied_everywhere,
    layers.RNN: _recurrent,
    layers.Bidirectional: _recurrent,
}
