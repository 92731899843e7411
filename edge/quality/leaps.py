"""Leaps: a component goes to another level at once, and everything is as quiet as before.

Ground that moves does not do that. An earthquake that shifts a station's level also shakes it; a
sensor whose axis breaks, whose board is knocked over or whose cable has a bad contact leaps and is
still. A detector cannot tell: to its high-pass a leap is a shock that rings for seconds.
"""

from collections import deque
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge.messages import QualityFlag
from edge.quality.chunks import Chunk, Components

_BEFORE, _LEAP, _AFTER = 4, 1, 2
"""Chunks: two seconds before, the half second of the leap, one second after."""
_LEAST_SHIFT = 6.0
"""In units of the noise before; less opens no trigger."""
_LARGEST_WANDER = 1 / 12
"""Of the shift: the levels before a leap agree, and those after it. From the crest of a long wave
to its trough they do not quite."""
_LARGEST_NOISE = 2.0
"""Noise after over noise before: more is shaking."""
_TINY_M_S2 = 1e-6


@dataclass(frozen=True, slots=True)
class Leap:
    """A leap of one or more components."""

    start_ns: int
    end_ns: int
    """It happened between these."""
    shift_m_s2: tuple[float, float, float]
    """New level less the old one of each component; 0 where it is missing."""
    flag: QualityFlag
    """STUCK where a component that leapt stands still since, else STEP."""


class LeapDetector:
    """Watches chunks for a leap, which it is sure of a second later."""

    def __init__(self) -> None:
        self._chunks: deque[Chunk] = deque(maxlen=_BEFORE + _LEAP + _AFTER)

    def reset(self) -> None:
        """Forget the past."""
        self._chunks.clear()

    def push(self, chunk: Chunk) -> Leap | None:
        """Take a chunk; returns the leap that it makes sure."""
        self._chunks.append(chunk)
        if len(self._chunks) < _BEFORE + _LEAP + _AFTER:
            return None
        chunks = list(self._chunks)
        leap = _leap(chunks[:_BEFORE], chunks[_BEFORE], chunks[_BEFORE + _LEAP :])
        if leap is not None:
            self._chunks.clear()
        return leap


def _leap(before: list[Chunk], suspect: Chunk, after: list[Chunk]) -> Leap | None:
    old, new = _levels(before), _levels(after)
    shift = np.nan_to_num(new.mean(axis=0) - old.mean(axis=0))
    if np.abs(shift).max() < _TINY_M_S2:
        return None
    noise = np.nan_to_num(_noise(before)) + _TINY_M_S2 / _LEAST_SHIFT
    wander = np.nan_to_num(np.abs(old - old.mean(axis=0)).max(axis=0))
    drift = np.nan_to_num(np.abs(new[-1] - new[0]))
    has_leapt = np.abs(shift) > _LEAST_SHIFT * noise
    has_leapt &= np.maximum(wander, drift) < _LARGEST_WANDER * np.abs(shift)
    is_quiet = np.nan_to_num(_noise(after)) <= _LARGEST_NOISE * noise
    if not has_leapt.any() or not is_quiet.all():
        return None
    stands: NDArray[np.bool_] = np.all([chunk.is_constant for chunk in after], axis=0)
    z, n, e = shift.tolist()
    flag = QualityFlag.STUCK if (has_leapt & stands).any() else QualityFlag.STEP
    # The middle of a leap may lie on the edge of two chunks.
    return Leap(before[-1].start_ns, suspect.end_ns, (z, n, e), flag)


def _levels(chunks: list[Chunk]) -> NDArray[np.float64]:
    return np.stack([chunk.level for chunk in chunks])


def _noise(chunks: list[Chunk]) -> Components:
    return np.asarray(np.sqrt(np.mean([chunk.variance for chunk in chunks], axis=0)), np.float64)
