"""Closing the gaps of an ONNX graph with the operators LSTM and GRU (opset 14)."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from onnx import GraphProto, ModelProto, NodeProto, helper, numpy_helper

from training.models.onnx_form import Gap

Array = NDArray[np.float32]


def close_gaps(model: ModelProto, gaps: tuple[Gap, ...]) -> None:
    """Put an operator in the place of each gap; the graph keeps its first input and output.

    Args:
        model: Its inputs are the network's own and what each gap says, its outputs the network's
            own and what each gap hears, in the order of `gaps`.
        gaps: The recurrent layers.
    """
    graph = model.graph
    said, heard = [node.name for node in graph.input[1:]], [node.name for node in graph.output[1:]]
    for gap, source, target in zip(gaps, heard, said, strict=True):
        graph.node.extend(_nodes(graph, gap, source, target))
    del graph.input[1:]
    del graph.output[1:]
    sort_nodes(graph)


def _nodes(graph: GraphProto, gap: Gap, source: str, target: str) -> Iterator[NodeProto]:
    """Yield what reads `source`, shape (1, steps, features), and writes `target`."""
    name = gap.name
    both = len(gap.directions)
    for kind, values in (
        ("W", np.stack([direction.kernel for direction in gap.directions])),
        ("R", np.stack([direction.recurrent for direction in gap.directions])),
        ("B", np.stack([direction.biases for direction in gap.directions])),
    ):
        _add(graph, f"{name}_{kind}", values.astype(np.float32))
    _add(graph, f"{name}_shape", np.array([1, gap.steps, both * gap.units], np.int64))
    # ONNX has time first; its answer is (steps, directions, batch, units).
    yield helper.make_node("Transpose", [source], [f"{name}_in"], f"{name}_turn", perm=[1, 0, 2])
    options = {"linear_before_reset": 1} if gap.operator == "GRU" else {}
    yield helper.make_node(
        gap.operator,
        [f"{name}_in", f"{name}_W", f"{name}_R", f"{name}_B"],
        [f"{name}_out"],
        name,
        hidden_size=gap.units,
        direction="bidirectional" if both == 2 else "forward",
        **options,
    )
    yield helper.make_node(
        "Transpose", [f"{name}_out"], [f"{name}_rows"], f"{name}_back", perm=[2, 0, 1, 3]
    )
    yield helper.make_node("Reshape", [f"{name}_rows", f"{name}_shape"], [target], f"{name}_join")


def _add(graph: GraphProto, name: str, values: NDArray[np.generic]) -> None:
    graph.initializer.append(numpy_helper.from_array(values, name))


def sort_nodes(graph: GraphProto) -> None:
    """Put every node of a graph behind those that it reads."""
    known = {node.name for node in graph.input} | {node.name for node in graph.initializer} | {""}
    waiting, ordered = list(graph.node), []
    while waiting:
        ready = [node for node in waiting if known.issuperset(node.input)]
        if not ready:
            raise ValueError(f"the graph has a circle at {waiting[0].name!r}")
        ordered += ready
        known.update(name for node in ready for name in node.output)
        done = {id(node) for node in ready}
        waiting = [node for node in waiting if id(node) not in done]
    del graph.node[:]
    graph.node.extend(ordered)
