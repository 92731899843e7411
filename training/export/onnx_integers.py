"""Static quantisation of an ONNX graph: QuantizeLinear and DequantizeLinear around operators.

The file takes and gives floating point; inside, the weights are 8-bit integers, one scale a
channel, and the activations 8-bit or 16-bit ones whose ranges were measured. LSTM and GRU keep
their floating-point arithmetic and hold their matrices in 8 bits.
"""

import logging
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import ModelProto, NodeProto, helper, numpy_helper
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process

from training.export.onnx_gaps import sort_nodes

Inputs = dict[str, NDArray[np.float32]]

_ACTIVATIONS = {"int8": QuantType.QInt8, "int16": QuantType.QInt16}
_RECURRENT = frozenset({"LSTM", "GRU"})
_LARGEST = 127


def quantised(model: ModelProto, scheme: str, examples: Sequence[Inputs]) -> bytes:
    """Return the graph with integers.

    Args:
        model: In floating point, all shapes known.
        scheme: int8 or int16, the width of the activations.
        examples: Inputs that set the ranges.
    """
    # It recommends a step that is done here.
    logging.getLogger().setLevel(logging.ERROR)
    with TemporaryDirectory() as scratch:
        place = Path(scratch)
        plain, prepared, output = (str(place / f"{name}.onnx") for name in ("a", "b", "c"))
        onnx.save(model, plain)
        # The symbolic inference is for unknown shapes, of which there are none.
        quant_pre_process(plain, prepared, skip_symbolic_shape=True)
        quantize_static(
            prepared,
            output,
            _Reader(examples),
            quant_format=QuantFormat.QDQ,
            activation_type=_ACTIVATIONS[scheme],
            weight_type=QuantType.QInt8,
            per_channel=True,
        )
        result = onnx.load(output)
    _shrink_recurrent(result)
    return result.SerializeToString()


class _Reader(CalibrationDataReader):
    def __init__(self, examples: Sequence[Inputs]) -> None:
        self._rest: Iterator[Inputs] = iter(examples)

    def get_next(self) -> Inputs | None:
        return next(self._rest, None)


def _shrink_recurrent(model: ModelProto) -> None:
    """Hold the matrices of recurrent operators as 8-bit integers, one scale a row."""
    graph = model.graph
    weights = {node.name: node for node in graph.initializer}
    added: list[NodeProto] = []
    for node in graph.node:
        if node.op_type not in _RECURRENT:
            continue
        for place in (1, 2):
            name = node.input[place]
            values = numpy_helper.to_array(weights[name])
            node.input[place] = f"{name}_restored"
            graph.initializer.remove(weights[name])
            added += _restored(model, name, values)
    graph.node.extend(added)
    sort_nodes(graph)


def _restored(model: ModelProto, name: str, values: NDArray[np.float32]) -> Iterator[NodeProto]:
    """Yield what gives a matrix of shape (directions, rows, columns) back from its integers.

    Opset 15 has scales along one axis alone: directions and rows are joined in front of it.
    """
    flat = values.reshape(-1, values.shape[-1])
    scale = np.maximum(np.abs(flat).max(axis=1), 1e-8).astype(np.float32) / _LARGEST
    steps = np.rint(flat / scale[:, None]).astype(np.int8)
    for suffix, content in (
        ("integers", steps),
        ("scale", scale),
        ("zero", np.zeros(len(scale), np.int8)),
        ("shape", np.array(values.shape, np.int64)),
    ):
        model.graph.initializer.append(numpy_helper.from_array(content, f"{name}_{suffix}"))
    yield helper.make_node(
        "DequantizeLinear",
        [f"{name}_integers", f"{name}_scale", f"{name}_zero"],
        [f"{name}_flat"],
        f"{name}_dequantise",
        axis=0,
    )
    yield helper.make_node(
        "Reshape", [f"{name}_flat", f"{name}_shape"], [f"{name}_restored"], f"{name}_reshape"
    )
