"""A network goes through the converter into a runtime and answers as before."""

from pathlib import Path

import numpy as np
import pytest

keras = pytest.importorskip("keras", reason="the training extra is not installed")

from edge.runtime.tflite import TfliteNetwork  # noqa: E402 - after the check for the extra
from training.errors import ExportError  # noqa: E402
from training.export.network import Converted, convert_network  # noqa: E402
from training.export.onnx_gates import OnnxFacts, check_onnx, look_into_onnx  # noqa: E402
from training.export.run_file import run_file  # noqa: E402
from training.export.runtimes import result_of, run_in, words_of  # noqa: E402
from training.export.subject import (  # noqa: E402
    FORMATS,
    RUNTIMES,
    SCHEMES,
    Subject,
    formats_named,
    scheme_named,
)
from training.export.tflite import convert_to_tflite  # noqa: E402
from training.export.tflite_gates import (  # noqa: E402
    TfliteFacts,
    check_tflite,
    look_into_tflite,
)
from training.models.compiling import compile_network  # noqa: E402
from training.zoo import network  # noqa: E402
from training.zoo_probe import Examples, probe_examples  # noqa: E402

LARGEST_ERROR = {"float32": 1e-4, "int8": 0.15, "int16": 0.15}
FILES = [(scheme, file_format) for scheme in SCHEMES for file_format in FORMATS]


@pytest.fixture(scope="module")
def examples() -> Examples:
    """Return examples for quake_cnn."""
    return probe_examples(network("quake_cnn").sound, 48, seed=6)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory, examples: Examples) -> tuple[Subject, object]:
    """Return quake_cnn after a moment of training."""
    entry = network("quake_cnn")
    keras.utils.set_random_seed(7)
    model = entry.build()
    compile_network(model, entry.sound)
    model.fit(examples.inputs, examples.targets, batch_size=8, epochs=4, verbose=0)
    weights = tmp_path_factory.mktemp("weights") / "quake.weights.h5"
    model.save_weights(weights)
    return Subject(network="quake_cnn", weights=weights), model


@pytest.fixture(
    scope="module",
    params=[
        # Each conversion starts TensorFlow in a process of its own.
        pytest.param(file, marks=[] if file[0] == "int8" else pytest.mark.slow, id=" ".join(file))
        for file in FILES
    ],
)
def converted(
    request: pytest.FixtureRequest, trained: tuple[Subject, object], examples: Examples
) -> Converted:
    """Return each scheme in each format."""
    scheme, file_format = request.param
    made = convert_network(trained[0], [scheme], file_format, examples.inputs[:16])[scheme]
    assert isinstance(made, Converted), made
    return made


def test_file_answers_as_the_network(
    converted: Converted, trained: tuple[Subject, keras.Model], examples: Examples
) -> None:
    """In the first runtime of its format, in a process of its own, within the scheme's error."""
    inputs = examples.inputs[:12]
    expected = trained[1].predict(inputs, verbose=0)

    near = run_in(RUNTIMES[converted.file_format][0], converted.content, inputs, expected)

    assert near.failure is None
    assert near.mean_error <= near.worst_error < LARGEST_ERROR[converted.scheme]
    assert near.call_ms > 0


def test_file_is_what_its_scheme_says(converted: Converted) -> None:
    """Integers throughout where it says so, and the convolutions of the network."""
    look = look_into_tflite if converted.file_format == "tflite" else look_into_onnx
    operator = {"tflite": "CONV_2D", "onnx": "Conv"}[converted.file_format]

    facts = look(converted.content)

    assert 3 == facts.operators[operator]
    assert (converted.scheme == "float32") == bool(facts.floating)


def test_names_of_tensors_are_short(converted: Converted) -> None:
    """What was folded into a tensor is not listed in its name."""
    if converted.file_format == "onnx":
        pytest.skip("names are short there")
    network = TfliteNetwork(converted.content, "ai-edge-litert", "ai_edge_litert.interpreter")

    names = [tensor["name"] for tensor in network.tensors()]

    assert max(map(len, names)) <= 64
    assert not [name for name in names if ";" in name]


def test_runtime_that_refuses_is_quoted() -> None:
    """A file that is no network ends the child, not the trainer."""
    with pytest.raises(ExportError, match="exit 1"):
        run_file(b"no network at all", "ai-edge-litert", np.zeros((1, 3), np.float32))


@pytest.mark.slow
def test_converter_that_fails_is_quoted(tmp_path: Path) -> None:
    """Weights of another network: the child says so and the trainer goes on."""
    weights = tmp_path / "other.weights.h5"
    network("techtonics_regressor").build().save_weights(weights)

    with pytest.raises(ExportError, match="exit 1"):
        convert_to_tflite(Subject(network="quake_cnn", weights=weights), "float32")


def test_integers_need_calibration(trained: tuple[Subject, object]) -> None:
    """Ranges are measured, never guessed."""
    with pytest.raises(ExportError, match="needs calibration"):
        convert_to_tflite(trained[0], "int8")


FAULTS = {
    "flex": (TfliteFacts({"FlexErf": 1}, (), 0.0), "outside the built-in set: FlexErf"),
    "float": (TfliteFacts({"ADD": 1}, ("left_over",), 0.0), "tensors remain: left_over"),
    "wrap": (TfliteFacts({"ADD": 1}, (), 2.8), "may reach 2.80 of what 32 bits hold"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_gate_says_what_is_wrong(fault: str) -> None:
    """Each of the three faults is refused by name."""
    facts, reason = FAULTS[fault]

    with pytest.raises(ExportError, match=reason):
        check_tflite("quake_cnn", facts, "int16", 32)


def test_wide_biases_cannot_wrap() -> None:
    """With 64 bits the sum has room."""
    check_tflite("quake_cnn", FAULTS["wrap"][0], "int16", 64)


ONNX_FAULTS = {
    "foreign": (OnnxFacts({"Erf": 1}, ("my.Erf",), ()), "of other domains: my.Erf"),
    "float": (OnnxFacts({"Conv": 1}, (), ("first",)), "stayed in floating point: first"),
}


@pytest.mark.parametrize("fault", ONNX_FAULTS)
def test_onnx_gate_says_what_is_wrong(fault: str) -> None:
    """An operator that a station may lack, a product that was left out."""
    facts, reason = ONNX_FAULTS[fault]

    with pytest.raises(ExportError, match=reason):
        check_onnx("quake_cnn", facts, "int8")


def test_no_graph_is_refused_by_the_checker() -> None:
    """Bytes that are no ONNX file end in an error with the checker's words."""
    with pytest.raises(ExportError, match="ONNX refuses it"):
        look_into_onnx(b"no network at all")


@pytest.mark.parametrize("name", ["dynamic", "dynamic-range"])
def test_dynamic_range_is_refused_with_the_reason(name: str) -> None:
    """Who asks for it is told why not."""
    with pytest.raises(ExportError, match=r"version 12.*2\.5 to 3\.6 times slower"):
        scheme_named(name)


def test_schemes_and_formats_go_by_their_names() -> None:
    """The card's name of a scheme will do; what there is not is told with what there is."""
    assert "int16" == scheme_named("int16x8")
    assert ("tflite", "onnx") == formats_named("both")
    assert ("onnx",) == formats_named("onnx")
    with pytest.raises(ExportError, match="there are float32, int8, int16"):
        scheme_named("int4")
    with pytest.raises(ExportError, match="there are tflite, onnx and both"):
        formats_named("pickle")


def test_answers_that_are_no_numbers_are_a_failure() -> None:
    """NaN is not near anything, nor are answers of another shape."""
    zeros = np.zeros((2, 3), np.float32)

    for outputs in (np.full((2, 3), np.nan, np.float32), zeros[:1]):
        assert "that are no (2, 3)" in str(result_of(outputs, zeros, 1.0).failure)


def test_answers_far_from_float_are_a_failure() -> None:
    """A file that runs and answers wrongly is of no use: a quarter of the range on average."""
    expected = np.array([[0.0, 1.0]], np.float32)

    assert result_of(expected + 0.2, expected, 1.0).failure is None
    assert "wrong: from float they differ by 0.3" in str(
        result_of(expected + 0.3, expected, 1.0).failure
    )


def test_words_of_a_program_name_no_folder_of_this_machine() -> None:
    """What a page shows is the same on every machine."""
    said = "exit 1: /home/somebody/lib/python3.11/site-packages/tool.py:3\n  no such op"

    assert "exit 1: tool.py:3 no such op" == words_of(said)
