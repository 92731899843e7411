"""What a converted step form must show before it may be shipped.

1. Full integer: no floating-point tensor is left in an integer .tflite file.
2. Carried state is a copy: each state leaves in the scale in which it enters (the check of
   `NetworkStream`), and so does not drift.
3. It runs, hop after hop, in the runtime of this machine, and stays near its float parent.
4. It carries no operator outside the built-in set (no flex).
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from edge.errors import RuntimeUnavailableError
from edge.packet import Samples
from edge.runtime.load import load_network
from edge.runtime.network import Network
from edge.runtime.stream import NetworkStream
from training.errors import ExportError
from training.export.onnx_gates import check_onnx, look_into_onnx
from training.export.report import Parity
from training.export.run_file import PROBABILITIES, TRACE
from training.export.subject import RUNTIMES, Format, Scheme
from training.export.tflite_gates import check_tflite, look_into_tflite


def open_network(content: bytes, file_format: Format) -> Network:
    """Return a file in the first runtime of its format, in this process.

    Raises:
        ExportError: The runtime refuses it, in its own words.
    """
    try:
        return load_network(content, RUNTIMES[file_format][0])
    except RuntimeUnavailableError as error:
        raise ExportError("file", str(error)) from error


def open_stream(content: bytes, file_format: Format, states: Mapping[str, str]) -> NetworkStream:
    """Return a step form at the beginning of a stream.

    Raises:
        ExportError: The runtime refuses the file, or a state changes its form on the way round.
    """
    try:
        return NetworkStream(open_network(content, file_format), TRACE, PROBABILITIES, states)
    except ValueError as error:
        raise ExportError("step form", str(error)) from error


def check_stream(
    name: str, content: bytes, scheme: Scheme, file_format: Format, states: Mapping[str, str]
) -> dict[str, int]:
    """Refuse a step form that is not what its scheme says, or whose states change their scale.

    Args:
        name: For errors.
        content: The file.
        scheme: How its numbers are kept.
        file_format: Of the file.
        states: Output that holds the next value of each state input.

    Returns:
        How often each operator occurs.

    Raises:
        ExportError: Says which gate failed.
    """
    if file_format == "tflite":
        facts = look_into_tflite(content)
        check_tflite(name, facts, scheme, 32)
        found = facts.operators
    else:
        onnx_facts = look_into_onnx(content)
        check_onnx(name, onnx_facts, scheme)
        found = onnx_facts.operators
    open_stream(content, file_format, states)
    return found


def run_stream(stream: NetworkStream, trace: Samples, hop_samples: int) -> NDArray[np.float32]:
    """Return the answers of a stream from its beginning, shape (hops, labels).

    Args:
        stream: The network; it is reset first.
        trace: Conditioned samples, shape (hops x hop_samples, 3).
        hop_samples: Samples in a hop.
    """
    stream.reset()
    return np.stack([stream.push(hop) for hop in trace.reshape(-1, hop_samples, trace.shape[1])])


def measure_parity(
    quantised: NetworkStream,
    parent: NetworkStream,
    traces: Sequence[Samples],
    hop_samples: int,
) -> Parity:
    """Compare two forms of one network over one stream, made of all traces end to end."""
    trace = np.concatenate(traces)
    here = run_stream(quantised, trace, hop_samples)
    there = run_stream(parent, trace, hop_samples)
    difference = np.abs(here - there)
    other = parent.state()
    shares = [
        float(np.abs(value - other[name]).mean() / max(np.abs(other[name]).max(), 1e-6))
        for name, value in quantised.state().items()
    ]
    return Parity(
        answers=len(here),
        mean=float(difference.mean()),
        worst=float(difference.max()),
        p999=float(np.quantile(difference, 0.999)),
        flipped=float(np.mean(here.argmax(axis=1) != there.argmax(axis=1))),
        late_mean=float(difference[-len(here) // 10 :].mean()),
        state_mean=max(shares),
    )
