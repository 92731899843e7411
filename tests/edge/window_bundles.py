"""Bundles of windows whose network is made by hand: its answers can be worked out on paper."""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from edge.bundle import Card, Golden, write_bundle
from edge.bundle.card import Quantisation, Tolerance, WindowInputFacts, WindowOutputFacts
from edge.runtime import load_network
from edge.signal.preparation import Bandpass, Normalise, Step

RATE_HZ = 40.0
WINDOW = 80
"""Two seconds."""
LOUD_M_S2 = 0.02
"""Mean squared amplitude, square root, at which the network thinks as much of noise as of P."""


def window_input(**changes: object) -> WindowInputFacts:
    """Return a window of 2 s at 40 Hz, three components, high-passed, not normalised."""
    steps: tuple[Step, ...] = (Bandpass(low_hz=0.7), Normalise(by="none"))
    facts = {
        "tensor": "features",
        "rate_hz": RATE_HZ,
        "components": "ZNE",
        "window_samples": WINDOW,
        "hop_s": 0.5,
        "preprocessing": [step.model_dump() for step in steps],
    }
    return WindowInputFacts.model_validate(facts | changes)


def classes_output(**changes: object) -> WindowOutputFacts:
    """Return probabilities of noise and P for the window."""
    facts = {"tensor": "answers", "reading": "classes", "labels": ("noise", "P"), "quiet": "noise"}
    return WindowOutputFacts.model_validate(facts | changes)


def loudness_network(
    samples: int = WINDOW, components: int = 3, *, loud: float = LOUD_M_S2
) -> bytes:
    """Return an ONNX file that says P where a window's energy is above `loud` squared.

    The answer is softmax(0, 4 log10(mean square / loud^2)): 2 % at a third of that amplitude, 98 %
    at three times.
    """
    scale = np.array([[0.0, 4.0 / np.log(10.0)]], np.float32)
    offset = np.array([[0.0, -4.0 * np.log10(loud**2)]], np.float32)
    constants = {"scale": scale, "offset": offset, "tiny": np.float32([1e-12])}
    nodes = [
        helper.make_node("Mul", ["features", "features"], ["squares"]),
        helper.make_node("ReduceMean", ["squares"], ["energy"], axes=[1, 2], keepdims=0),
        helper.make_node("Add", ["energy", "tiny"], ["power"]),
        helper.make_node("Log", ["power"], ["level"]),
        helper.make_node("Unsqueeze", ["level", "last"], ["column"]),
        helper.make_node("MatMul", ["column", "scale"], ["scaled"]),
        helper.make_node("Add", ["scaled", "offset"], ["logits"]),
        helper.make_node("Softmax", ["logits"], ["answers"], axis=-1),
    ]
    return onnx_file(nodes, (1, samples, components), (1, 2), constants | {"last": np.int64([1])})


def onnx_file(
    nodes: list[onnx.NodeProto],
    takes: tuple[int, ...],
    gives: tuple[int, ...],
    constants: dict[str, np.ndarray],
) -> bytes:
    """Return a network from `features` to `answers`."""
    graph = helper.make_graph(
        nodes,
        "network",
        [helper.make_tensor_value_info("features", TensorProto.FLOAT, takes)],
        [helper.make_tensor_value_info("answers", TensorProto.FLOAT, gives)],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()],
    )
    opset = [helper.make_opsetid("", 17)]
    return helper.make_model(graph, opset_imports=opset, ir_version=8).SerializeToString()


def window_card(
    name: str, heard: WindowInputFacts, said: WindowOutputFacts, **changes: object
) -> Card:
    """Return a card with nothing to boast of."""
    facts = {
        "name": name,
        "version": 1,
        "task": "phase-detection",
        "summary": "Made by hand.",
        "licence": "Apache-2.0",
        "input": heard.model_dump(),
        "output": said.model_dump(),
        "thresholds": {"trigger": 0.5},
        "quantisation": Quantisation(scheme="float32", converter="by hand").model_dump(),
        "tolerance": Tolerance(worst=0.001, mean=0.001, conditioned=1e-5).model_dump(),
        "metrics": (),
        "training_data": (),
        "recipe": "none",
        "least_agent_version": "0.1.0",
        "files": {},
    }
    return Card.model_validate(facts | changes)


def golden_of(content: bytes, heard: WindowInputFacts, said: WindowOutputFacts) -> Golden:
    """Return golden vectors of a quiet and a loud window, by the network itself."""
    rng = np.random.default_rng(1)
    loudness = np.array([1e-3, 0.5], np.float32)[:, None, None]
    windows = rng.normal(size=(2, heard.window_samples, 3)).astype(np.float32) * loudness
    network = load_network(content)

    def answer(features: np.ndarray) -> np.ndarray:
        return np.stack([network.run({heard.tensor: f[None]})[said.tensor][0] for f in features])

    return Golden.of_windows(heard, len(said.labels), windows, answer)


def write_window_bundle(
    folder: Path,
    name: str = "loudness",
    heard: WindowInputFacts | None = None,
    said: WindowOutputFacts | None = None,
    network: bytes | None = None,
    **card: object,
) -> Path:
    """Write a bundle; what is left out is of the loudness network."""
    heard, said = heard or window_input(), said or classes_output()
    content = network or loudness_network(heard.window_samples, len(heard.components))
    golden = golden_of(content, heard, said)
    whole = window_card(name, heard, said, **card)
    return write_bundle(folder, whole, {"model.onnx": content}, golden)
