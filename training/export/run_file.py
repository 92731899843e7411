"""Run a converted file in a process of its own, in the runtime asked for.

A file with one input is shown window after window. One with several is a stream with states: each
example is a trace, the file is given its hops in order, and every example begins a new stream.

    python -m training.export.run_file FILE RUNTIME INPUTS.npy OUTPUTS.npz

A runtime may end the process on a file that it does not know, and tflite-runtime bears no
TensorFlow beside it: so a child runs it, and `run_file` tells what came of it.
"""

import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edge.runtime.load import load_network
from edge.runtime.network import Network
from edge.runtime.stream import NetworkStream
from training.errors import ExportError

Array = NDArray[np.float32]

TRACE, PROBABILITIES = "trace", "probabilities"
"""Input and output of a stream, beside its states."""

_TIMED = 15
_TIMEOUT_S = 600.0


@dataclass(frozen=True, slots=True)
class Answers:
    """What a runtime made of some inputs."""

    outputs: Array
    """Shape (n, ...), real values; of a stream (n, hops, labels)."""
    call_ms: float
    """Median CPU time of one window or hop, one thread, ms."""


def run_file(content: bytes, runtime: str, inputs: Array) -> Answers:
    """Run a network on each input.

    Args:
        content: A .tflite or .onnx file.
        runtime: Name of the runtime.
        inputs: Shape (n, ...), real values; of a stream the traces, (n, hops x samples, 3).

    Raises:
        ExportError: The runtime refuses the file, or ends; in its own words.
    """
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch)
        file, given, made = place / "model", place / "inputs.npy", place / "outputs.npz"
        file.write_bytes(content)
        np.save(given, inputs)
        # The program is this interpreter, the arguments are our own files.
        done = subprocess.run(  # noqa: S603
            [sys.executable, "-m", __name__, str(file), runtime, str(given), str(made)],
            capture_output=True,
            text=True,
            check=False,
            timeout=_TIMEOUT_S,
        )
        if done.returncode != 0:
            words = (done.stderr.strip().splitlines() or ["no word"])[-1]
            raise ExportError(f"file for {runtime}", f"exit {done.returncode}: {words}")
        with np.load(made) as archive:
            return Answers(archive["outputs"], float(archive["call_ms"]))


def answer(network: Network, example: Array) -> Array:
    """Return a network's answer to one example without the batch, as real values."""
    (given,), (made,) = network.inputs.values(), network.outputs.values()
    outputs = network.run({given.name: given.encode(example[None])})
    return made.decode(outputs[made.name])[0]


def follow(network: Network, trace: Array) -> Array:
    """Return a stream's answers to a trace from its beginning, shape (hops, labels)."""
    states = {name: f"next_{name}" for name in network.inputs if name != TRACE}
    stream = NetworkStream(network, TRACE, PROBABILITIES, states)
    hop_samples = network.inputs[TRACE].shape[1]
    return np.stack([stream.push(hop) for hop in trace.reshape(-1, hop_samples, trace.shape[1])])


def _main(file: str, runtime: str, given: str, made: str) -> None:
    network = load_network(Path(file), prefer=runtime)
    if network.runtime != runtime:
        sys.exit(f"{runtime} does not load it; {network.runtime} does")
    inputs = np.load(given)
    is_stream = len(network.inputs) > 1
    run = follow if is_stream else answer
    outputs = np.stack([run(network, example) for example in inputs])
    took = []
    for i in range(_TIMED):
        before = time.process_time_ns()
        run(network, inputs[i % len(inputs)])
        took.append((time.process_time_ns() - before) / 1e6)
    calls = outputs.shape[1] if is_stream else 1
    np.savez(made, outputs=outputs, call_ms=np.median(took) / calls)


if __name__ == "__main__":
    _main(*sys.argv[1:])
