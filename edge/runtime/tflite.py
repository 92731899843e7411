"""Networks in .tflite files, run by LiteRT or by the older tflite-runtime: the same interface."""

import importlib
from collections.abc import Mapping
from typing import Any

import numpy as np

from edge.runtime.network import Array, TensorInfo


class TfliteNetwork:
    """A .tflite file with one signature, or none: then tensors go by their own names."""

    def __init__(self, content: bytes, runtime: str, module: str) -> None:
        """Load a file.

        Args:
            content: The file.
            runtime: Name of the package, for reports.
            module: Python module with `Interpreter`.

        Raises:
            ImportError: The package is not installed.
            ValueError: The runtime cannot load or plan this file.
        """
        self.runtime = runtime
        self._interpreter = importlib.import_module(module).Interpreter(
            model_content=content, num_threads=1
        )
        self._interpreter.allocate_tensors()
        inputs, outputs = _named_tensors(self._interpreter)
        self.inputs = {name: _info(name, detail) for name, detail in inputs.items()}
        self.outputs = {name: _info(name, detail) for name, detail in outputs.items()}
        self._feeds = [(name, detail["index"]) for name, detail in inputs.items()]
        self._fetches = [(name, detail["index"]) for name, detail in outputs.items()]

    def run(self, inputs: Mapping[str, Array]) -> dict[str, Array]:
        """Run once; see `Network.run`."""
        interpreter = self._interpreter
        for name, index in self._feeds:
            interpreter.set_tensor(index, inputs[name])
        interpreter.invoke()
        return {name: interpreter.get_tensor(index) for name, index in self._fetches}

    def tensors(self) -> list[dict[str, Any]]:
        """Return the runtime's description of every tensor of the file, inner ones too."""
        return list(self._interpreter.get_tensor_details())

    def operators(self) -> list[str]:
        """Return the names of the operators, in the order in which they run."""
        # The runtimes tell operators through this method alone.
        details = self._interpreter._get_ops_details()  # noqa: SLF001
        return [str(detail["op_name"]) for detail in details]


def _named_tensors(interpreter: Any) -> tuple[dict[str, Any], dict[str, Any]]:  # noqa: ANN401 - the packages are untyped
    signatures = list(interpreter.get_signature_list())
    if len(signatures) == 1:
        runner = interpreter.get_signature_runner(signatures[0])
        return dict(runner.get_input_details()), dict(runner.get_output_details())
    inputs, outputs = interpreter.get_input_details(), interpreter.get_output_details()
    return {d["name"]: d for d in inputs}, {d["name"]: d for d in outputs}


def _info(name: str, detail: Mapping[str, Any]) -> TensorInfo:
    scale, zero_point = detail["quantization"]
    shape = tuple(int(n) for n in detail["shape"])
    return TensorInfo(name, shape, np.dtype(detail["dtype"]), float(scale), int(zero_point))
