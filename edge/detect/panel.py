"""Several detectors, each at its own rate, heard together hop by hop.

Resamplers to different rates are ready with a hop at slightly different times. A hop is given out
when every detector that is due has spoken of it, and in order; where all detectors listen on the
common grid, that is at once. What a slower detector said last counts until it speaks again.
"""

from collections.abc import Mapping, Sequence

from edge.detect.base import Detector, Frame, hop_of, rate_of
from edge.detect.gate import EnergyGate, Sleeper
from edge.detect.sta_lta import STA_LTA
from edge.packet import Block

Hop = tuple[int, dict[str, Frame]]
"""Time just after the hop, and what each detector says of it, by name."""


class DetectorPanel:
    """The detectors of a station."""

    def __init__(self, detectors: Sequence[Detector], gate: EnergyGate | None = None) -> None:
        """Bring the detectors together.

        Args:
            detectors: Of the station.
            gate: Networks sleep while it is closed. STA/LTA opens it: without one there is none.
        """
        first = [detector for detector in detectors if detector.name == STA_LTA]
        ordered = (*first, *(d for d in detectors if d.name != STA_LTA))
        self._detectors = [(rate_of(detector), detector) for detector in ordered]
        self._hops_ns = {detector.name: hop_of(detector) for detector in detectors}
        self._due = {(hop_of(detector), rate_of(detector)) for detector in detectors}
        self._gate = gate if first else None
        for detector in detectors:
            if self._gate is not None and isinstance(detector, Sleeper):
                detector.sleep_by(self._gate)
        self._pending: dict[int, dict[str, Frame]] = {}
        self._heard_until_ns: dict[float, int] = {}
        self._last: dict[str, Frame] = {}

    @property
    def rates_hz(self) -> frozenset[float]:
        """Rates at which blocks are wanted."""
        return frozenset(rate_hz for rate_hz, _ in self._detectors)

    def push(self, blocks: Mapping[float, Block | None]) -> list[Hop]:
        """Take the blocks of one stretch, by rate; return the hops that are complete, in order."""
        for rate_hz, detector in self._detectors:
            block = blocks[rate_hz]
            if block is not None:
                self._heard_until_ns[rate_hz] = block.end_ns
                frames = detector.push(block)
                if self._gate is not None and detector.name == STA_LTA:
                    self._gate.note(frames)
                for frame in frames:
                    self._pending.setdefault(frame.end_ns, {})[detector.name] = frame
        hops = []
        for end_ns in sorted(self._pending):
            if not self._is_complete(end_ns):
                break
            hops.append(self._hop(end_ns))
        return hops

    def finish(self) -> list[Hop]:
        """End the stretch: return the hops that wait, with what was said of them."""
        hops = [self._hop(end_ns) for end_ns in sorted(self._pending)]
        self._heard_until_ns.clear()
        self._last.clear()
        return hops

    def _is_complete(self, end_ns: int) -> bool:
        return all(
            end_ns % hop_ns or self._heard_until_ns.get(rate_hz, 0) >= end_ns
            for hop_ns, rate_hz in self._due
        )

    def _hop(self, end_ns: int) -> Hop:
        said = self._pending.pop(end_ns)
        self._last |= said
        return end_ns, {
            name: self._last[name]
            for name in self._hops_ns
            if name in self._last and end_ns - self._last[name].end_ns < self._hops_ns[name]
        }
