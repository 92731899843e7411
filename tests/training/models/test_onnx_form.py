"""The operators LSTM and GRU of ONNX answer as the layers that they stand for."""

from collections.abc import Callable

import numpy as np
import pytest

keras = pytest.importorskip("keras", reason="the training extra is not installed")
onnxruntime = pytest.importorskip("onnxruntime", reason="the training extra is not installed")

from training.errors import ExportError  # noqa: E402 - after the check for the extra
from training.export.onnx_file import name_outputs, to_onnx  # noqa: E402
from training.export.onnx_gaps import close_gaps  # noqa: E402
from training.export.onnx_integers import quantised  # noqa: E402
from training.models.onnx_form import exact_gelu, onnx_form  # noqa: E402
from training.models.volcano_lstm import TwoBiasLSTMCell  # noqa: E402
from training.zoo import network  # noqa: E402

STEPS, FEATURES, UNITS = 11, 5, 7
layers = keras.layers

LAYERS: dict[str, tuple[Callable[[], keras.Layer], str]] = {
    "LSTM": (lambda: layers.LSTM(UNITS, return_sequences=True), "LSTM"),
    "GRU": (lambda: layers.GRU(UNITS, return_sequences=True), "GRU"),
    "two biases": (lambda: layers.RNN(TwoBiasLSTMCell(UNITS), return_sequences=True), "LSTM"),
    "both ways": (lambda: layers.Bidirectional(layers.LSTM(UNITS, return_sequences=True)), "LSTM"),
}


def _model(layer: keras.Layer) -> keras.Model:
    """Return the layer between two others, with biases as after a training."""
    given = keras.Input((STEPS, FEATURES), name="rows")
    hidden = layers.Dense(6, activation="gelu", name="first")(given)
    model = keras.Model(given, layers.Dense(2, name="last")(layer(hidden)), name="small")
    rng = np.random.default_rng(3)
    model.set_weights([0.5 * rng.standard_normal(w.shape) for w in model.get_weights()])
    return model


def _examples(count: int) -> np.ndarray:
    rng = np.random.default_rng(4)
    return 2 * rng.standard_normal((count, 1, STEPS, FEATURES)).astype(np.float32)


def _run(content: bytes, example: np.ndarray) -> np.ndarray:
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    return session.run(["answers"], {"rows": example})[0]


@pytest.mark.parametrize("name", LAYERS)
def test_operator_answers_as_the_layer(name: str) -> None:
    """Random weights, biases too: the same to 1e-5 in float, near it in 8 bits; no loop."""
    make, operator = LAYERS[name]
    model = _model(make())
    form = onnx_form(model)
    proto = to_onnx(
        lambda *x: form.answers(x), [(tensor.name, tensor.shape) for tensor in form.model.inputs]
    )
    close_gaps(proto, form.gaps)
    name_outputs(proto, ["answers"])
    example, *others = _examples(9)

    expected = keras.ops.convert_to_numpy(model(example))

    kinds = [node.op_type for node in proto.graph.node]
    assert 1 == kinds.count(operator)
    assert "Loop" not in kinds
    np.testing.assert_allclose(expected, _run(proto.SerializeToString(), example), atol=1e-5)
    content = quantised(proto, "int8", [{"rows": other} for other in others])
    assert np.abs(expected - _run(content, example)).mean() < 0.1


def test_several_recurrent_layers_in_a_row_are_cut_apart() -> None:
    """What one hears may be what another says, and no step is in between."""
    form = onnx_form(network("eqd_classifier").build())

    assert ["gru_32", "gru_8"] == [gap.name for gap in form.gaps]
    assert 3 == len(form.model.inputs) == len(form.model.outputs)


def test_exact_gelu_is_that_of_keras() -> None:
    """Only the way in which it is written differs."""
    x = np.linspace(-6, 6, 101, dtype=np.float32)

    expected = keras.ops.convert_to_numpy(keras.activations.gelu(x))

    np.testing.assert_allclose(expected, keras.ops.convert_to_numpy(exact_gelu(x)), atol=1e-6)


def test_published_layers_keep_their_weights() -> None:
    """A rewrite for export never touches the network that is trained."""
    model = network("quake_cnn").build()
    before = [weight.copy() for weight in model.get_weights()]

    form = onnx_form(model)

    assert not form.gaps
    for weight, other in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(weight, other)


@pytest.mark.parametrize(
    ("layer", "reason"),
    [
        (layers.LSTM(3), "answers once"),
        (layers.GRU(3, return_sequences=True, reset_after=False), "resets before the product"),
        (layers.SimpleRNN(3, return_sequences=True), "which ONNX has not"),
        (layers.Bidirectional(layers.GRU(3, return_sequences=True)), "no pair of LSTMs"),
    ],
)
def test_layer_that_onnx_lacks_is_refused(layer: keras.Layer, reason: str) -> None:
    """Better no file than a loop."""
    given = keras.Input((4, 2))
    model = keras.Model(given, layer(given))

    with pytest.raises(ExportError, match=reason):
        onnx_form(model)
