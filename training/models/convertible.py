"""The form of a network that converts to every scheme, with the weights of its training form."""

from collections.abc import Callable, Mapping
from typing import Any

import keras
import numpy as np
from keras import layers

from training.errors import ExportError
from training.models.attention import (
    CHANNEL_GATE,
    CHANNEL_HIDDEN,
    LiftedTimeStatistics,
    TimeStatistics,
)
from training.models.cells import (
    RepeatRows,
    WrittenOutBidirectional,
    WrittenOutGRU,
    WrittenOutLSTM,
)
from training.models.volcano_lstm import TwoBiasLSTMCell

Replacement = tuple[keras.Layer, list[object]]
"""A layer that is not yet built, and its weights."""

_GUARD = 0.1
"""What the constant unit of a channel gate says."""


def convertible(model: keras.Model, rows: int | None = None) -> keras.Model:
    """Return the network with batch 1, every length fixed and every loop written out.

    Layers that convert as they are, are shared with the training form, so that their weights stay
    one; those that are replaced hold copies.

    Args:
        model: A network of the zoo.
        rows: Length of the input where the training form takes any.

    Raises:
        ExportError: The network takes any length and `rows` is not given, or it holds a recurrent
            layer that has no form to convert.
    """
    return rebuilt(model, rows, _REPLACEMENTS)


def rebuilt(
    model: keras.Model,
    rows: int | None,
    replacements: Mapping[type[keras.Layer], Callable[..., Replacement | None]],
    batch: int | None = 1,
) -> keras.Model:
    """Return the network with every length fixed and some layers replaced.

    Args:
        model: A network of the zoo.
        rows: Length of the input where the training form takes any.
        replacements: For a kind of layer what makes its replacement from the layer and the
            network's name; none: this one converts as it is.
        batch: Windows at once; none: any number.

    Raises:
        ExportError: The network takes any length and `rows` is not given.
    """
    shape = tuple(rows if size is None else size for size in model.input_shape[1:])
    if None in shape:
        raise ExportError(model.name, "it takes any length; say how many rows one call shall have")
    weights: dict[str, list[object]] = {}

    def replace(layer: keras.Operation) -> keras.Operation:
        for kind, replacement_of in replacements.items():
            if isinstance(layer, kind):
                found = replacement_of(layer, model.name)
                if found is None:
                    return layer
                replacement, weights[layer.name] = found
                return replacement
        return layer

    given = keras.Input(batch_shape=(batch, *shape), name=model.inputs[0].name)
    clone = keras.models.clone_model(
        model, input_tensors=given, clone_function=replace, call_function=_call
    )
    for name, values in weights.items():
        clone.get_layer(name).set_weights(values)
    return clone


def _call(layer: keras.Operation, *arguments: Any, **options: Any) -> Any:  # noqa: ANN401 - Keras' own arguments
    """Call without the options that were not given, which only the training form knows."""
    return layer(*arguments, **{key: value for key, value in options.items() if value is not None})


def _lstm(layer: layers.LSTM, network: str) -> Replacement:
    _check(layer, network)
    return WrittenOutLSTM(layer.units, name=layer.name), layer.get_weights()


def _gru(layer: layers.GRU, network: str) -> Replacement:
    _check(layer, network)
    return WrittenOutGRU(layer.units, name=layer.name), layer.get_weights()


def _bidirectional(layer: layers.Bidirectional, network: str) -> Replacement:
    _check(layer.forward_layer, network)
    return (
        WrittenOutBidirectional(layer.forward_layer.units, name=layer.name),
        layer.get_weights(),
    )


def _two_biases(layer: layers.RNN, network: str) -> Replacement:
    if not isinstance(layer.cell, TwoBiasLSTMCell):
        kind = type(layer.cell).__name__
        raise ExportError(network, f"{layer.name} has a cell of {kind}, which no form replaces")
    kernel, recurrent, bias, recurrent_bias = layer.get_weights()
    return (
        WrittenOutLSTM(layer.cell.units, name=layer.name),
        [kernel, recurrent, bias + recurrent_bias],
    )


def doubled(layer: layers.UpSampling1D, network: str) -> Replacement:
    """Return the doubling of rows in plain operators."""
    if layer.size != 2:
        raise ExportError(network, f"{layer.name} repeats {layer.size} times; only 2 is written")
    return RepeatRows(name=layer.name), []


def _guarded_gate(layer: layers.Dense, _network: str) -> Replacement | None:
    """Return a channel gate whose hidden layer has one constant unit more, which has no say.

    Hidden units that are dead in every calibration example leave a tensor without a range: in 8
    bits LiteRT then corrupts its memory, in 16 it refuses the file ("scale_diff / output_scale <=
    0.02 was not true").
    """
    if layer.name.endswith(CHANNEL_HIDDEN):
        kernel, bias = layer.get_weights()
        rows = np.concatenate([kernel, np.zeros((len(kernel), 1), np.float32)], axis=1)
        return _dense(layer, layer.units + 1), [rows, np.append(bias, _GUARD)]
    if layer.name.endswith(CHANNEL_GATE):
        kernel, bias = layer.get_weights()
        rows = np.concatenate([kernel, np.zeros((1, layer.units), np.float32)])
        return _dense(layer, layer.units), [rows, bias]
    return None


def _dense(layer: layers.Dense, units: int) -> layers.Dense:
    return layers.Dense(units, activation=layer.activation, name=layer.name)


def _lifted(layer: TimeStatistics, _network: str) -> Replacement:
    return LiftedTimeStatistics(as_published=layer.as_published, name=layer.name), []


def _check(layer: layers.LSTM | layers.GRU, network: str) -> None:
    if not layer.return_sequences:
        raise ExportError(network, f"{layer.name} answers once; only sequences are written out")


_REPLACEMENTS: dict[type[keras.Layer], Callable[..., Replacement | None]] = {
    layers.Dense: _guarded_gate,
    layers.LSTM: _lstm,
    layers.GRU: _gru,
    layers.Bidirectional: _bidirectional,
    layers.RNN: _two_biases,
    layers.UpSampling1D: doubled,
    TimeStatistics: _lifted,
}
"""LSTM and GRU before the RNN that they are too."""
