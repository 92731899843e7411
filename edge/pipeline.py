"""The station without its wires: packets in, trigger revisions out.

    packet -> time base -> ground motion
                        -> resamplers -> detectors -> trigger tracker -> triggers
                                      -> onset picker

No clock is read and nothing is sent here: the same code runs live, in a replay and in the centre.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from edge.config import DetectionSection, StationSection
from edge.detect.base import Detector
from edge.detect.gate import EnergyGate
from edge.detect.panel import DetectorPanel, Hop
from edge.detect.seen import HopSeen
from edge.detect.sta_lta import StaLtaDetector
from edge.grid import DETECTION_RATE_HZ
from edge.messages import ClockState, NoiseLevel, QualityFlag, ThresholdHealth, Trigger
from edge.packet import COMPONENTS, Block, Packet
from edge.quality import QualityMonitor
from edge.signal.motion import GroundMotion
from edge.signal.onset import OnsetPicker
from edge.signal.resample import Resampler
from edge.sources.base import SourceDescription
from edge.timebase import TimeBase
from edge.trigger import Surroundings, TriggerTracker

_ALL: Final = np.ones(len(COMPONENTS), np.bool_)


class Thresholds(Protocol):
    """Says at which ratio STA/LTA fires."""

    def at(self, end_ns: int) -> float:
        """Return the threshold of a hop."""

    def health(self) -> ThresholdHealth | None:
        """Return what holds now and why."""


class StationPipeline:
    """One station's way from samples to triggers.

    Attributes:
        taps: Get every block before the detectors do; they must be quick.
        thresholds: Say at which ratio STA/LTA fires; None for the configured one.
        listeners: Get every hop after the trigger tracker did; they must be quick.
    """

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
        self.taps: list[Callable[[Block], None]] = []
        self.listeners: list[Callable[[HopSeen], None]] = []
        self.thresholds: Thresholds | None = None
        self._sta_lta = [d for d in detectors if isinstance(d, StaLtaDetector)]
        self._surroundings: Surroundings | None = None
        self._quality = QualityMonitor()
        self._there = _ALL
        self._restart_at_ns: int | None = None
        self._motion = GroundMotion(source.nominal_rate_hz)
        self._panel = DetectorPanel(
            detectors, EnergyGate(config.gate) if config.gate.enabled else None
        )
        self._resamplers = {
            rate_hz: Resampler(rate_hz, source.nominal_rate_hz)
            for rate_hz in sorted({DETECTION_RATE_HZ, *self._panel.rates_hz})
        }
        self._picker = OnsetPicker()
        self._tracker = TriggerTracker(station, config, detectors, self._picker, self._motion)

    @property
    def triggers(self) -> int:
        """Triggers opened so far."""
        return self._tracker.triggers

    @property
    def is_busy(self) -> bool:
        """A trigger is open: more revisions of it will come."""
        return self._tracker.is_busy

    @property
    def motion(self) -> GroundMotion:
        """How the ground moved of late, at the station's own rate."""
        return self._motion

    @property
    def quality(self) -> frozenset[QualityFlag]:
        """What is wrong with the newest samples."""
        return self._quality.flags

    def lower_threshold(self, detector: Detector) -> float:
        """Return the score below which a detector takes the shaking for over."""
        return self._tracker.lower_threshold(detector.name)

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
        return [t for block in self.time_base.push(packet) for t in self.take(block)]

    def flush(self) -> list[Trigger]:
        """Return what is still due at the end of a recording."""
        triggers = [t for block in self.time_base.flush() for t in self.take(block)]
        if self._surroundings is None:
            return triggers
        return triggers + self._track(self._panel.finish(), self._surroundings)

    def take(self, block: Block) -> list[Trigger]:
        """Take a block that a time base has made; `push` does so with those of its own."""
        for tap in self.taps:
            tap(block)
        self.clock, self.rate_hz = block.clock, self.time_base.rate_hz or block.rate_hz
        self.newest_sample_ns, self.newest_arrival_ns = block.end_ns, block.arrival_ns
        leap = self._quality.push(block)
        surroundings = Surroundings(
            clock=block.clock,
            now_ns=block.arrival_ns,
            quality=self._quality.flags,
            channels=self.channels,
        )
        self._surroundings = surroundings
        triggers = []
        if not block.continues:
            triggers += self._track(self._panel.finish(), surroundings)
            triggers += self._tracker.interrupt(surroundings, self._left_of(block))
        if leap is not None:
            triggers += self._tracker.leapt(leap, surroundings)
            self._restart_at_ns = None if self._tracker.is_busy else leap.end_ns
        block = self._restarted(block)
        self._motion.push(block)
        blocks = {rate_hz: r.push(block) for rate_hz, r in self._resamplers.items()}
        on_grid = blocks[DETECTION_RATE_HZ]
        if on_grid is not None:
            self._picker.push(on_grid)
        return triggers + self._track(self._panel.push(blocks), surroundings)

    def _left_of(self, block: Block) -> NDArray[np.bool_] | None:
        """Return which components are left where one went missing, else None."""
        there = self._there
        self._there = _ALL if block.is_whole else ~np.isnan(block.samples).any(axis=0)
        lost = there & ~self._there
        return self._there if lost.any() and self._there.any() else None

    def _restarted(self, block: Block) -> Block:
        """Let all filters begin anew with the first block after a leap."""
        if self._restart_at_ns is None or block.start_ns < self._restart_at_ns:
            return block
        self._restart_at_ns = None
        self._panel.finish()
        self._tracker.rearm()
        return replace(block, continues=False)

    def _track(self, hops: Sequence[Hop], surroundings: Surroundings) -> list[Trigger]:
        triggers = []
        for end_ns, frames in hops:
            self._adapt(end_ns)
            made = self._tracker.push(end_ns, frames, surroundings)
            triggers += made
            if self.listeners:
                self._tell(HopSeen(end_ns, frames, surroundings.quality, tuple(made)))
        return triggers

    def _adapt(self, end_ns: int) -> None:
        if self.thresholds is not None:
            for detector in self._sta_lta:
                detector.threshold = self.thresholds.at(end_ns)

    def _tell(self, seen: HopSeen) -> None:
        for listener in self.listeners:
            listener(seen)
