"""Detectors that stand in for others: one listens in, one repeats, one has read ahead."""

import time
from collections.abc import Mapping, Sequence
from typing import Any

from edge.detect.base import Detector, Frame
from edge.detect.hops import HopCutter
from edge.packet import Block


class Tap:
    """A detector whose frames are kept and whose CPU time is measured.

    Attributes:
        frames: What it said, one list for each block that it was given.
        cpu_s: CPU time spent in it.
        highest: Largest score of all.
    """

    def __init__(self, detector: Detector) -> None:
        self._detector = detector
        self.frames: list[list[Frame]] = []
        self.cpu_s = 0.0
        self.highest = 0.0

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the detector has
        """Return name, threshold and whatever else a pipeline asks of the detector."""
        return getattr(self._detector, name)

    def push(self, block: Block) -> list[Frame]:
        """Let the detector hear a block."""
        begin_s = time.process_time()
        frames = self._detector.push(block)
        self.cpu_s += time.process_time() - begin_s
        self.frames.append(frames)
        self.highest = max([self.highest, *(frame.score for frame in frames)])
        return frames


class Echo:
    """Repeats what a tapped detector said of the same blocks, at another threshold."""

    def __init__(self, tap: Tap, threshold: float) -> None:
        self._tap = tap
        self._left = iter(tap.frames)
        self.threshold = threshold

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the detector has
        """Return what the tapped detector has."""
        return getattr(self._tap, name)

    def push(self, block: Block) -> list[Frame]:  # noqa: ARG002 - it was heard before
        """Return what was said of the block."""
        return next(self._left)


class ReadAhead:
    """A detector whose scores were computed over the whole stream beforehand.

    Only for methods that know nothing of the future: then a stream gives the same.

    Attributes:
        cpu_s: CPU time that went into the scores.
    """

    version = "1"
    sha256: str | None = None
    scheme: str | None = None

    def __init__(
        self, name: str, threshold: float, scores: Mapping[int, float], cpu_s: float
    ) -> None:
        """Take the scores.

        Args:
            name: Of the detector.
            threshold: Score at which it fires.
            scores: By the time just after each hop, ns.
            cpu_s: CPU time that they took.
        """
        self.name = name
        self.threshold = threshold
        self.cpu_s = cpu_s
        self._scores = scores
        self._hops = HopCutter()

    def push(self, block: Block) -> list[Frame]:
        """Return the frames of the hops that this block completes."""
        return [Frame(end_ns, self._scores[end_ns]) for end_ns, _, _ in self._hops.push(block)]


def spent_s(taps: Sequence[Tap], detectors: Sequence[Detector]) -> float:
    """Return the CPU time of detectors, with what was computed beforehand."""
    ahead = sum(detector.cpu_s for detector in detectors if isinstance(detector, ReadAhead))
    return ahead + sum(tap.cpu_s for tap in taps)
