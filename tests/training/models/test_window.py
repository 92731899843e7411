"""A network goes through the converter into a runtime and answers as before."""

from pathlib import Path

import numpy as np
import pytest

keras = pytest.importorskip("keras", reason="the training extra is not installed")

from training.errors import ExportError  # noqa: E402 - after the check for the extra
from training.export.run_file import run_file  # noqa: E402
from training.export.window import SCHEMES, Subject, convert_window  # noqa: E402
from training.export.window_gates import FileFacts, check_window, look_into  # noqa: E402
from training.models.compiling import compile_network  # noqa: E402
from training.zoo import network  # noqa: E402
from training.zoo_probe import Examples, probe_examples  # noqa: E402

LARGEST_ERROR = {"float32": 1e-4, "int8": 0.15, "int16x8": 0.15}


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
        "int8",
        # Each conversion starts TensorFlow in a process of its own.
        *(pytest.param(scheme, marks=pytest.mark.slow) for scheme in SCHEMES if scheme != "int8"),
    ],
)
def converted(
    request: pytest.FixtureRequest, trained: tuple[Subject, object], examples: Examples
) -> tuple[str, bytes]:
    """Return each scheme and its file."""
    return request.param, convert_window(trained[0], request.param, examples.inputs[:16])


def test_file_answers_as_the_network(
    converted: tuple[str, bytes], trained: tuple[Subject, keras.Model], examples: Examples
) -> None:
    """In LiteRT, in a process of its own, within the error of the scheme."""
    scheme, content = converted
    expected = trained[1].predict(examples.inputs[:12], verbose=0)

    answers = run_file(content, "ai-edge-litert", examples.inputs[:12])

    np.testing.assert_allclose(expected, answers.outputs, atol=LARGEST_ERROR[scheme])
    assert answers.call_ms > 0


def test_file_is_what_its_scheme_says(converted: tuple[str, bytes]) -> None:
    """Integers throughout where it says so, no operator outside the built-in set."""
    scheme, content = converted
    facts = look_into(content)

    check_window("quake_cnn", facts, scheme, 32)

    assert facts.operators["CONV_2D"] == 3
    assert (scheme == "float32") == bool(facts.floating)
    assert (scheme == "float32") == (facts.accumulator_share == 0)


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
        convert_window(Subject(network="quake_cnn", weights=weights), "float32")


def test_integers_need_calibration(trained: tuple[Subject, object]) -> None:
    """Ranges are measured, never guessed."""
    with pytest.raises(ExportError, match="needs calibration"):
        convert_window(trained[0], "int8")


FAULTS = {
    "flex": (FileFacts({"FlexErf": 1}, (), 0.0), "outside the built-in set: FlexErf"),
    "float": (FileFacts({"ADD": 1}, ("left_over",), 0.0), "tensors remain: left_over"),
    "wrap": (FileFacts({"ADD": 1}, (), 2.8), "may reach 2.80 of what 32 bits hold"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_gate_says_what_is_wrong(fault: str) -> None:
    """Each of the three faults is refused by name."""
    facts, reason = FAULTS[fault]

    with pytest.raises(ExportError, match=reason):
        check_window("quake_cnn", facts, "int16x8", 32)


def test_wide_biases_cannot_wrap() -> None:
    """With 64 bits the sum has room."""
    check_window("quake_cnn", FAULTS["wrap"][0], "int16x8", 64)
