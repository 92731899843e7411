"""Golden vectors against what this machine says."""

import numpy as np
from numpy.typing import NDArray

from edge.bundle.card import (
    Card,
    InputFacts,
    OutputFacts,
    Tolerance,
    WindowInputFacts,
    WindowOutputFacts,
)
from edge.bundle.golden import Golden
from edge.packet import Samples
from edge.runtime import Network
from edge.runtime.stream import NetworkStream
from edge.runtime.window import WindowNetwork
from edge.signal.conditioning import Conditioner


def prove(card: Card, golden: Golden, network: Network) -> float:
    """Return the largest difference of an output from the golden one.

    Args:
        card: Of the bundle.
        golden: Its golden vectors.
        network: The network as it runs here.

    Raises:
        ValueError: A difference is over the card's tolerance, or the card does not fit the network.
    """
    match card.input, card.output:
        case InputFacts() as heard, OutputFacts() as said:
            return _prove_stream(heard, said, card.tolerance, golden, network)
        case WindowInputFacts() as heard, WindowOutputFacts() as said:
            return _prove_window(heard, said, card.tolerance, golden, network)
    raise ValueError("input and output are of different kinds")


def _prove_stream(
    heard: InputFacts, said: OutputFacts, tolerance: Tolerance, golden: Golden, network: Network
) -> float:
    stream = stream_of(heard, said, network)
    conditioned = conditioner_of(heard)(golden.samples)
    _compare("conditioned samples", conditioned, golden.conditioned, tolerance.conditioned)
    hops = _hops(golden.samples, golden.conditioned, heard.hop_samples)
    answers = np.stack([stream.push(hop) for hop in hops])
    worst = _compare_answers(answers, golden, tolerance)
    for name, value in stream.state().items():
        expected = golden.states[name]
        span = float(np.abs(expected).max(initial=1e-6))
        _compare_mean(f"state {name}", value, expected, tolerance.state_mean * span)
    return worst


def _prove_window(
    heard: WindowInputFacts,
    said: WindowOutputFacts,
    tolerance: Tolerance,
    golden: Golden,
    network: Network,
) -> float:
    """Compare window by window; each is filtered from its own first sample."""
    preparation = heard.preparation()
    window = window_of(heard, said, network)
    windows = _windows(golden.samples, heard.window_samples)
    features = preparation.features(np.stack([preparation.filtered(w) for w in windows]))
    _compare("features", features, golden.conditioned, tolerance.conditioned)
    answers = np.stack([window.run(example) for example in golden.conditioned])
    return _compare_answers(answers, golden, tolerance)


def conditioner_of(heard: InputFacts) -> Conditioner:
    """Return fresh preprocessing for a stream."""
    return Conditioner(heard.preprocessing[0], heard.rate_hz)


def stream_of(heard: InputFacts, said: OutputFacts, network: Network) -> NetworkStream:
    """Return a network at the beginning of a stream.

    Raises:
        ValueError: Its tensors are not those of the card.
    """
    return NetworkStream(network, heard.tensor, said.tensor, said.states)


def window_of(heard: WindowInputFacts, said: WindowOutputFacts, network: Network) -> WindowNetwork:
    """Return a network over windows.

    Raises:
        ValueError: Its tensors are not those of the card.
    """
    shape = heard.preparation().shape
    return WindowNetwork(network, heard.tensor, said.tensor, shape, len(said.labels))


def _hops(samples: Samples, conditioned: Samples, hop_samples: int) -> Samples:
    if samples.shape != conditioned.shape or len(samples) % hop_samples or not len(samples):
        raise ValueError(f"golden samples {samples.shape} are no whole hops of {hop_samples}")
    return conditioned.reshape(-1, hop_samples, conditioned.shape[1])


def _windows(samples: Samples, window_samples: int) -> Samples:
    if samples.ndim != 2 or len(samples) % window_samples or not len(samples):  # noqa: PLR2004 - time and component
        raise ValueError(f"golden samples {samples.shape} are no whole windows of {window_samples}")
    return samples.reshape(-1, window_samples, samples.shape[1])


def _compare_answers(seen: NDArray[np.float32], golden: Golden, tolerance: Tolerance) -> float:
    worst = _compare("output", seen, golden.probabilities, tolerance.worst)
    _compare_mean("outputs", seen, golden.probabilities, tolerance.mean)
    return worst


def _compare(
    what: str, seen: NDArray[np.float32], expected: NDArray[np.float32], tolerance: float
) -> float:
    _compare_shapes(what, seen, expected)
    worst = float(np.abs(seen - expected).max())
    # Written so that a NaN fails.
    if not worst <= tolerance:
        raise ValueError(f"golden {what} differs by {worst:.4f}, more than {tolerance:.4f}")
    return worst


def _compare_mean(
    what: str, seen: NDArray[np.float32], expected: NDArray[np.float32], tolerance: float
) -> None:
    _compare_shapes(what, seen, expected)
    mean = float(np.abs(seen - expected).mean())
    if not mean <= tolerance:
        raise ValueError(f"golden {what} differs by {mean:.4f} on average, over {tolerance:.4f}")


def _compare_shapes(what: str, seen: NDArray[np.float32], expected: NDArray[np.float32]) -> None:
    if seen.shape != expected.shape:
        raise ValueError(f"golden {what} has shape {expected.shape}, here it is {seen.shape}")
