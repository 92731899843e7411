"""Recurrent layers written out step by step, for conversion alone.

A loop in the graph cannot be quantised by TensorFlow's converter: the calibrator ends in a
segmentation fault. Here every step is a few plain operators of its own. The products with the
input are one product over all steps; the first step, whose state is zero, needs none with the
state. Weights are those of Keras' layers of the same name, in the same order.

Hochreiter & Schmidhuber 1997 (LSTM); Cho et al. 2014, arXiv:1406.1078, in the variant that resets
after the product (GRU).
"""

from typing import Any

import keras
from keras import layers, ops

Shape = tuple[int | None, ...]
Tensor = keras.KerasTensor


class WrittenOut(layers.Layer):
    """Base of the layers written out: weights, products with the input, order of the steps.

    Args:
        units: Size of the state.
        backwards: From the last step to the first; the answers stay in the order of time.
        **options: Of every Keras layer.
    """

    gates = 0

    def __init__(self, units: int, *, backwards: bool = False, **options: Any) -> None:  # noqa: ANN401 - Keras' own options
        super().__init__(**options)
        self.units = units
        self.backwards = backwards

    def build(self, input_shape: Shape) -> None:
        """Make the weights."""
        width = self.gates * self.units
        self.kernel = self.add_weight(name="kernel", shape=(input_shape[-1], width))
        self.recurrent_kernel = self.add_weight(name="recurrent_kernel", shape=(self.units, width))
        self.bias = self.add_weight(name="bias", shape=self.bias_shape(width))

    def bias_shape(self, width: int) -> tuple[int, ...]:
        """Return the shape of the bias."""
        return (width,)

    def projected(self, x: Tensor, bias: Tensor) -> list[Tensor]:
        """Return the products with the input of each step, each (b, gates x units)."""
        steps, features = x.shape[1:]
        rows = ops.matmul(ops.reshape(x, (-1, features)), self.kernel) + bias
        rows = ops.reshape(rows, (-1, steps, self.gates * self.units))
        return [rows[:, i] for i in range(steps)]

    def gate(self, gates: Tensor, number: int) -> Tensor:
        """Return one gate of several that lie side by side.

        A slice each: of a split into all gates, one that is not used has no range, and the
        converter then leaves the split in floating point.
        """
        return gates[:, number * self.units : (number + 1) * self.units]

    def along_time(self, steps: list[Tensor]) -> list[Tensor]:
        """Return the steps in the order in which the layer takes them, or back."""
        return steps[::-1] if self.backwards else steps

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return (b, steps, units)."""
        return (*input_shape[:-1], self.units)


class WrittenOutLSTM(WrittenOut):
    """An LSTM; gates in Keras' order: input, forget, candidate, output."""

    gates = 4

    def call(self, x: Tensor) -> Tensor:
        """Read x, shape (b, steps, features); answers (b, steps, units)."""
        output = memory = None
        outputs = []
        for gates in self.along_time(self.projected(x, self.bias)):
            if output is not None:
                gates = gates + ops.matmul(output, self.recurrent_kernel)  # noqa: PLW2901 - the same gates
            news = ops.sigmoid(self.gate(gates, 0)) * ops.tanh(self.gate(gates, 2))
            memory = news if memory is None else ops.sigmoid(self.gate(gates, 1)) * memory + news
            output = ops.sigmoid(self.gate(gates, 3)) * ops.tanh(memory)
            outputs.append(output)
        return ops.stack(self.along_time(outputs), axis=1)


class WrittenOutGRU(WrittenOut):
    """A GRU; gates in Keras' order: update, reset, candidate."""

    gates = 3

    def bias_shape(self, width: int) -> tuple[int, ...]:
        """Return the shape of the biases of input and state."""
        return (2, width)

    def call(self, x: Tensor) -> Tensor:
        """Read x, shape (b, steps, features); answers (b, steps, units).

        Twelve operators a step: hundreds of steps make the file.
        """
        wide = 2 * self.units
        own_bias = self.bias[1:, wide:]
        of_gates = self._rows(x, self.kernel[:, :wide], self.bias[0, :wide] + self.bias[1, :wide])
        of_news = self._rows(x, self.kernel[:, wide:], self.bias[0, wide:])
        output = None
        outputs = []
        for gates, news in zip(self.along_time(of_gates), self.along_time(of_news), strict=True):
            if output is None:
                update, reset = (ops.sigmoid(self.gate(gates, i)) for i in range(2))
                candidate = ops.tanh(news + reset * own_bias)
                output = candidate - update * candidate
            else:
                # No bias in this product: the converter quantises one that many steps share in the
                # scale of the first step, which is wrong for all others. So biases of gates went to
                # the input's product, and that of the candidate is added behind the split.
                inner, own = ops.split(ops.matmul(output, self.recurrent_kernel), [wide], axis=-1)
                update, reset = ops.split(ops.sigmoid(gates + inner), 2, axis=-1)
                candidate = ops.tanh(news + reset * (own + own_bias))
                # update * output + (1 - update) * candidate, with one product
                output = candidate + update * (output - candidate)
            outputs.append(output)
        return ops.stack(self.along_time(outputs), axis=1)

    def _rows(self, x: Tensor, kernel: Tensor, bias: Tensor) -> list[Tensor]:
        """Return the products of the input with some gates, each (b, columns)."""
        steps, features = x.shape[1:]
        rows = ops.matmul(ops.reshape(x, (-1, features)), kernel) + bias
        return ops.unstack(ops.reshape(rows, (-1, steps, kernel.shape[-1])), steps, axis=1)


class WrittenOutBidirectional(layers.Layer):
    """Two LSTMs side by side, one of them backwards; answers (b, steps, 2 units)."""

    def __init__(self, units: int, **options: Any) -> None:  # noqa: ANN401 - Keras' own options
        super().__init__(**options)
        self.forward = WrittenOutLSTM(units, name="forward")
        self.backward = WrittenOutLSTM(units, backwards=True, name="backward")

    def build(self, input_shape: Shape) -> None:
        """Make the weights of both."""
        self.forward.build(input_shape)
        self.backward.build(input_shape)

    def call(self, x: Tensor) -> Tensor:
        """Read x, shape (b, steps, features)."""
        return ops.concatenate([self.forward(x), self.backward(x)], axis=-1)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return (b, steps, 2 units)."""
        return (*input_shape[:-1], 2 * self.forward.units)


class RepeatRows(layers.Layer):
    """Each row twice: `UpSampling1D(2)` without the operator that 16-bit runtimes lack."""

    def call(self, x: Tensor) -> Tensor:
        """Double x, shape (b, t, channels)."""
        _, rows, channels = x.shape
        return ops.reshape(ops.concatenate([x, x], axis=-1), (-1, 2 * rows, channels))

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return (b, 2 t, channels)."""
        batch, rows, channels = input_shape
        return (batch, None if rows is None else 2 * rows, channels)
