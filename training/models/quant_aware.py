"""A network that feels its coming quantisation while it is trained.

Dense layers and convolutions see their inputs and weights rounded to 8 bits, as an int8 file will
hold them (Jacob et al. 2018, arXiv:1712.05877): inputs in one range, followed while training,
weights in one symmetric range a channel. Backwards the rounding is passed over (straight-through
estimator). Scales a channel make it indifferent whether a batch normalisation is folded into the
weights afterwards. Recurrent layers stay as they are.
"""

from typing import Any

import keras
from keras import layers, ops

Tensor = keras.KerasTensor

_BITS = 8
_MOMENTUM = 0.95
_LEAST_SPAN = 1e-6
"""A range of nothing has no steps."""


def quant_aware(model: keras.Model) -> keras.Model:
    """Return a network of the same layers, whose weights are rounded on the way.

    What it learns is in the layers of `model`, which are shared.

    Args:
        model: Trained; it is built of layers alone.
    """

    def wrap(layer: keras.Operation) -> keras.Operation:
        if isinstance(layer, layers.Dense | layers.Conv1D | layers.Conv2D):
            return QuantAware(layer, name=f"{layer.name}_aware")
        return layer

    given = keras.Input(model.input_shape[1:], name=model.inputs[0].name)
    return keras.models.clone_model(
        model, input_tensors=given, clone_function=wrap, call_function=_call
    )


def _call(layer: keras.Operation, *arguments: Any, **options: Any) -> Any:  # noqa: ANN401 - Keras' own arguments
    """Call without the options that were not given, which only some layers know."""
    return layer(*arguments, **{key: value for key, value in options.items() if value is not None})


@keras.saving.register_keras_serializable("tremorkit")
class QuantAware(layers.Layer):
    """One layer with its input and its weights rounded.

    Args:
        layer: A built `Dense`, `Conv1D` or `Conv2D`.
        **options: Of every Keras layer.
    """

    def __init__(self, layer: layers.Layer, **options: Any) -> None:  # noqa: ANN401 - Keras' own options
        super().__init__(**options)
        self.layer = layer

    def build(self, _input_shape: tuple[int | None, ...]) -> None:
        """Make the range of the input; it is unknown until the first batch of a training."""
        self.low = self.add_weight(name="low", initializer="zeros", trainable=False)
        self.high = self.add_weight(name="high", initializer="zeros", trainable=False)

    def call(self, x: Tensor, training: bool | None = None) -> Tensor:  # noqa: FBT001 - Keras' own
        """Answer as the layer does, in steps of 8 bits."""
        if training:
            self._follow(x)
        low, high = self.low, ops.maximum(self.high, self.low + _LEAST_SPAN)
        rounded = keras.quantizers.fake_quant_with_min_max_vars(x, low, high, num_bits=_BITS)
        # Nothing is known before the first batch.
        rounded = ops.where(ops.equal(self.low, self.high), x, rounded)
        kernel = rounded_kernel(self.layer.kernel)
        answer = _product(self.layer, rounded, kernel)
        if self.layer.use_bias:
            answer = answer + self.layer.bias
        return answer if self.layer.activation is None else self.layer.activation(answer)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Return the shape of the layer's answer."""
        return self.layer.compute_output_shape(input_shape)

    def _follow(self, x: Tensor) -> None:
        """Move the range towards that of a batch; the first one sets it. Zero is always in it."""
        detached = ops.stop_gradient(x)
        is_first = ops.equal(self.low, self.high)
        for weight, seen in (
            (self.low, ops.minimum(ops.min(detached), 0.0)),
            (self.high, ops.maximum(ops.max(detached), 0.0)),
        ):
            value = ops.cast(seen, weight.dtype)
            moved = _MOMENTUM * weight + (1 - _MOMENTUM) * value
            weight.assign(ops.where(is_first, value, moved))


def rounded_kernel(kernel: Tensor) -> Tensor:
    """Return weights in steps of 8 bits, symmetric, one scale for each output channel (the last).

    The gradient passes as if nothing were rounded.
    """
    axes = tuple(range(len(kernel.shape) - 1))
    largest = ops.maximum(ops.max(ops.abs(kernel), axis=axes, keepdims=True), _LEAST_SPAN)
    step = ops.stop_gradient(largest) / (2 ** (_BITS - 1) - 1)
    return kernel + ops.stop_gradient(ops.round(kernel / step) * step - kernel)


def _product(layer: layers.Layer, x: Tensor, kernel: Tensor) -> Tensor:
    if isinstance(layer, layers.Dense):
        return ops.matmul(x, kernel)
    padding = layer.padding
    if padding == "causal":
        before = layer.dilation_rate[0] * (layer.kernel_size[0] - 1)
        x, padding = ops.pad(x, ((0, 0), (before, 0), (0, 0))), "valid"
    return ops.conv(
        x,
        kernel,
        strides=layer.strides,
        padding=padding,
        dilation_rate=layer.dilation_rate,
    )
