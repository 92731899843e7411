"""The station without its wires: packets in, trigger revisions out.

    packet -> time base -> ground motion
                        -> resamplers -> detectors -> trigger tracker -> triggers
                                      -> onset picker

No clock is read and nothing is sent here: the same code runs live, in a replay and in the centre.
"""

from collections.abc import Sequence

import numpy as np

from edge.config import DetectionSection, StationSection
from edge.detect.base import Detector
from edge.detect.panel import DetectorPanel, Hop
from edge.grid import DETECTION_RATE_HZ
from edge.messages import ClockState, NoiseLevel, QualityFlag, Trigger
from edge.packet import Block, Packet
from edge.signal.motion import GroundMotion
from edge.signal.onset import OnsetPicker
from edge.signal.resample import Resampler
from edge.sources.base import SourceDescription
from edge.timebase import TimeBase
from edge.trigger import Surroundings, TriggerTracker


class StationPipeline:
    """One station's way from samples to triggers."""

    def __init__(
        self,
        station: StationSection,
        config: DetectionSection,
        detectors: Sequence[Detector],
        source: SourceDescription,
    ) -> None:
        self.station = station
        self.detectors = tuple(detectors)
        self.time_base = TimeBase(source.nominal_rate_hz)
        self.packets = 0
        self.clock: ClockState | None = None
        self.rate_hz = source.nominal_rate_hz
        self.channels = source.channels
        self.newest_sample_ns: int | None = None
        self.newest_arrival_ns: int | None = None
        self._surroundings: Surroundings | None = None
        self._motion = GroundMotion()
        self._panel = DetectorPanel(detectors)
        self._resamplers = {
            rate_hz: Resampler(rate_hz)
            for rate_hz in sorted({DETECTION_RATE_HZ, *self._panel.rates_hz})
        }
        self._picker = OnsetPicker()
        self._tracker = TriggerTracker(station, config, detectors, self._picker, self._motion)

    @property
    def triggers(self) -> int:
        """Triggers opened so far."""
        return self._tracker.triggers

    def noise(self) -> tuple[NoiseLevel, ...]:
        """Return the background of each channel in the detection band."""
        levels = self._picker.noise_m_s2()
        if levels is None:
            return ()
        return tuple(
            NoiseLevel(channel=channel, rms_m_s2=float(f"{level:.3g}"))
            for channel, level in zip(self.channels, levels, strict=True)
        )

    def push(self, packet: Packet) -> list[Trigger]:
        """Take a packet and return the trigger revisions that it makes due, oldest first."""
        self.packets += 1
        return [t for block in self.time_base.push(packet) for t in self._take(block)]

    def flush(self) -> list[Trigger]:
        """Return what is still due at the end of a recording."""
        triggers = [t for block in self.time_base.flush() for t in self._take(block)]
        if self._surroundings is None:
            return triggers
        return triggers + self._track(self._panel.finish(), self._surroundings)

    def _take(self, block: Block) -> list[Trigger]:
        self.clock, self.rate_hz = block.clock, block.rate_hz
        self.newest_sample_ns, self.newest_arrival_ns = block.end_ns, block.arrival_ns
        surroundings = Surroundings(
            clock=block.clock,
            now_ns=block.arrival_ns,
            quality=_quality(block),
            channels=self.channels,
        )
        self._surroundings = surroundings
        triggers = []
        if not block.continues:
            triggers += self._track(self._panel.finish(), surroundings)
            triggers += self._tracker.interrupt(surroundings)
        self._motion.push(block)
        blocks = {rate_hz: r.push(block) for rate_hz, r in self._resamplers.items()}
        on_grid = blocks[DETECTION_RATE_HZ]
        if on_grid is not None:
            self._picker.push(on_grid)
        return triggers + self._track(self._panel.push(blocks), surroundings)

    def _track(self, hops: Sequence[Hop], surroundings: Surroundings) -> list[Trigger]:
        return [
            trigger
            for end_ns, frames in hops
            for trigger in self._tracker.push(end_ns, frames, surroundings)
        ]


def _quality(block: Block) -> frozenset[QualityFlag]:
    flags = set()
    if block.clipped:
        flags.add(QualityFlag.CLIPPED)
    if np.isnan(block.samples).any():
        flags.add(QualityFlag.MISSING_COMPONENT)
    return frozenset(flags)
