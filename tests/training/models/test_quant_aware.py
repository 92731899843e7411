"""A network that is fine-tuned for int8 feels the rounding and learns in its own layers."""

from collections.abc import Callable

import numpy as np
import pytest

keras = pytest.importorskip("keras", reason="the training extra is not installed")

from training.models.quant_aware import QuantAware, quant_aware, rounded_kernel  # noqa: E402
from training.zoo import network  # noqa: E402

layers, ops = keras.layers, keras.ops

LAYERS: dict[str, tuple[Callable[[], keras.Layer], tuple[int, ...]]] = {
    "dense": (lambda: layers.Dense(4, activation="relu"), (6,)),
    "dense without a bias": (lambda: layers.Dense(4, use_bias=False), (6,)),
    "strided": (lambda: layers.Conv1D(4, 3, strides=2, padding="same"), (20, 2)),
    "causal": (lambda: layers.Conv1D(4, 2, dilation_rate=4, padding="causal"), (20, 2)),
    "picture": (lambda: layers.Conv2D(4, 3), (8, 8, 2)),
}


def _numbers(tensor: object) -> np.ndarray:
    return keras.ops.convert_to_numpy(tensor)


@pytest.mark.parametrize("name", LAYERS)
def test_layer_answers_as_before_but_for_the_rounding(name: str) -> None:
    """Within a few steps of 8 bits, in the same shape."""
    make, shape = LAYERS[name]
    given = keras.Input(shape)
    model = keras.Model(given, make()(given))
    aware = quant_aware(model)
    x = np.random.default_rng(1).standard_normal((5, *shape)).astype(np.float32)

    # The first call while training sets the range of the input.
    rounded = _numbers(aware(x, training=True))

    expected = _numbers(model(x))
    assert model.output_shape == aware.output_shape
    assert 0 < np.abs(expected - rounded).max() < 0.15


def test_weights_lie_on_steps_of_each_channel() -> None:
    """At most 255 values a channel, the largest of each kept."""
    kernel = np.random.default_rng(2).standard_normal((40, 3)) * np.array([1.0, 0.1, 10.0])

    rounded = _numbers(rounded_kernel(ops.convert_to_tensor(kernel)))

    step = np.abs(kernel).max(axis=0) / 127
    np.testing.assert_allclose(np.rint(rounded / step), rounded / step, atol=1e-4)
    np.testing.assert_allclose(np.abs(kernel).max(axis=0), np.abs(rounded).max(axis=0), rtol=1e-6)
    assert (np.abs(rounded - kernel) <= step / 2 + 1e-9).all()


def test_it_learns_in_the_layers_of_the_network() -> None:
    """The rounding lets the gradient pass; what is learned is in the network itself."""
    keras.utils.set_random_seed(5)
    given = keras.Input((6,))
    hidden = layers.Dense(8, activation="relu")(given)
    model = keras.Model(given, layers.Dense(1)(hidden))
    rng = np.random.default_rng(3)
    x = rng.standard_normal((256, 6)).astype(np.float32)
    y = x[:, :1] - 2 * x[:, 1:2]
    before = [weight.copy() for weight in model.get_weights()]
    aware = quant_aware(model)
    aware.compile(optimizer=keras.optimizers.Adam(0.02), loss="mse")

    losses = aware.fit(x, y, epochs=6, batch_size=16, verbose=0).history["loss"]

    assert losses[-1] < 0.3 * losses[0]
    assert all(
        not np.array_equal(old, new) for old, new in zip(before, model.get_weights(), strict=True)
    )


def test_range_of_the_input_is_followed_while_training_alone() -> None:
    """Zero is always in it; a call that does not train leaves it as it is."""
    aware = QuantAware(layers.Dense(2))
    aware.layer.build((None, 3))
    aware.build((None, 3))

    aware(np.full((2, 3), 4.0, np.float32))
    unknown = float(aware.high)
    aware(np.full((2, 3), 4.0, np.float32), training=True)
    aware(np.full((2, 3), -8.0, np.float32), training=True)

    assert 0.0 == unknown
    assert pytest.approx(0.05 * -8.0) == float(aware.low)
    assert pytest.approx(0.95 * 4.0) == float(aware.high)


@pytest.mark.parametrize("name", ["quake_cnn", "cred", "volcano_tcn", "eqd_picker"])
def test_networks_of_the_zoo_take_it(name: str) -> None:
    """Every dense layer and convolution is wrapped, all others are the network's own."""
    model = network(name).build()
    aware = quant_aware(model)
    weighted = (layers.Dense, layers.Conv1D, layers.Conv2D)

    wrapped = [layer for layer in aware.layers if isinstance(layer, QuantAware)]

    assert sum(isinstance(layer, weighted) for layer in model.layers) == len(wrapped)
    assert not [layer for layer in aware.layers if isinstance(layer, weighted)]
    assert wrapped[0].layer is model.get_layer(wrapped[0].layer.name)
