"""The proof on this machine: its own processor and runtime give the golden outputs."""

from collections.abc import Callable
from dataclasses import dataclass

from edge.bundle.archive import Bundle
from edge.bundle.card import (
    NETWORK_FILES,
    InputFacts,
    OutputFacts,
    WindowInputFacts,
    WindowOutputFacts,
)
from edge.bundle.proof import conditioner_of, prove, stream_of, window_of
from edge.errors import BundleError, RuntimeUnavailableError
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
        return conditioner_of(self._stream_facts()[0])

    def stream(self) -> NetworkStream:
        """Return the network at the beginning of a stream; one stream at a time.

        Raises:
            BundleError: The network looks at windows.
        """
        return stream_of(*self._stream_facts(), self.network)

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
        return window_of(*self._window_facts(), self.network)

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
        worst = prove(bundle.card, bundle.golden, network)
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
