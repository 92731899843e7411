"""Tilt: the share of gravity that each component feels has changed for good.

Somebody moved the sensor, the wall gave way, or shaking turned its mounting. Peaks of velocity and
displacement integrate such a change; until it has passed through the filters they say little.
"""

from collections import deque

import numpy as np
from numpy.typing import NDArray

from edge.quality.chunks import CHUNK_S, Chunk, Components

_PART_S, _PARTS, _OLD_S = 5.0, 3, 30.0
"""Three times five seconds must agree that the level is another than in the half minute before:
a long wave comes back."""
_PART, _OLD = round(_PART_S / CHUNK_S), round(_OLD_S / CHUNK_S)
_EVERY = 4
"""Chunks between two looks."""
_TOLD = round(30.0 / CHUNK_S)
"""Chunks for which it is told: integrals of the change ring on, and somebody should read it."""
_LEAST_M_S2 = 0.02
"""0.12 degrees; less is the drift of a cheap sensor with temperature."""
_LARGEST_WANDER = 0.25
"""Of the shift: the three agree, and so did the levels before."""


class TiltDetector:
    """Compares the level of the last fifteen seconds with that of the half minute before."""

    def __init__(self) -> None:
        self._levels: deque[Components] = deque(maxlen=_OLD + _PARTS * _PART)
        self._is_tilted = False
        self._told_until = 0
        """Number of a chunk."""

    def reset(self) -> None:
        """Forget the past."""
        self._levels.clear()
        self._is_tilted = False
        self._told_until = 0

    def push(self, chunk: Chunk) -> bool:
        """Take a chunk and tell whether the sensor stands otherwise than half a minute ago."""
        self._levels.append(chunk.level)
        is_due = chunk.number % _EVERY == 0 and len(self._levels) == self._levels.maxlen
        if is_due and (self._is_tilted or self._may_be()):
            levels = np.nan_to_num(np.array(self._levels))
            self._is_tilted = _has_changed(levels[:_OLD], levels[_OLD:])
        if self._is_tilted:
            self._told_until = chunk.number + _TOLD
        return chunk.number < self._told_until

    def _may_be(self) -> bool:
        """Tell whether a look is worth its time: the newest level is not the oldest."""
        pairs = zip(self._levels[0], self._levels[-1], strict=True)
        return any(abs(new - old) > _LEAST_M_S2 / 2 for old, new in pairs)


def _has_changed(old: NDArray[np.float64], new: NDArray[np.float64]) -> bool:
    parts = np.median(new.reshape(_PARTS, _PART, -1), axis=1) - np.median(old, axis=0)
    shift = np.abs(parts.mean(axis=0))
    wander = np.maximum(np.ptp(parts, axis=0), 2 * np.median(np.abs(np.diff(old, axis=0)), axis=0))
    return bool(((shift > _LEAST_M_S2) & (wander < _LARGEST_WANDER * shift)).any())
