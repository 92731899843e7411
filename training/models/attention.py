"""Blocks of the multi-scale network with hybrid attention (Cui et al. 2024).

`ChannelGate` and `TimeGate` together are the "hybrid attention": a weight for each channel, then
a weight for each time step, added to what came in (Woo et al. 2018, arXiv:1807.06521, in one
dimension).
"""

from typing import Any

import keras
from keras import layers, ops

KERNELS = (3, 6, 9)
"""Three lengths that look at the same trace side by side, samples."""

CHANNEL_HIDDEN, CHANNEL_GATE = "_channel_hidden", "_channel_gate"
"""Ends of the names of the two dense layers of a channel gate."""

_GATE_KERNEL = 3
_LIFT = 1.0

Shape = tuple[int | None, ...]


@keras.saving.register_keras_serializable("tremorkit")
class ConstantGate(layers.Layer):
    """A learned weight between 0 and 1 for each channel, whatever the input.

    It is what remains of the channel gate where its reduction leaves no hidden unit.
    """

    def build(self, input_shape: Shape) -> None:
        """Make the one vector of weights, shape (channels,)."""
        self.bias = self.add_weight(name="bias", shape=(input_shape[-1],), initializer="zeros")

    def call(self, x: keras.KerasTensor) -> keras.KerasTensor:
        """Weigh the channels of x, shape (b, t, channels)."""
        return x * ops.sigmoid(self.bias)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return the shape of the input."""
        return input_shape


@keras.saving.register_keras_serializable("tremorkit")
class TimeStatistics(layers.Layer):
    """Mean and maximum over the channels of each time step, shape (b, t, 2).

    Args:
        as_published: Join the two along time and cut the result into pairs, as the authors do.
            The pair of step i then holds means (or maxima) of two neighbours elsewhere in the
            window, not mean and maximum of step i.
        **options: Of every Keras layer.
    """

    def __init__(self, *, as_published: bool = False, **options: Any) -> None:  # noqa: ANN401 - Keras' own options
        super().__init__(**options)
        self.as_published = as_published

    def call(self, x: keras.KerasTensor) -> keras.KerasTensor:
        """Reduce x, shape (b, t, channels)."""
        mean = ops.mean(x, axis=-1, keepdims=True)
        highest = self.highest(x)
        if not self.as_published:
            return ops.concatenate([mean, highest], axis=-1)
        return ops.reshape(ops.concatenate([mean, highest], axis=1), (-1, x.shape[1], 2))

    def highest(self, x: keras.KerasTensor) -> keras.KerasTensor:
        """Return the maximum over the channels of x, shape (b, t, 1)."""
        return ops.max(x, axis=-1, keepdims=True)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return (b, t, 2)."""
        return (*input_shape[:-1], 2)

    def get_config(self) -> dict[str, Any]:
        """Return what makes the layer again."""
        return {**super().get_config(), "as_published": self.as_published}


@keras.saving.register_keras_serializable("tremorkit")
class LiftedTimeStatistics(TimeStatistics):
    """The same numbers, in a form whose rounding leaves the input alone.

    In 8 bits a maximum has the scale of its input. The converter takes it from the maxima, which
    are seldom negative, and so cuts everything negative off what goes in, for all who use it. Here
    the maximum is taken of a copy, lifted by a constant and set down again.
    """

    def highest(self, x: keras.KerasTensor) -> keras.KerasTensor:
        """Return the maximum over the channels of x, shape (b, t, 1)."""
        return super().highest(x + _LIFT) - _LIFT


def hybrid_attention(
    x: keras.KerasTensor, reduction: int, name: str, *, as_published: bool
) -> keras.KerasTensor:
    """Weigh channels, then time steps: c + c * gate(t).

    Args:
        x: Shape (b, t, channels).
        reduction: The hidden layer of the channel gate has channels // reduction units.
        name: Prefix of the layers' names.
        as_published: See `TimeStatistics`.
    """
    channels = x.shape[-1]
    hidden = channels // reduction
    if hidden == 0:
        weighted = ConstantGate(name=f"{name}{CHANNEL_GATE}")(x)
    else:
        gate = layers.GlobalAveragePooling1D(keepdims=True, name=f"{name}_channel_mean")(x)
        gate = layers.Dense(hidden, activation="relu", name=f"{name}{CHANNEL_HIDDEN}")(gate)
        gate = layers.Dense(channels, activation="sigmoid", name=f"{name}{CHANNEL_GATE}")(gate)
        weighted = layers.Multiply(name=f"{name}_channel")([x, gate])
    statistics = TimeStatistics(as_published=as_published, name=f"{name}_time_statistics")(weighted)
    gate = layers.Conv1D(
        1, _GATE_KERNEL, padding="same", activation="sigmoid", name=f"{name}_time_gate"
    )(statistics)
    over_time = layers.Multiply(name=f"{name}_time")([weighted, gate])
    return layers.Add(name=name)([weighted, over_time])


def multi_scale(x: keras.KerasTensor, filters: int, stride: int, name: str) -> keras.KerasTensor:
    """Convolve with three lengths of kernel side by side; shape (b, t / stride, 3 filters)."""
    branches = [
        layers.Conv1D(filters, kernel, strides=stride, padding="same", name=f"{name}_conv{kernel}")(
            x
        )
        for kernel in KERNELS
    ]
    return layers.Concatenate(name=f"{name}_scales")(branches)
