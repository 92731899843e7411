"""Networks in .onnx files, run by ONNX Runtime: on the CPU, unless another provider is named.

A statically quantised file takes and gives floating point; the steps are inside.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from edge.runtime.network import Array, TensorInfo

CPU: Final = "CPUExecutionProvider"

_TYPES = {
    "tensor(float)": np.float32,
    "tensor(int8)": np.int8,
    "tensor(uint8)": np.uint8,
    "tensor(int16)": np.int16,
    "tensor(int32)": np.int32,
    "tensor(int64)": np.int64,
}


class OnnxNetwork:
    """An .onnx file."""

    runtime = "onnxruntime"

    def __init__(
        self,
        content: bytes,
        providers: Sequence[str | tuple[str, Mapping[str, object]]] = (CPU,),
        threads: int = 1,
    ) -> None:
        """Load a file.

        Args:
            content: The file.
            providers: As ONNX Runtime names them, best first, with options where need be.
            threads: Of one call.

        Raises:
            ImportError: onnxruntime is not installed.
            ValueError: The runtime cannot load this file.
        """
        # Half of a station has no ONNX file: the package is imported for those that have.
        import onnxruntime  # noqa: PLC0415

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        try:
            self._session = onnxruntime.InferenceSession(
                content, options, providers=list(providers)
            )
        except Exception as error:
            # The package raises classes of its own binding, which share no base but Exception.
            raise ValueError(str(error)) from error
        self.inputs = {node.name: _info(node) for node in self._session.get_inputs()}
        self.outputs = {node.name: _info(node) for node in self._session.get_outputs()}
        self._names = list(self.outputs)

    def run(self, inputs: Mapping[str, Array]) -> dict[str, Array]:
        """Run once; see `Network.run`."""
        values = self._session.run(self._names, dict(inputs))
        return dict(zip(self._names, values, strict=True))


def _info(node: Any) -> TensorInfo:  # noqa: ANN401 - the package is untyped
    if node.type not in _TYPES:
        raise ValueError(f"tensor {node.name!r} is {node.type}; known are {', '.join(_TYPES)}")
    shape = tuple(1 if not isinstance(n, int) else n for n in node.shape)
    return TensorInfo(node.name, shape, np.dtype(_TYPES[node.type]))
