"""The form of a network that becomes ONNX, with gaps where its recurrent layers were.

TensorFlow writes an LSTM or a GRU as a loop, which ONNX Runtime runs slowly and cannot quantise
around. ONNX has an operator for each. So the graph is cut there: what a recurrent layer hears
becomes an output, what it says an input, and the exporter closes the gap with the operator.

Exact GELU is written as 0.5 x (1 + erf(x / sqrt 2)): Keras' own form uses erfc, which ONNX lacks.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import keras
import numpy as np
from keras import layers, ops
from numpy.typing import NDArray

from training.errors import ExportError
from training.models.convertible import Replacement, doubled, rebuilt
from training.models.volcano_lstm import TwoBiasLSTMCell

Array = NDArray[np.float32]

_INVERSE_SQRT_2 = 0.5**0.5
_LSTM_ORDER = (0, 3, 1, 2)
"""ONNX has input, output, forget, candidate; Keras input, forget, candidate, output."""
_GRU_ORDER = (0, 1, 2)
"""Both have update, reset, candidate."""


@dataclass(frozen=True, slots=True)
class Direction:
    """Weights of one recurrent layer in one direction, in the layout of ONNX."""

    kernel: Array
    """Shape (gates x units, features)."""
    recurrent: Array
    """Shape (gates x units, units)."""
    biases: Array
    """Of the input, then of the state, shape (2 x gates x units,)."""


@dataclass(frozen=True, slots=True)
class Gap:
    """A recurrent layer that an ONNX operator stands for."""

    name: str
    operator: Literal["LSTM", "GRU"]
    units: int
    steps: int
    directions: tuple[Direction, ...]
    """Forwards, and backwards where it reads both ways."""


@dataclass(frozen=True, slots=True)
class OnnxForm:
    """A network with gaps."""

    model: keras.Model
    """Inputs: the network's own, then what each gap says. Outputs: its own, then what each hears.
    """
    gaps: tuple[Gap, ...]

    def answers(self, inputs: tuple[keras.KerasTensor, ...]) -> list[keras.KerasTensor]:
        """Return every output, as a list, for every input."""
        given = list(inputs) if self.gaps else inputs[0]
        answers = self.model(given, training=False)
        return list(answers) if self.gaps else [answers]


def onnx_form(model: keras.Model, rows: int | None = None, batch: int | None = 1) -> OnnxForm:
    """Return a network for ONNX: every length fixed.

    Args:
        model: A network of the zoo; its weights are copied where a layer is replaced.
        rows: Length of the input where the training form takes any.
        batch: Windows at once; none: any number, which recurrent layers do not bear.

    Raises:
        ExportError: A layer has no form for ONNX, or `rows` is missing.
    """
    form = rebuilt(model, rows, _REPLACEMENTS, batch)
    recurrent = [layer for layer in form.layers if isinstance(layer, tuple(_OPERATORS))]
    if not recurrent:
        return OnnxForm(form, ())
    if batch is None:
        raise ExportError(form.name, f"{recurrent[0].name} is written for one window at a time")
    gaps = tuple(_gap(layer, form.name) for layer in recurrent)
    # What a gap hears may be an input as it is, and a model's output must be more than that.
    heard = [layers.Identity(name=f"{layer.name}_heard")(layer.input) for layer in recurrent]
    cut = keras.Model(
        [*form.inputs, *(layer.output for layer in recurrent)],
        [*form.outputs, *heard],
        name=form.name,
    )
    return OnnxForm(cut, gaps)


def exact_gelu(x: keras.KerasTensor) -> keras.KerasTensor:
    """Return x times the normal distribution's probability of less than x.

    Hendrycks & Gimpel 2016, arXiv:1606.08415.
    """
    return 0.5 * x * (1.0 + ops.erf(x * _INVERSE_SQRT_2))


def _gap(layer: keras.Layer, network: str) -> Gap:
    for kind, describe in _OPERATORS.items():
        if isinstance(layer, kind):
            operator, units, directions = describe(layer, network)
            return Gap(layer.name, operator, units, int(layer.output.shape[1]), directions)
    raise ExportError(network, f"{layer.name} is no recurrent layer that ONNX has")


_Described = tuple[Literal["LSTM", "GRU"], int, tuple[Direction, ...]]


def _lstm(layer: layers.LSTM, network: str) -> _Described:
    _check(layer, network)
    kernel, recurrent, bias = layer.get_weights()
    return "LSTM", layer.units, (_direction(kernel, recurrent, bias, None, _LSTM_ORDER),)


def _gru(layer: layers.GRU, network: str) -> _Described:
    _check(layer, network)
    if not layer.reset_after:
        raise ExportError(network, f"{layer.name} resets before the product; only after is known")
    kernel, recurrent, biases = layer.get_weights()
    direction = _direction(kernel, recurrent, biases[0], biases[1], _GRU_ORDER)
    return "GRU", layer.units, (direction,)


def _bidirectional(layer: layers.Bidirectional, network: str) -> _Described:
    inner = layer.forward_layer
    if not isinstance(inner, layers.LSTM) or layer.merge_mode != "concat":
        raise ExportError(network, f"{layer.name} is no pair of LSTMs side by side")
    weights = layer.get_weights()
    directions = tuple(
        _direction(kernel, recurrent, bias, None, _LSTM_ORDER)
        for kernel, recurrent, bias in (weights[:3], weights[3:])
    )
    _check(inner, network)
    return "LSTM", inner.units, directions


def _two_biases(layer: layers.RNN, network: str) -> _Described:
    if not isinstance(layer.cell, TwoBiasLSTMCell):
        kind = type(layer.cell).__name__
        raise ExportError(network, f"{layer.name} has a cell of {kind}, which ONNX has not")
    kernel, recurrent, bias, other = layer.get_weights()
    direction = _direction(kernel, recurrent, bias, other, _LSTM_ORDER)
    return "LSTM", layer.cell.units, (direction,)


def _direction(
    kernel: Array, recurrent: Array, bias: Array, other: Array | None, order: tuple[int, ...]
) -> Direction:
    """Return weights in ONNX' order of the gates; `other` is the state's bias, if it has one."""

    def ordered(weights: Array) -> Array:
        parts = np.split(weights, len(order), axis=-1)
        return np.concatenate([parts[i] for i in order], axis=-1)

    second = np.zeros_like(bias) if other is None else other
    biases = np.concatenate([ordered(bias), ordered(second)])
    return Direction(ordered(kernel).T.copy(), ordered(recurrent).T.copy(), biases)


def _check(layer: layers.LSTM | layers.GRU, network: str) -> None:
    if not layer.return_sequences:
        raise ExportError(network, f"{layer.name} answers once; only sequences are exported")


def _with_exact_gelu(layer: keras.Layer, _network: str) -> Replacement | None:
    """Return the layer with the other form of GELU, or nothing if it has no GELU."""
    if layer.activation is not keras.activations.gelu:
        return None
    clone = type(layer).from_config({**layer.get_config(), "activation": "linear"})
    clone.activation = exact_gelu
    return clone, layer.get_weights()


def _anew(layer: keras.Layer, _network: str) -> Replacement:
    """Return a copy: a layer that two networks share does not know its place in either."""
    return type(layer).from_config(layer.get_config()), layer.get_weights()


_OPERATORS: Mapping[type[keras.Layer], Callable[[keras.Layer, str], _Described]] = {
    layers.LSTM: _lstm,
    layers.GRU: _gru,
    layers.Bidirectional: _bidirectional,
    layers.RNN: _two_biases,
}
"""LSTM and GRU before the RNN that they are too."""

_REPLACEMENTS: Mapping[type[keras.Layer], Callable[..., Replacement | None]] = {
    layers.Activation: _with_exact_gelu,
    layers.Dense: _with_exact_gelu,
    layers.UpSampling1D: doubled,
    **dict.fromkeys(_OPERATORS, _anew),
}
