"""Multiply-accumulates are those that one counts by hand."""

import pytest

keras = pytest.importorskip("keras", reason="the training extra is not installed")

from training.models.macs import count_macs  # noqa: E402 - after the check for the extra
from training.models.volcano_lstm import TwoBiasLSTMCell  # noqa: E402
from training.zoo import network  # noqa: E402

layers = keras.layers
BY_HAND = {
    "dense along rows": (lambda: layers.Dense(4), (10, 3), 10 * 3 * 4),
    "convolution with stride": (
        lambda: layers.Conv1D(5, 3, strides=2, padding="same"),
        (10, 2),
        5 * 3 * 2 * 5,
    ),
    "convolution in a plane": (lambda: layers.Conv2D(4, 3), (8, 6, 2), 6 * 4 * 3 * 3 * 2 * 4),
    "LSTM": (lambda: layers.LSTM(6, return_sequences=True), (10, 3), 10 * 4 * 6 * (3 + 6)),
    "GRU": (lambda: layers.GRU(6, return_sequences=True), (10, 3), 10 * 3 * 6 * (3 + 6)),
    "both directions": (
        lambda: layers.Bidirectional(layers.LSTM(6, return_sequences=True)),
        (10, 3),
        2 * 10 * 4 * 6 * (3 + 6),
    ),
    "cell of two biases": (
        lambda: layers.RNN(TwoBiasLSTMCell(6), return_sequences=True),
        (10, 3),
        10 * 4 * 6 * (3 + 6),
    ),
    "pooling": (lambda: layers.MaxPooling1D(2), (10, 3), 0),
}


@pytest.mark.parametrize("case", BY_HAND)
def test_macs_of_a_layer(case: str) -> None:
    """One layer, counted by hand."""
    make, shape, expected = BY_HAND[case]
    given = keras.Input(shape)

    assert expected == count_macs(keras.Model(given, make()(given)), shape)


def test_macs_of_a_stream_are_those_of_one_frame() -> None:
    """The TCN's matrices once: 62,450 of its 63,105 parameters are no biases."""
    model = network("volcano_tcn").build()
    biases = sum(w.shape[0] for w in model.weights if len(w.shape) == 1)

    assert model.count_params() - biases == count_macs(model, (1, 48))


def test_every_layer_of_a_network_counts_once() -> None:
    """The dense layers and convolutions of quake_cnn, by hand."""
    convolutions = 78 * 3 * 3 * 16 + 24 * 3 * 48 * 32 + 6 * 3 * 96 * 64
    dense = 384 * 64 + 64 * 16 + 16 * 3

    assert convolutions + dense == count_macs(network("quake_cnn").build(), (80, 3))
