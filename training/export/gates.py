"""What a converted network must show before it may be shipped.

1. Full integer: no floating-point tensor is left in an int8 file.
2. Carried state is a copy: each state leaves in the scale in which it enters (the check of
   `NetworkStream`), and so does not drift.
3. It runs, hop after hop, in the runtime of this machine, and stays near its float parent.
4. It carries no operator outside the built-in set (no flex).
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge.packet import Samples
from edge.runtime.stream import NetworkStream
from edge.runtime.tflite import TfliteNetwork
from training.errors import ExportError

_FLEX = "Flex"
_INNER = frozenset({"DELEGATE"})
"""Not in the file: parts that the runtime fused for itself."""


@dataclass(frozen=True, slots=True)
class Parity:
    """How far a quantised network is from its float parent."""

    hops: int
    mean: float
    """Mean difference of a probability."""
    worst: float
    """Largest difference of a probability."""
    p999: float
    """99.9 % of the differences are smaller."""
    flipped: float
    """Share of hops in which the likeliest label is another."""
    late_mean: float
    """Mean difference in the last tenth of the stream: as small as the first, or it drifts."""
    state_mean: float
    """Largest, over the states, mean difference at the end as a share of the state's largest."""


def operators(network: TfliteNetwork) -> dict[str, int]:
    """Return how often each operator occurs in the file."""
    return dict(Counter(op for op in network.operators() if op not in _INNER))


def check_int8(name: str, network: TfliteNetwork, states: Mapping[str, str]) -> None:
    """Refuse a file that is not full integer or whose states change their scale.

    Raises:
        ExportError: Says which gate failed.
    """
    floating = [t["name"] for t in network.tensors() if np.issubdtype(t["dtype"], np.floating)]
    if floating:
        raise ExportError(name, f"floating-point tensors remain: {', '.join(floating[:5])}")
    flex = [op for op in operators(network) if op.startswith(_FLEX)]
    if flex:
        raise ExportError(name, f"operators outside the built-in set: {', '.join(flex)}")
    try:
        NetworkStream(network, "trace", "probabilities", states)
    except ValueError as error:
        raise ExportError(name, str(error)) from error


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
        hops=len(here),
        mean=float(difference.mean()),
        worst=float(difference.max()),
        p999=float(np.quantile(difference, 0.999)),
        flipped=float(np.mean(here.argmax(axis=1) != there.argmax(axis=1))),
        late_mean=float(difference[-len(here) // 10 :].mean()),
        state_mean=max(shares),
    )
