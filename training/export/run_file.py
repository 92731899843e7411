"""Run a converted file in a process of its own, in the runtime asked for.

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
from training.errors import ExportError

Array = NDArray[np.float32]

_TIMED = 15
_TIMEOUT_S = 600.0


@dataclass(frozen=True, slots=True)
class Answers:
    """What a runtime made of some inputs."""

    outputs: Array
    """Shape (n, ...), real values."""
    call_ms: float
    """Median CPU time of one call, one thread, ms."""


def run_file(content: bytes, runtime: str, inputs: Array) -> Answers:
    """Run a network on each input.

    Args:
        content: A .tflite or .onnx file with one input and one output.
        runtime: Name of the runtime.
        inputs: Shape (n, ...), real values.

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


def _main(file: str, runtime: str, given: str, made: str) -> None:
    network = load_network(Path(file), prefer=runtime)
    if network.runtime != runtime:
        sys.exit(f"{runtime} does not load it; {network.runtime} does")
    inputs = np.load(given)
    outputs = np.stack([answer(network, example) for example in inputs])
    took = []
    for i in range(_TIMED):
        before = time.process_time_ns()
        answer(network, inputs[i % len(inputs)])
        took.append((time.process_time_ns() - before) / 1e6)
    np.savez(made, outputs=outputs, call_ms=np.median(took))


if __name__ == "__main__":
    _main(*sys.argv[1:])
