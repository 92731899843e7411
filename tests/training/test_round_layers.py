"""The rounding that tells a wrong int8 file from one that is merely coarse."""

import numpy as np
import pytest

keras = pytest.importorskip("keras", reason="the training extra is not installed")

from scripts.round_layers import (  # noqa: E402 - after the check for the extra
    Rounded,
    output_ranges,
    rounded_weights,
    rounding,
)


def test_a_range_has_256_values_and_keeps_zero() -> None:
    """As a tensor of an int8 file: what lies outside is cut off, zero is a value."""
    given = np.linspace(-2, 2, 4001, dtype=np.float32)

    made = np.asarray(Rounded(-0.5, 1.0)(given))

    assert len(np.unique(made)) <= 256
    assert 0.0 in made
    assert (pytest.approx(-0.5, abs=0.006), pytest.approx(1.0, abs=0.006)) == (
        made.min(),
        made.max(),
    )
    inside = (given > -0.49) & (given < 0.99)
    assert np.abs(made - given)[inside].max() <= 1.5 / 255 / 2 + 1e-6


def test_a_range_above_zero_begins_at_zero() -> None:
    """Integers have no range that leaves zero out."""
    made = np.asarray(Rounded(0.5, 1.0)(np.array([0.1, 0.7], np.float32)))

    assert pytest.approx([0.1, 0.7], abs=0.5 / 255 + 1e-6) == made.tolist()


def test_each_channel_of_a_kernel_has_its_own_scale() -> None:
    """A weak channel beside a strong one keeps its digits; biases are left alone."""
    kernel = np.array([[1.0, 0.001], [0.5, 0.0005]], np.float32)
    bias = np.array([0.12345], np.float32)

    np.testing.assert_allclose(kernel, rounded_weights(kernel), rtol=0.01)
    np.testing.assert_array_equal(bias, rounded_weights(bias))


def test_only_the_layers_that_are_named_are_rounded() -> None:
    """With none the network answers as it was; with one, in few values."""
    keras.utils.set_random_seed(1)
    given = keras.Input((4,))
    model = keras.Model(given, keras.layers.Dense(3, name="last")(given))
    windows = np.random.default_rng(1).standard_normal((500, 4)).astype(np.float32)
    ranges = output_ranges(model, windows)
    expected = model.predict(windows, verbose=0)

    same = rounding(model, ranges, ()).predict(windows, verbose=0)
    coarse = rounding(model, ranges, {"last"}).predict(windows, verbose=0)

    np.testing.assert_allclose(expected, same, rtol=1e-5)
    assert len(np.unique(coarse)) <= 256 < len(np.unique(expected))
    assert np.abs(coarse - expected).max() < (ranges["last"][1] - ranges["last"][0]) / 255
