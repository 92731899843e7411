"""Weights of an ONNX graph kept in 16 bits; the arithmetic stays in 32.

A `Cast` stands behind each tensor, which ONNX Runtime folds away when it loads the file.
"""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

_LEAST_VALUES = 64
"""Smaller tensors are not worth a cast."""


def halved(content: bytes) -> bytes:
    """Return a graph whose weights take half the space.

    Only tensors that lose nothing by it are changed: of a network whose weights were rounded to 16
    bits those are the weights.

    Args:
        content: An .onnx file in float32.
    """
    model = onnx.load_from_string(content)
    graph = model.graph
    casts = []
    for tensor in graph.initializer:
        if tensor.data_type != TensorProto.FLOAT:
            continue
        values = numpy_helper.to_array(tensor)
        half = values.astype(np.float16)
        if values.size < _LEAST_VALUES or not np.array_equal(half.astype(np.float32), values):
            continue
        name = tensor.name
        tensor.CopyFrom(numpy_helper.from_array(half, f"{name}_half"))
        casts.append(helper.make_node("Cast", [tensor.name], [name], to=TensorProto.FLOAT))
    nodes = [*casts, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)
    return model.SerializeToString()


def rounded_to_half(weights: list[np.ndarray]) -> list[np.ndarray]:
    """Return weights rounded to 16 bits, in 32."""
    return [weight.astype(np.float16).astype(np.float32) for weight in weights]
