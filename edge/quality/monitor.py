"""All that is watched of the samples' quality, in one place."""

from edge.messages import QualityFlag
from edge.packet import Block
from edge.quality.chunks import Chunk, ChunkCutter
from edge.quality.leaps import Leap, LeapDetector
from edge.quality.stuck import StuckDetector
from edge.quality.tilt import TiltDetector
from edge.timestamps import seconds_to_ns

_STEP_COUNTS_NS = seconds_to_ns(5.0)
"""How long after it a step is told with a trigger."""


class QualityMonitor:
    """Watches the blocks of a station."""

    def __init__(self) -> None:
        self._cutter = ChunkCutter()
        self._leaps = LeapDetector()
        self._stuck = StuckDetector()
        self._tilt = TiltDetector()
        self._lasting: frozenset[QualityFlag] = frozenset()
        self._leapt: Leap | None = None
        self.flags: frozenset[QualityFlag] = frozenset()
        """What holds at the newest block."""

    def push(self, block: Block) -> Leap | None:
        """Take a block at the station's rate; returns the leap that it makes sure, if any."""
        if not block.continues:
            self._reset()
        found = None
        for chunk in self._cutter.push(block):
            found = self._look(chunk) or found
        self.flags = self._lasting | self._passing(block)
        return found

    def _look(self, chunk: Chunk) -> Leap | None:
        leap = self._leaps.push(chunk)
        if leap is not None:
            self._leapt = leap
            self._tilt.reset()
        flags = set()
        if self._stuck.push(chunk) or self._stands_since(chunk):
            flags.add(QualityFlag.STUCK)
        if self._tilt.push(chunk):
            flags.add(QualityFlag.TILT)
        self._lasting = frozenset(flags)
        return leap

    def _stands_since(self, chunk: Chunk) -> bool:
        """Tell whether a component that leapt and stood still does so yet."""
        leap = self._leapt
        if leap is None or leap.flag is not QualityFlag.STUCK:
            return False
        pairs = zip(chunk.is_constant, leap.shift_m_s2, strict=True)
        return any(stands and shift != 0 for stands, shift in pairs)

    def _passing(self, block: Block) -> set[QualityFlag]:
        flags = set()
        if block.clipped:
            flags.add(QualityFlag.CLIPPED)
        if not block.is_whole:
            flags.add(QualityFlag.MISSING_COMPONENT)
        leap = self._leapt
        if leap is not None and block.start_ns < leap.end_ns + _STEP_COUNTS_NS:
            flags.add(leap.flag)
        return flags

    def _reset(self) -> None:
        for detector in (self._leaps, self._stuck, self._tilt):
            detector.reset()
        self._lasting, self._leapt = frozenset(), None
