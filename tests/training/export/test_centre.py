"""A run of a picker becomes the bundle that the centre picks with."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

pytest.importorskip("keras", reason="the training extra is not installed")

import onnxruntime

from edge.bundle import load_bundle
from tests.training.data.quakes import recording
from training.data.example import Example, Onset
from training.data.pool import Pool
from training.data.recording import at_rate
from training.errors import ExportError
from training.export import centre
from training.export.bundles import Naming
from training.export.centre import centre_bundle
from training.export.onnx_half import halved, rounded_to_half
from training.export.onnx_names import in_one_form
from training.export.phases import PhaseReading, read_phase
from training.models.onnx_form import onnx_form
from training.zoo import network
from training.zoo_run import ZooRunConfig, ZooRunFolder
from training.zoo_train import train_network

NAMING = Naming(version=3, threshold=0.3, recipe="by hand", licence="CC0")
RATE_HZ = 100.0


def _graph(weights: np.ndarray) -> bytes:
    """Return y = x + weights as a file."""
    shape = list(weights.shape)
    graph = helper.make_graph(
        [helper.make_node("Add", ["x", "w"], ["y"])],
        "sum",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, shape)],
        [numpy_helper.from_array(weights, "w")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 15)], ir_version=8)
    return model.SerializeToString()


def _sum(content: bytes, x: np.ndarray) -> np.ndarray:
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    return session.run(None, {"x": x})[0]


def test_rounded_weights_take_half_the_space_and_say_the_same() -> None:
    """To the bit: nothing is lost that was not lost before."""
    weights = np.random.default_rng(1).standard_normal((100, 100)).astype(np.float32)
    (rounded,) = rounded_to_half([weights])
    whole, half = _graph(rounded), halved(_graph(rounded))

    onnx.checker.check_model(onnx.load_from_string(half))
    assert len(half) < 0.51 * len(whole)
    x = np.ones((100, 100), np.float32)
    np.testing.assert_array_equal(_sum(whole, x), _sum(half, x))


def test_weights_that_would_lose_by_it_stay() -> None:
    """So do small ones, of which there is little to gain."""
    exact = np.random.default_rng(1).standard_normal((100, 100)).astype(np.float32)
    small = np.ones(8, np.float32)

    assert _graph(exact) == halved(_graph(exact))
    assert _graph(small) == halved(_graph(small))


def _renamed(content: bytes, names: str) -> bytes:
    """Return a graph of two steps whose inner names and order are others."""
    model = onnx.load_from_string(content)
    graph = model.graph
    graph.node[0].input[1] = graph.node[0].name = f"{names}_w"
    graph.node[0].output[0] = f"{names}_inner"
    graph.initializer[0].name = f"{names}_w"
    unused = numpy_helper.from_array(np.ones(3, np.float32), f"{names}_unused")
    graph.initializer.insert(int(names == "b"), unused)
    graph.node.append(helper.make_node("Relu", [f"{names}_inner"], ["y"]))
    return model.SerializeToString()


def test_one_network_is_one_file() -> None:
    """The converter's names and order, which change from run to run, are gone."""
    weights = np.random.default_rng(1).standard_normal((100, 100)).astype(np.float32)
    a, b = (_renamed(_graph(weights), names) for names in "ab")

    assert a != b
    assert in_one_form(a) == in_one_form(b)
    x = np.ones((100, 100), np.float32)
    np.testing.assert_array_equal(_sum(a, x), _sum(in_one_form(a), x))
    onnx.checker.check_model(onnx.load_from_string(in_one_form(a)))


def _examples(rng: np.random.Generator, spread_s: float) -> tuple[np.ndarray, list[Example]]:
    """Return curves with a bell near each P, farther off the wider it is, and their windows."""
    t = np.arange(6000) / RATE_HZ
    curves, examples = [], []
    for _ in range(200):
        p_s, sigma_s = rng.uniform(10, 50), rng.uniform(0.05, 0.15)
        at_s = p_s + spread_s * sigma_s * rng.standard_normal()
        right = np.exp(-((t - at_s) ** 2) / (2 * sigma_s**2))
        wrong = 0.35 * np.exp(-((t - 5) ** 2) / (2 * sigma_s**2))
        curves.append(np.maximum(right, wrong))
        samples = np.zeros((6000, 3), np.float32)
        examples.append(Example(samples, RATE_HZ, (Onset(p=p_s * RATE_HZ, s=None),)))
    return np.array(curves, np.float32), examples


def test_threshold_leaves_false_picks_out_and_spread_is_that_of_the_errors() -> None:
    """Noise reaches 0.35 here, and errors are half of a peak's standard deviation."""
    reading = read_phase("P", *_examples(np.random.default_rng(1), 0.5), RATE_HZ)

    assert 0.35 < reading.threshold
    assert 0.5 == pytest.approx(reading.spread, rel=0.1)
    assert (200.0, 1.0) == (reading.figures["P peaks, arrivals"], reading.figures["P peaks, F1"])


def test_too_few_right_picks_say_nothing() -> None:
    """A network that picks nothing is not shipped."""
    _, examples = _examples(np.random.default_rng(1), 0.5)

    with pytest.raises(ExportError, match="0 right picks"):
        read_phase("P", np.zeros((200, 6000), np.float32), examples, RATE_HZ)


def test_recurrent_network_takes_one_window_at_a_time() -> None:
    """It is told, not written wrongly."""
    with pytest.raises(ExportError, match="one window at a time"):
        onnx_form(network("eqd_classifier").build(), None, None)


def test_network_that_is_no_picker_is_refused(tmp_path: Path) -> None:
    """Before anything is read."""
    run = ZooRunFolder(tmp_path)
    (tmp_path / "config.json").write_text('{"config": {"network": "quake_cnn"}}')

    with pytest.raises(ExportError, match="the centre picks with a picker"):
        centre_bundle(run, {}, tmp_path, NAMING)


@pytest.fixture(scope="module")
def pools() -> Mapping[str, Pool]:
    """Return a few made-up earthquakes for each part."""
    return {
        "train": Pool([at_rate(recording(seed), RATE_HZ) for seed in range(3)]),
        "validation": Pool([at_rate(recording(seed), RATE_HZ) for seed in range(3, 5)]),
    }


@pytest.mark.slow
def test_bundle_is_proven_and_takes_many_windows(
    pools: Mapping[str, Pool], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From a run of a moment: card, thresholds, golden answers, any batch."""
    run = ZooRunFolder(tmp_path / "run")
    config = ZooRunConfig(network="eqd_picker", epochs=1, batches=1, batch_size=2)
    train_network(config, pools, run)
    read = PhaseReading(0.6, 0.7, {"P peaks, spread": 0.7})
    monkeypatch.setattr(centre, "read_phase", lambda *_: read)

    release = centre_bundle(run, pools, tmp_path / "out", NAMING)

    bundle = load_bundle(release.bundles["float32"])
    assert {"trigger": 0.3, "P": 0.6} == bundle.card.thresholds
    assert "rounded to 16 bits" in bundle.card.quantisation.converter
    assert 0.7 in [m.value for m in bundle.card.metrics if m.name == "P peaks, spread"]
    session = onnxruntime.InferenceSession(
        bundle.networks["model.onnx"], providers=["CPUExecutionProvider"]
    )
    windows = np.concatenate([bundle.golden.conditioned] * 3)
    (answers,) = session.run(None, {bundle.card.input.tensor: windows})
    expected = np.concatenate([bundle.golden.probabilities] * 3)
    np.testing.assert_allclose(expected, answers, atol=1e-5)
