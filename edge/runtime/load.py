"""Choosing the runtime: the first that is installed and runs the file."""

from collections.abc import Callable
from pathlib import Path

from edge.errors import RuntimeUnavailableError
from edge.runtime.network import Network
from edge.runtime.onnx import OnnxNetwork
from edge.runtime.tflite import TfliteNetwork

_TFLITE_MAGIC = b"TFL3"

_TFLITE: dict[str, Callable[[bytes], Network]] = {
    "ai-edge-litert": lambda content: TfliteNetwork(
        content, "ai-edge-litert", "ai_edge_litert.interpreter"
    ),
    "tflite-runtime": lambda content: TfliteNetwork(
        content, "tflite-runtime", "tflite_runtime.interpreter"
    ),
}
_ONNX: dict[str, Callable[[bytes], Network]] = {"onnxruntime": OnnxNetwork}

RUNTIMES = (*_TFLITE, *_ONNX)
"""Names of the runtimes, those for one kind of file in the order of preference."""


def load_network(source: bytes | Path, prefer: str | None = None) -> Network:
    """Load a network with the first runtime that can.

    Args:
        source: A .tflite or .onnx file or its content.
        prefer: Name of a runtime to try first.

    Raises:
        RuntimeUnavailableError: No installed runtime loads it; says what each answered.
        ValueError: `prefer` is no runtime that the kit knows.
    """
    if prefer is not None and prefer not in RUNTIMES:
        raise ValueError(f"unknown runtime {prefer!r}; known are {', '.join(RUNTIMES)}")
    content = source if isinstance(source, bytes) else source.read_bytes()
    is_tflite = content[4:8] == _TFLITE_MAGIC
    loaders = _TFLITE if is_tflite else _ONNX
    tried: dict[str, str] = {}
    for name in sorted(loaders, key=lambda name: name != prefer):
        try:
            return loaders[name](content)
        except (ImportError, ValueError, RuntimeError) as error:
            tried[name] = str(error).partition("\n")[0] or type(error).__name__
    what = "a .tflite network" if is_tflite else "an .onnx network"
    raise RuntimeUnavailableError(what, tried)
