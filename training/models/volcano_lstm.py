"""The volcano LSTM: one recurrent layer over 48 filter-bank features, a class a frame.

The authors call it dilated; with its one layer the dilation is 1, a plain LSTM. It comes from
PyTorch, whose LSTM has two bias vectors; they act as their sum, but both are trained, so that under
SGD the sum moves twice as fast. Hence a cell of our own.
"""

from typing import Any

import keras
from keras import layers, ops

from training.models import volcano
from training.models.recipe import Recipe, Schedule, Training

_UNITS = 210

RECIPE = Recipe(
    name="volcano_lstm",
    summary="One LSTM layer over filter-bank features: five classes of volcano signal.",
    task="volcano-sequence",
    input=volcano.INPUT,
    labels=volcano.LABELS,
    training=Training(
        loss="categorical_crossentropy",
        metrics=("categorical_accuracy",),
        optimiser="sgd",
        schedule=Schedule(steps=((0, 4e-3),)),
        batch_size=1,
        epochs=500,
    ),
    source=volcano.source("frame accuracy 86.62 % on 52 sequences of Deception Island"),
    parameters=219_455,
    differences=volcano.DIFFERENCES,
)


@keras.saving.register_keras_serializable("tremorkit")
class TwoBiasLSTMCell(layers.Layer):
    """An LSTM cell with a bias for the input and one for the state, as PyTorch has it.

    Args:
        units: Size of the state.
        **options: Of every Keras layer.
    """

    def __init__(self, units: int, **options: Any) -> None:  # noqa: ANN401 - Keras' own options
        super().__init__(**options)
        self.units = units
        self.state_size = [units, units]
        self.output_size = units

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Make the weights; gates in Keras' order: input, forget, candidate, output."""
        limit = self.units**-0.5
        uniform = keras.initializers.RandomUniform(-limit, limit)
        gates = 4 * self.units
        for name, shape in (
            ("kernel", (input_shape[-1], gates)),
            ("recurrent_kernel", (self.units, gates)),
            ("input_bias", (gates,)),
            ("recurrent_bias", (gates,)),
        ):
            setattr(self, name, self.add_weight(name=name, shape=shape, initializer=uniform))

    def call(
        self, x: keras.KerasTensor, states: list[keras.KerasTensor]
    ) -> tuple[keras.KerasTensor, list[keras.KerasTensor]]:
        """Advance by one frame.

        Args:
            x: Shape (b, features).
            states: Output and memory of the frame before, each (b, units).
        """
        output, memory = states
        gates = (
            ops.matmul(x, self.kernel)
            + self.input_bias
            + ops.matmul(output, self.recurrent_kernel)
            + self.recurrent_bias
        )
        write, keep, candidate, show = ops.split(gates, 4, axis=-1)
        memory = ops.sigmoid(keep) * memory + ops.sigmoid(write) * ops.tanh(candidate)
        output = ops.sigmoid(show) * ops.tanh(memory)
        return output, [output, memory]

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Return (b, units)."""
        return (input_shape[0], self.units)

    def get_config(self) -> dict[str, Any]:
        """Return what makes the cell again."""
        return {**super().get_config(), "units": self.units}


def build(*, as_published: bool = False) -> keras.Model:  # noqa: ARG001 - the layers are the same
    """Return the network: features (b, frames, 48) in, classes (b, frames, 5) out."""
    features = keras.Input((None, volcano.FEATURES), name="features")
    x = layers.RNN(TwoBiasLSTMCell(_UNITS), return_sequences=True, name="lstm")(features)
    x = layers.Dense(len(volcano.LABELS), activation="softmax", name="classes")(x)
    return keras.Model(features, x, name=RECIPE.name)
