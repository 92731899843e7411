"""An ONNX graph in one form: the converter's own names and order change from run to run."""

import onnx
from onnx import GraphProto, NodeProto


def in_one_form(content: bytes) -> bytes:
    """Return a graph whose bytes depend on what it computes alone.

    Nodes stand in the order in which the outputs need them, weights in that of their first use, and
    both have short names. Inputs and outputs keep theirs; an axis of any length has its number's.

    Args:
        content: An .onnx file without subgraphs.
    """
    model = onnx.load_from_string(content)
    graph = model.graph
    nodes = _needed(graph)
    names = {value.name: value.name for value in (*graph.input, *graph.output)} | {"": ""}
    weights = {tensor.name: tensor for tensor in graph.initializer}
    kept = []
    for number, node in enumerate(nodes):
        for name in node.input:
            if name in weights and name not in names:
                names[name] = f"w{len(kept)}"
                weights[name].name = names[name]
                kept.append(weights[name])
        for i, name in enumerate(node.output):
            names.setdefault(name, f"n{number}_{i}" if i else f"n{number}")
        node.name = ""
        node.doc_string = ""
        node.input[:] = [names[name] for name in node.input]
        node.output[:] = [names[name] for name in node.output]
    del graph.node[:], graph.initializer[:], graph.value_info[:]
    graph.node.extend(nodes)
    graph.initializer.extend(kept)
    for value in (*graph.input, *graph.output):
        for axis, size in enumerate(value.type.tensor_type.shape.dim):
            if size.dim_param:
                size.dim_param = f"any_{axis}"
    graph.name = "network"
    graph.doc_string = ""
    return model.SerializeToString(deterministic=True)


def _needed(graph: GraphProto) -> list[NodeProto]:
    """Return copies of the nodes that the outputs need, each behind those that it reads."""
    made_by = {name: node for node in graph.node for name in node.output}
    ordered: list[NodeProto] = []
    done: set[int] = set()
    waiting = [made_by[value.name] for value in reversed(graph.output)]
    while waiting:
        node = waiting[-1]
        before = [made_by[name] for name in node.input if name in made_by]
        missing = [one for one in before if id(one) not in done]
        if missing:
            waiting += reversed(missing)
            continue
        waiting.pop()
        if id(node) not in done:
            done.add(id(node))
            copy = NodeProto()
            copy.CopyFrom(node)
            ordered.append(copy)
    return ordered
