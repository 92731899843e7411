"""Inference runtimes behind one small interface.

    network = load_network(path_or_bytes)
    outputs = network.run({"trace": hop, ...})

LiteRT (`ai-edge-litert`) runs .tflite files, `tflite-runtime` where a board has that instead;
`onnxruntime` runs .onnx files. Each works on one thread: a hop is too little work for two. The
packages are imported when first needed. `tflite-runtime` must not share a process with TensorFlow.
"""

from edge.runtime.load import RUNTIMES, load_network
from edge.runtime.network import Network, TensorInfo

__all__ = ["RUNTIMES", "Network", "TensorInfo", "load_network"]
