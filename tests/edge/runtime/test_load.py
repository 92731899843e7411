"""Each runtime runs the networks that it claims, and a refusal says why."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from edge.bundle import Bundle, load_bundle
from edge.detect.loading import shipped_bundle
from edge.errors import RuntimeUnavailableError
from edge.runtime import RUNTIMES, load_network

_IN_ITS_OWN_PROCESS = """
import sys
from pathlib import Path
from edge.bundle import load_bundle, verify_bundle
verified = verify_bundle(load_bundle(Path(sys.argv[1])), prefer="tflite-runtime")
print(verified.network.runtime)
"""


@pytest.fixture(scope="module")
def shipped() -> Bundle:
    """Return the bundle that comes with the agent."""
    return load_bundle(shipped_bundle())


def test_litert_names_inputs_and_outputs(shipped: Bundle) -> None:
    """Tensors go by the names of the signature, states included."""
    network = load_network(shipped.networks["model.tflite"])

    assert "ai-edge-litert" == network.runtime
    assert {"trace", *shipped.card.output.states} == set(network.inputs)
    assert {"probabilities", *shipped.card.output.states.values()} == set(network.outputs)


def test_result_is_the_callers(shipped: Bundle) -> None:
    """A later run does not change what an earlier one returned."""
    network = load_network(shipped.networks["model.tflite"])
    quiet = {name: info.zeros() for name, info in network.inputs.items()}
    first = network.run(quiet)
    kept = {name: value.copy() for name, value in first.items()}
    loud = {name: np.full_like(value, 99) for name, value in quiet.items()}
    network.run(loud)

    for name, value in kept.items():
        np.testing.assert_array_equal(value, first[name])


def test_network_comes_from_a_file_too(shipped: Bundle, tmp_path: Path) -> None:
    """A path is as good as the content."""
    path = tmp_path / "model.tflite"
    path.write_bytes(shipped.networks["model.tflite"])

    assert "trace" in load_network(path).inputs


def test_tflite_runtime_gives_the_golden_outputs(shipped: Bundle) -> None:
    """The older runtime verifies the bundle; in its own process, away from TensorFlow."""
    if importlib.util.find_spec("tflite_runtime") is None:
        pytest.skip("tflite-runtime has no wheel for this Python")
    done = subprocess.run(
        [sys.executable, "-c", _IN_ITS_OWN_PROCESS, str(shipped.path)],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (0, "tflite-runtime") == (done.returncode, done.stdout.strip()), done.stderr


def test_onnx_network_runs() -> None:
    """An .onnx file runs under its own names."""
    onnx = pytest.importorskip("onnx", reason="onnx makes the file of this test")
    pytest.importorskip("onnxruntime", reason="onnxruntime runs it")
    helper, kind = onnx.helper, onnx.TensorProto.FLOAT
    graph = helper.make_graph(
        [helper.make_node("Add", ["a", "b"], ["sum"])],
        "adder",
        [helper.make_tensor_value_info(name, kind, [1, 2]) for name in "ab"],
        [helper.make_tensor_value_info("sum", kind, [1, 2])],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 15)], ir_version=8)

    network = load_network(model.SerializeToString())
    values = np.array([[1.0, 2.0]], np.float32)

    assert "onnxruntime" == network.runtime
    assert [2.0, 4.0] == network.run({"a": values, "b": values})["sum"][0].tolist()


def test_garbage_is_refused_with_what_each_runtime_said() -> None:
    """No runtime loads garbage; the error names those that tried."""
    with pytest.raises(RuntimeUnavailableError) as caught:
        load_network(b"\0" * 4 + b"TFL3" + b"\xff" * 64)

    assert "ai-edge-litert" in caught.value.tried


def test_unknown_runtime_is_refused() -> None:
    """A misspelt preference is an error, not a silent default."""
    with pytest.raises(ValueError, match=RUNTIMES[0]):
        load_network(b"", prefer="litert")
