"""What a converted .onnx file must show: known operators, and integers where it says so."""

from collections import Counter
from dataclasses import dataclass

import onnx

from training.errors import ExportError

_WEIGHTED = frozenset({"Conv", "Gemm", "MatMul"})
_DOMAINS = frozenset({"", "ai.onnx", "com.microsoft"})
"""The second is that of 16-bit QuantizeLinear and DequantizeLinear below opset 21."""
_DEQUANTISE = "DequantizeLinear"


@dataclass(frozen=True, slots=True)
class OnnxFacts:
    """What is in an .onnx file."""

    operators: dict[str, int]
    foreign: tuple[str, ...]
    """Operators of other domains."""
    floating: tuple[str, ...]
    """Convolutions and products whose two factors do not both come from integers."""


def look_into_onnx(content: bytes) -> OnnxFacts:
    """Return the facts of an .onnx file.

    Raises:
        ExportError: It is no sound graph; in the checker's own words.
    """
    try:
        model = onnx.load_from_string(content)
        onnx.checker.check_model(model)
    except Exception as error:
        # The package raises classes of Protocol Buffers and of its own binding.
        raise ExportError("file", f"converts, but ONNX refuses it: {error}") from error
    nodes = model.graph.node
    made_by = {name: node.op_type for node in nodes for name in node.output}
    floating = [
        node.name
        for node in nodes
        if node.op_type in _WEIGHTED
        and any(made_by.get(name) != _DEQUANTISE for name in node.input[:2])
    ]
    return OnnxFacts(
        operators=dict(Counter(node.op_type for node in nodes)),
        foreign=tuple(f"{n.domain}.{n.op_type}" for n in nodes if n.domain not in _DOMAINS),
        floating=tuple(floating),
    )


def check_onnx(subject: str, facts: OnnxFacts, scheme: str) -> None:
    """Refuse a file that is not what its scheme says.

    Args:
        subject: For the error.
        facts: Of the file.
        scheme: float32, int8 or int16.

    Raises:
        ExportError: Says which gate failed.
    """
    if facts.foreign:
        raise ExportError(subject, f"operators of other domains: {', '.join(facts.foreign)}")
    if scheme != "float32" and facts.floating:
        some = ", ".join(facts.floating[:5])
        raise ExportError(subject, f"products stayed in floating point: {some}")
