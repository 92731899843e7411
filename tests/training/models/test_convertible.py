"""The form to convert gives the answers of the training form, and has no loop."""

import numpy as np
import pytest

keras = pytest.importorskip("keras", reason="the training extra is not installed")

from training.errors import ExportError  # noqa: E402 - after the check for the extra
from training.models.convertible import convertible  # noqa: E402
from training.zoo import network  # noqa: E402

ROWS = {"volcano_tcn": 20, "volcano_lstm": 12, "tremor_stream": 32}
NAMES = (*ROWS, "cred", "eqd_picker", "quake_cnn")
LOOPS = (keras.layers.RNN, keras.layers.Bidirectional, keras.layers.UpSampling1D)


def _with_statistics(model: keras.Model) -> keras.Model:
    """Give biases and running statistics values as after a training."""
    rng = np.random.default_rng(11)
    for layer in model.layers:
        weights = layer.get_weights()
        if isinstance(layer, keras.layers.BatchNormalization):
            weights = [rng.uniform(0.5, 2.0, weight.shape) for weight in weights]
        else:
            weights = [weight + 0.1 * rng.standard_normal(weight.shape) for weight in weights]
        layer.set_weights(weights)
    return model


@pytest.mark.parametrize("as_published", [False, True], ids=["sound", "as published"])
@pytest.mark.parametrize("name", NAMES)
def test_form_to_convert_answers_as_the_training_form(name: str, *, as_published: bool) -> None:
    """The same outputs to 1e-5, with batch 1 and every size fixed."""
    model = _with_statistics(network(name).build(as_published=as_published))
    form = convertible(model, ROWS.get(name))
    example = np.random.default_rng(12).standard_normal(form.input_shape).astype(np.float32)

    expected, answer = (keras.ops.convert_to_numpy(m(example)) for m in (model, form))

    assert None not in form.input_shape
    assert not [layer.name for layer in form.layers if isinstance(layer, LOOPS)]
    np.testing.assert_allclose(expected, answer, atol=1e-5)


@pytest.mark.parametrize("name", ["eqd_classifier", "eqd_classifier_wide", "eqd_picker_wide"])
def test_long_networks_are_rewritten_without_loops(name: str) -> None:
    """Hundreds of steps: the layers are the tested ones, with the weights of the training form."""
    model = network(name).build()
    form = convertible(model)

    assert model.output_shape[1:] == form.output_shape[1:]
    assert not [layer.name for layer in form.layers if isinstance(layer, LOOPS)]
    for layer in model.layers:
        for weight, other in zip(
            layer.get_weights(), form.get_layer(layer.name).get_weights(), strict=True
        ):
            # The guard of a channel gate is a column and a row more.
            same = other[tuple(slice(size) for size in weight.shape)]
            np.testing.assert_array_equal(weight, same)


def test_channel_gate_whose_hidden_units_are_dead_keeps_a_range() -> None:
    """One unit more is never zero and has no say."""
    model = network("eqd_picker_wide").build()
    hidden = model.get_layer("attention_4_channel_hidden")
    kernel, bias = hidden.get_weights()
    hidden.set_weights([kernel, bias - 1e3])
    example = np.random.default_rng(13).standard_normal((1, *model.input_shape[1:]))
    form = convertible(model)

    inner = keras.Model(form.inputs[0], form.get_layer("attention_4_channel_hidden").output)
    said = keras.ops.convert_to_numpy(inner(example.astype(np.float32)))

    np.testing.assert_allclose([*([0.0] * hidden.units), 0.1], said.reshape(-1), atol=1e-6)
    answers = [keras.ops.convert_to_numpy(m(example.astype(np.float32))) for m in (model, form)]
    np.testing.assert_allclose(*answers, atol=1e-5)


def test_unchanged_layers_are_shared() -> None:
    """A rewrite of a large network copies no large weights."""
    model = network("eqd_picker").build()

    assert convertible(model).get_layer("tail_dense") is model.get_layer("tail_dense")


def test_length_must_be_known() -> None:
    """A network for any length is not converted for a guessed one."""
    with pytest.raises(ExportError, match="say how many rows"):
        convertible(network("volcano_tcn").build())


@pytest.mark.parametrize(
    ("layer", "reason"),
    [
        (keras.layers.LSTM(3), "answers once"),
        (keras.layers.UpSampling1D(3), "repeats 3 times"),
        (keras.layers.SimpleRNN(3, return_sequences=True), "which no form replaces"),
    ],
)
def test_layer_without_a_form_is_refused(layer: keras.Layer, reason: str) -> None:
    """Better no file than one that ends the converter."""
    given = keras.Input((4, 2))
    model = keras.Model(given, layer(given))

    with pytest.raises(ExportError, match=reason):
        convertible(model)
