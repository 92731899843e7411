"""The proof on this machine: its own processor and runtime give the golden outputs."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge.bundle.archive import Bundle
from edge.bundle.card import (
    NETWORK_FILES,
    Card,
    InputFacts,
    OutputFacts,
    Tolerance,
    WindowInputFacts,
    WindowOutputFacts,
)
from edge.bundle.golden import Golden
from edge.errors import BundleError, RuntimeUnavailableError
from edge.packet import Samples
from edge.runtime import Network, load_network
from edge.runtime.stream import NetworkStream
from edge.runtime.window import WindowNetwork
from edge.signal.conditioning import Conditioner
from edge.signal.preparation import Preparation


@dataclass(frozen=True, slots=True)
class VerifiedBundle:
    """A bundle that gave its golden outputs here; only `verify_bundle` makes one."""

    bundle: Bundle
    network: Network
    worst_difference: float
    """Largest difference of an output from the golden one."""

    def conditioner(self) -> Conditioner:
        """Return fresh preprocessing for a stream.

        Raises:
            BundleError: The network looks at windows.
        """
        return _conditioner(self._stream_facts()[0])

    def stream(self) -> NetworkStream:
        """Return the network at the beginning of a stream; one stream at a time.

        Raises:
            BundleError: The network looks at windows.
        """
        return _stream(*self._stream_facts(), self.network)

    def preparation(self) -> Preparation:
        """Return what makes the network's input of a trace.

        Raises:
            BundleError: The network hears a stream.
        """
        return self._window_facts()[0].preparation()

    def window(self) -> WindowNetwork:
        """Return the network over windows.

        Raises:
            BundleError: The network hears a stream.
        """
        return _window(*self._window_facts(), self.network)

    def _stream_facts(self) -> tuple[InputFacts, OutputFacts]:
        heard, said = self.bundle.card.input, self.bundle.card.output
        if isinstance(heard, InputFacts) and isinstance(said, OutputFacts):
            return heard, said
        raise BundleError(self.bundle.path, "its network looks at windows, not at a stream")

    def _window_facts(self) -> tuple[WindowInputFacts, WindowOutputFacts]:
        heard, said = self.bundle.card.input, self.bundle.card.output
        if isinstance(heard, WindowInputFacts) and isinstance(said, WindowOutputFacts):
            return heard, said
        raise BundleError(self.bundle.path, "its network hears a stream, not windows")


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
    try:
        network = _load(bundle, prefer, load)
        worst = _prove(bundle.card, bundle.golden, network)
    except (ValueError, RuntimeError, KeyError, RuntimeUnavailableError) as error:
        raise BundleError(bundle.path, str(error)) from error
    return VerifiedBundle(bundle, network, worst)


def _prove(card: Card, golden: Golden, network: Network) -> float:
    """Return the largest difference of an output from the golden one.

    Raises:
        ValueError: A difference is over the card's tolerance.
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
    stream = _stream(heard, said, network)
    conditioned = _conditioner(heard)(golden.samples)
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
    window = _window(heard, said, network)
    windows = _windows(golden.samples, heard.window_samples)
    features = preparation.features(np.stack([preparation.filtered(w) for w in windows]))
    _compare("features", features, golden.conditioned, tolerance.conditioned)
    answers = np.stack([window.run(example) for example in golden.conditioned])
    return _compare_answers(answers, golden, tolerance)


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


def _conditioner(heard: InputFacts) -> Conditioner:
    return Conditioner(heard.preprocessing[0], heard.rate_hz)


def _stream(heard: InputFacts, said: OutputFacts, network: Network) -> NetworkStream:
    return NetworkStream(network, heard.tensor, said.tensor, said.states)


def _window(heard: WindowInputFacts, said: WindowOutputFacts, network: Network) -> WindowNetwork:
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
