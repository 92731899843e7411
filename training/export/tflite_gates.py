"""What a converted window network must show: integers throughout, known operators, no wrapping."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
from ai_edge_litert.interpreter import Interpreter, OpResolverType

from training.errors import ExportError

_WEIGHTED = frozenset({"CONV_2D", "FULLY_CONNECTED"})
"""Operators whose weights have the output channel first."""
_LARGEST_INT16 = 32767
_ACCUMULATOR = 2.0**31


@dataclass(frozen=True, slots=True)
class TfliteFacts:
    """What is in a .tflite file."""

    operators: dict[str, int]
    floating: tuple[str, ...]
    """Names of its floating-point tensors."""
    accumulator_share: float
    """Largest sum that 16-bit activations can reach, as a share of 32 bits; above 1 it may wrap."""

    @property
    def flex(self) -> tuple[str, ...]:
        """Operators outside the built-in set."""
        return tuple(name for name in self.operators if name.startswith("Flex"))


def look_into_tflite(content: bytes) -> TfliteFacts:
    """Return the facts of a .tflite file.

    The bound is 32767 x sum|w| + |b| for every output channel, in the file's own integers: what a
    32-bit accumulator must hold in the worst case.

    Raises:
        ExportError: The runtime cannot plan it; in its own words.
    """
    interpreter = Interpreter(
        model_content=content,
        num_threads=1,
        # With the runtime's own fusions the operators of the file would not be seen.
        experimental_op_resolver_type=OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
    )
    try:
        interpreter.allocate_tensors()
    except RuntimeError as error:
        raise ExportError("file", f"converts, but LiteRT refuses it: {error}") from error
    tensors = interpreter.get_tensor_details()
    # The runtime tells operators through this method alone.
    operators = interpreter._get_ops_details()  # noqa: SLF001
    return TfliteFacts(
        operators=dict(Counter(str(operator["op_name"]) for operator in operators)),
        floating=tuple(t["name"] for t in tensors if np.issubdtype(t["dtype"], np.floating)),
        accumulator_share=_largest_sum(interpreter, operators) / _ACCUMULATOR,
    )


def check_tflite(subject: str, facts: TfliteFacts, scheme: str, bias_bits: int) -> None:
    """Refuse a file that is not what its scheme says.

    Args:
        subject: For the error.
        facts: Of the file.
        scheme: float32, int8 or int16.
        bias_bits: Of the biases of int16.

    Raises:
        ExportError: Says which gate failed.
    """
    if facts.flex:
        raise ExportError(subject, f"operators outside the built-in set: {', '.join(facts.flex)}")
    if scheme != "float32" and facts.floating:
        some = ", ".join(facts.floating[:5])
        raise ExportError(subject, f"floating-point tensors remain: {some}")
    if scheme == "int16" and bias_bits == 32 and facts.accumulator_share >= 1:
        raise ExportError(
            subject,
            f"a sum may reach {facts.accumulator_share:.2f} of what 32 bits hold and would wrap in "
            "silence; convert with biases of 64 bits",
        )


def _largest_sum(interpreter: Interpreter, operators: list[dict[str, Any]]) -> float:
    largest = 0.0
    for operator in operators:
        if operator["op_name"] not in _WEIGHTED:
            continue
        weights_index, *bias_index = (int(i) for i in operator["inputs"][1:])
        weights = interpreter.get_tensor(weights_index)
        if weights.dtype != np.int8:
            continue
        sums = np.abs(weights.astype(np.int64)).reshape(len(weights), -1).sum(axis=1)
        if bias_index and bias_index[0] >= 0:
            offsets = np.abs(interpreter.get_tensor(bias_index[0]).astype(np.int64))
        else:
            offsets = np.zeros(1, np.int64)
        largest = max(largest, float((_LARGEST_INT16 * sums + offsets).max()))
    return largest
