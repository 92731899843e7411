"""Layers written out for conversion answer as the layers that they stand for."""

from collections.abc import Callable

import numpy as np
import pytest

keras = pytest.importorskip("keras", reason="the training extra is not installed")

from training.models.cells import (  # noqa: E402 - after the check for the extra
    RepeatRows,
    WrittenOutBidirectional,
    WrittenOutGRU,
    WrittenOutLSTM,
)

STEPS, FEATURES, UNITS = 11, 5, 7
layers = keras.layers

PAIRS: dict[str, tuple[Callable[[], keras.Layer], Callable[[], keras.Layer]]] = {
    "LSTM": (
        lambda: layers.LSTM(UNITS, return_sequences=True),
        lambda: WrittenOutLSTM(UNITS),
    ),
    "GRU": (
        lambda: layers.GRU(UNITS, return_sequences=True),
        lambda: WrittenOutGRU(UNITS),
    ),
    "bidirectional LSTM": (
        lambda: layers.Bidirectional(layers.LSTM(UNITS, return_sequences=True)),
        lambda: WrittenOutBidirectional(UNITS),
    ),
    "doubled rows": (lambda: layers.UpSampling1D(2), RepeatRows),
}


@pytest.fixture
def rows() -> np.ndarray:
    """Return two examples, shape (2, 11, 5), strong enough to saturate some gates."""
    return 3 * np.random.default_rng(9).standard_normal((2, STEPS, FEATURES)).astype(np.float32)


@pytest.mark.parametrize("name", PAIRS)
def test_written_out_layer_equals_the_layer_with_its_weights(name: str, rows: np.ndarray) -> None:
    """Random weights, biases too: the same to 1e-5."""
    plain, written_out = (make() for make in PAIRS[name])
    expected_shape = plain(rows).shape
    rng = np.random.default_rng(10)
    weights = [rng.standard_normal(weight.shape) for weight in plain.get_weights()]
    plain.set_weights(weights)
    written_out.build(rows.shape)
    written_out.set_weights(weights)

    answer = keras.ops.convert_to_numpy(written_out(rows))

    assert expected_shape == answer.shape == written_out.compute_output_shape(rows.shape)
    np.testing.assert_allclose(keras.ops.convert_to_numpy(plain(rows)), answer, atol=1e-5)
