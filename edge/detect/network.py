"""The quantised network as a detector."""

from collections import deque

from edge.bundle import Bundle, verify_bundle
from edge.bundle.card import InputFacts
from edge.detect.base import Frame
from edge.detect.gate import EnergyGate
from edge.detect.hops import HopCutter
from edge.errors import BundleError
from edge.grid import DETECTION_RATE_HZ, HOP_SAMPLES
from edge.packet import COMPONENTS, Block, Samples

_NOISE = "noise"
_TRIGGER = "trigger"


class NetworkDetector:
    """A bundle's network over a stream; the score is the probability that there is no noise."""

    def __init__(
        self, bundle: Bundle, threshold: float | None = None, prefer: str | None = None
    ) -> None:
        """Prove the bundle on this machine and begin a stream.

        Args:
            bundle: A loaded bundle.
            threshold: Score that fires; the bundle's own where left out.
            prefer: Inference runtime to try first.

        Raises:
            BundleError: The bundle fails its golden outputs here, or is no detector for this grid.
        """
        heard = _check_fits(bundle)
        verified = verify_bundle(bundle, prefer)
        card = bundle.card
        self.name = card.name
        self.version = str(card.version)
        self.sha256 = bundle.sha256
        self.scheme = card.quantisation.scheme
        self.threshold = card.thresholds[_TRIGGER] if threshold is None else threshold
        self._labels = card.output.labels
        self._noise = card.output.labels.index(_NOISE)
        self._warm_up_hops = -int(-heard.warm_up_s * DETECTION_RATE_HZ // HOP_SAMPLES)
        self._conditioner = verified.conditioner()
        self._stream = verified.stream()
        self._cutter = HopCutter()
        self._hops = 0
        self._gate: EnergyGate | None = None
        self._slept: deque[Samples] = deque(maxlen=self._stream.memory_hops)
        """The newest hops that the network was not asked about, as far as it can remember."""

    def sleep_by(self, gate: EnergyGate) -> None:
        """Be asked only while the gate is open; one that never forgets cannot sleep."""
        if self._stream.memory_hops is not None:
            self._gate = gate

    def push(self, block: Block) -> list[Frame]:
        """Take a block at 32 Hz and return the hops that it completes, oldest first."""
        if not block.continues:
            self._conditioner.reset()
        conditioned = self._conditioner(block.samples)
        frames = []
        for end_ns, hop, continues in self._cutter.push(block, conditioned):
            if not continues:
                self._stream.reset()
                self._slept.clear()
                self._hops = 0
            self._hops += 1
            if self._gate is None or self._gate.is_open(end_ns):
                frames.append(self._frame(end_ns, hop))
            else:
                self._slept.append(hop)
                frames.append(Frame(end_ns, 0.0, asleep=True))
        return frames

    def _frame(self, end_ns: int, hop: Samples) -> Frame:
        """Catch up with what was slept through, and ask."""
        while self._slept:
            self._stream.push(self._slept.popleft())
        probabilities = self._stream.push(hop).tolist()
        if self._hops <= self._warm_up_hops:
            return Frame(end_ns, 0.0)
        labelled = dict(zip(self._labels, probabilities, strict=True))
        return Frame(end_ns, 1.0 - probabilities[self._noise], labelled)


def _check_fits(bundle: Bundle) -> InputFacts:
    card = bundle.card
    if not isinstance(card.input, InputFacts):
        raise BundleError(bundle.path, "its network looks at windows, not at a stream")
    heard = (card.input.rate_hz, card.input.hop_samples, card.input.components)
    wanted = (DETECTION_RATE_HZ, HOP_SAMPLES, COMPONENTS)
    if heard != wanted:
        raise BundleError(bundle.path, f"hears {heard}; the station gives {wanted}")
    if _NOISE not in card.output.labels or _TRIGGER not in card.thresholds:
        raise BundleError(bundle.path, f"names no label {_NOISE!r} or no threshold {_TRIGGER!r}")
    return card.input
