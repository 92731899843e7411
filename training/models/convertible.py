"""The form of a network that converts to every scheme, with the weights of its training form."""

from collections.abc import Callable
from typing import Any

import keras
from keras import layers

from training.errors import ExportError
from training.models.cells import (
    RepeatRows,
    WrittenOutBidirectional,
    WrittenOutGRU,
    WrittenOutLSTM,
)
from training.models.volcano_lstm import TwoBiasLSTMCell

_Replacement = tuple[keras.Layer, list[object]]
"""A layer that is not yet built, and its weights."""


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
    shape = (1, *(rows if size is None else size for size in model.input_shape[1:]))
    if None in shape:
        raise ExportError(model.name, "it takes any length; say how many rows one call shall have")
    weights: dict[str, list[object]] = {}

    def replace(layer: keras.Operation) -> keras.Operation:
        for kind, replacement_of in _REPLACEMENTS.items():
            if isinstance(layer, kind):
                replacement, weights[layer.name] = replacement_of(layer, model.name)
                return replacement
        return layer

    given = keras.Input(batch_shape=shape, name=model.inputs[0].name)
    clone = keras.models.clone_model(
        model, input_tensors=given, clone_function=replace, call_function=_call
    )
    for name, values in weights.items():
        clone.get_layer(name).set_weights(values)
    return clone


def _call(layer: keras.Operation, *arguments: Any, **options: Any) -> Any:  # noqa: ANN401 - Keras' own arguments
    """Call without the options that were not given, which only the training form knows."""
    return layer(*arguments, **{key: value for key, value in options.items() if value is not None})


def _lstm(layer: layers.LSTM, network: str) -> _Replacement:
    _check(layer, network)
    return WrittenOutLSTM(layer.units, name=layer.name), layer.get_weights()


def _gru(layer: layers.GRU, network: str) -> _Replacement:
    _check(layer, network)
    return WrittenOutGRU(layer.units, name=layer.name), layer.get_weights()


def _bidirectional(layer: layers.Bidirectional, network: str) -> _Replacement:
    _check(layer.forward_layer, network)
    return (
        WrittenOutBidirectional(layer.forward_layer.units, name=layer.name),
        layer.get_weights(),
    )


def _two_biases(layer: layers.RNN, network: str) -> _Replacement:
    if not isinstance(layer.cell, TwoBiasLSTMCell):
        kind = type(layer.cell).__name__
        raise ExportError(network, f"{layer.name} has a cell of {kind}, which no form replaces")
    kernel, recurrent, bias, recurrent_bias = layer.get_weights()
    return (
        WrittenOutLSTM(layer.cell.units, name=layer.name),
        [kernel, recurrent, bias + recurrent_bias],
    )


def _doubled(layer: layers.UpSampling1D, network: str) -> _Replacement:
    if layer.size != 2:
        raise ExportError(network, f"{layer.name} repeats {layer.size} times; only 2 is written")
    return RepeatRows(name=layer.name), []


def _check(layer: layers.LSTM | layers.GRU, network: str) -> None:
    if not layer.return_sequences:
        raise ExportError(network, f"{layer.name} answers once; only sequences are written out")


_REPLACEMENTS: dict[type[keras.Layer], Callable[..., _Replacement]] = {
    layers.LSTM: _lstm,
    layers.GRU: _gru,
    layers.Bidirectional: _bidirectional,
    layers.RNN: _two_biases,
    layers.UpSampling1D: _doubled,
}
"""LSTM and GRU before the RNN that they are too."""
