"""A network of windows as a detector: a window slides over the stream, at the network's own rate.

It is evaluated at whole multiples of its hop since 1970, so that every run over the same data asks
at the same moments. After a start or a gap it is silent for the warm-up of its card. From then on
the window is whole: as long as the stream is shorter, it goes on before its first sample as its
own mirror image.
"""

from collections.abc import Iterator

import numpy as np

from edge.bundle import Bundle, verify_bundle
from edge.bundle.card import WindowInputFacts, WindowOutputFacts
from edge.detect.base import Frame
from edge.detect.gate import EnergyGate
from edge.detect.reading import AnswerReader
from edge.detect.sliding import sliding
from edge.errors import BundleError
from edge.grid import HOP_NS
from edge.packet import Block, Samples
from edge.timestamps import NANOSECONDS_PER_SECOND, seconds_to_ns

_TRIGGER = "trigger"


class WindowDetector:
    """A bundle's network over a sliding window."""

    def __init__(
        self, bundle: Bundle, threshold: float | None = None, prefer: str | None = None
    ) -> None:
        """Prove the bundle on this machine and begin a stream.

        Args:
            bundle: A loaded bundle.
            threshold: Score that fires; the bundle's own where left out.
            prefer: Inference runtime to try first.

        Raises:
            BundleError: The bundle fails its golden outputs here, or is no detector of windows.
        """
        heard, self._reader = _facts(bundle)
        verified = verify_bundle(bundle, prefer)
        card = bundle.card
        self.name = card.name
        self.version = str(card.version)
        self.sha256 = bundle.sha256
        self.scheme = card.quantisation.scheme
        self.threshold = card.thresholds[_TRIGGER] if threshold is None else threshold
        self.rate_hz = heard.rate_hz
        self.hop_ns = seconds_to_ns(heard.hop_s)
        self.memory_s = self._reader.memory_s
        self._interval_ns = round(NANOSECONDS_PER_SECOND / heard.rate_hz)
        self._hop_samples = self.hop_ns // self._interval_ns
        self._window_samples = heard.window_samples
        self._warm_up_samples = heard.warm_up_samples
        preparation = verified.preparation()
        self._network = verified.window()
        self._filters = preparation.filters()
        self._window = sliding(preparation, self._hop_samples)
        self._start: list[Samples] | None = []
        """The stream since its start while the network is silent."""
        self._gate: EnergyGate | None = None

    def sleep_by(self, gate: EnergyGate) -> None:
        """Be asked only while the gate is open; the window is kept all the same."""
        self._gate = gate

    def push(self, block: Block) -> list[Frame]:
        """Take a block at `rate_hz` and return the hops that it completes, oldest first."""
        if not block.continues:
            self._filters.reset()
            self._window.reset()
            self._start = []
        frames = []
        for end_ns, samples in self._pieces(block.start_ns, self._filters(block.samples)):
            self._take(samples)
            if end_ns is not None:
                frames.append(self._frame(end_ns))
        return frames

    def _pieces(self, start_ns: int, samples: Samples) -> Iterator[tuple[int | None, Samples]]:
        """Yield samples up to the end of each hop and that time; then what is left, and none."""
        until_hop = (-start_ns % self.hop_ns) // self._interval_ns or self._hop_samples
        begin = 0
        for end in range(until_hop, len(samples) + 1, self._hop_samples):
            yield start_ns + end * self._interval_ns, samples[begin:end]
            begin = end
        yield None, samples[begin:]

    def _take(self, samples: Samples) -> None:
        if self._start is None:
            self._window.push(samples)
        else:
            self._start.append(samples)

    def _frame(self, end_ns: int) -> Frame:
        if self._start is not None:
            if sum(map(len, self._start)) < self._warm_up_samples:
                return Frame(end_ns, 0.0)
            self._window.push(_filled(np.concatenate(self._start), self._window_samples))
            self._start = None
        # Resamplers to other rates are ready at slightly other times: of the last hop of STA/LTA
        # that ends with the window nothing may be known yet.
        gate = self._gate
        if gate is not None and not gate.is_open(end_ns - HOP_NS, self.memory_s):
            return Frame(end_ns, 0.0, asleep=True)
        answers = self._network.run(self._window.features())
        return Frame(end_ns, *self._reader.read(answers))


def _facts(bundle: Bundle) -> tuple[WindowInputFacts, AnswerReader]:
    """Return what the network hears and how its answers are read.

    Raises:
        BundleError: It is no detector of windows.
    """
    card = bundle.card
    if not isinstance(card.input, WindowInputFacts) or not isinstance(
        card.output, WindowOutputFacts
    ):
        raise BundleError(bundle.path, "its network hears a stream, not windows")
    try:
        reader = AnswerReader(card.output, card.input.window_s)
    except ValueError as error:
        raise BundleError(bundle.path, f"is no detector: {error}") from error
    if _TRIGGER not in card.thresholds:
        raise BundleError(bundle.path, f"names no threshold {_TRIGGER!r}")
    return card.input, reader


def _filled(samples: Samples, count: int) -> Samples:
    """Return the newest `count` samples, those before the first one mirrored about it."""
    missing = max(0, count - len(samples))
    return np.pad(samples[-count:], ((missing, 0), (0, 0)), mode="reflect")
