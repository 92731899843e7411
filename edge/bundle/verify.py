"""The proof on this machine: its own processor and runtime give the golden outputs."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge.bundle.archive import Bundle
from edge.bundle.card import NETWORK_FILES, Card
from edge.errors import BundleError, RuntimeUnavailableError
from edge.packet import Samples
from edge.runtime import Network, load_network
from edge.runtime.stream import NetworkStream
from edge.signal.conditioning import Conditioner


@dataclass(frozen=True, slots=True)
class VerifiedBundle:
    """A bundle that gave its golden outputs here; only `verify_bundle` makes one."""

    bundle: Bundle
    network: Network
    worst_difference: float
    """Largest difference of a probability from the golden one."""

    def conditioner(self) -> Conditioner:
        """Return fresh preprocessing for a stream."""
        return _conditioner(self.bundle.card)

    def stream(self) -> NetworkStream:
        """Return the network at the beginning of a stream; one stream at a time."""
        return _stream(self.bundle.card, self.network)


def verify_bundle(
    bundle: Bundle,
    prefer: str | None = None,
    load: Callable[[bytes, str | None], Network] = load_network,
) -> VerifiedBundle:
    """Run the golden vectors on this machine.

    Args:
        bundle: A loaded bundle.
        prefer: Runtime to try first.
        load: How a network is loaded.

    Raises:
        BundleError: No runtime runs the network, or what it says is not the golden output.
    """
    card, golden = bundle.card, bundle.golden
    try:
        network = _load(bundle, prefer, load)
        stream = _stream(card, network)
        conditioned = _conditioner(card)(golden.samples)
        _compare("conditioned samples", conditioned, golden.conditioned, card.tolerance.conditioned)
        hops = _hops(golden.samples, golden.conditioned, card.input.hop_samples)
        answers = np.stack([stream.push(hop) for hop in hops])
        worst = _compare("output", answers, golden.probabilities, card.tolerance.worst)
        _compare_mean("outputs", answers, golden.probabilities, card.tolerance.mean)
        for name, value in stream.state().items():
            expected = golden.states[name]
            span = float(np.abs(expected).max(initial=1e-6))
            _compare_mean(f"state {name}", value, expected, card.tolerance.state_mean * span)
    except (ValueError, RuntimeError, KeyError, RuntimeUnavailableError) as error:
        raise BundleError(bundle.path, str(error)) from error
    return VerifiedBundle(bundle, network, worst)


def _load(
    bundle: Bundle, prefer: str | None, load: Callable[[bytes, str | None], Network]
) -> Network:
    problems = []
    for name in NETWORK_FILES:
        if name in bundle.networks:
            try:
                return load(bundle.networks[name], prefer)
            except RuntimeUnavailableError as error:
                problems.append(str(error))
    raise ValueError("; ".join(problems))


def _conditioner(card: Card) -> Conditioner:
    return Conditioner(card.input.preprocessing[0], card.input.rate_hz)


def _stream(card: Card, network: Network) -> NetworkStream:
    return NetworkStream(network, card.input.tensor, card.output.tensor, card.output.states)


def _hops(samples: Samples, conditioned: Samples, hop_samples: int) -> Samples:
    if samples.shape != conditioned.shape or len(samples) % hop_samples or not len(samples):
        raise ValueError(f"golden samples {samples.shape} are no whole hops of {hop_samples}")
    return conditioned.reshape(-1, hop_samples, conditioned.shape[1])


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
