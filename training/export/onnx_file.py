"""From a function of TensorFlow to an ONNX graph with plain names."""

import logging
from collections.abc import Callable, Sequence
from typing import Any

from onnx import GraphProto, ModelProto

OPSET = 15
"""All networks of the zoo are in it, and ONNX Runtime has known it for years."""


def to_onnx(
    function: Callable[..., Any], inputs: Sequence[tuple[str, tuple[int, ...]]]
) -> ModelProto:
    """Return the graph of a function of float32 tensors.

    Args:
        function: Takes as many tensors as there are inputs; answers with a list.
        inputs: Name and shape of each.
    """
    import tensorflow as tf  # noqa: PLC0415 - in the child alone
    import tf2onnx  # noqa: PLC0415

    # It tells each of its passes.
    logging.getLogger("tf2onnx").setLevel(logging.ERROR)
    specs = [tf.TensorSpec(shape, tf.float32, name=name) for name, shape in inputs]
    traced = tf.function(function, input_signature=specs)
    model, _ = tf2onnx.convert.from_function(traced, input_signature=specs, opset=OPSET)
    return model


def name_outputs(model: ModelProto, names: Sequence[str]) -> None:
    """Give the outputs of a graph their names, in their order."""
    for value, name in zip(list(model.graph.output), names, strict=True):
        rename_tensor(model.graph, value.name, name)


def rename_tensor(graph: GraphProto, old: str, new: str) -> None:
    """Give a tensor of a graph another name, everywhere."""
    for node in graph.node:
        for names in (node.input, node.output):
            for i, name in enumerate(names):
                if name == old:
                    names[i] = new
    for value in (*graph.input, *graph.output, *graph.value_info):
        if value.name == old:
            value.name = new
