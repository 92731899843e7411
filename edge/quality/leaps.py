"""Leaps: a component goes to another level at once, and everything is as quiet as before.

Ground that moves does not do that. An earthquake that shifts a station's level also shakes it; a
sensor whose axis breaks, whose board is knocked over or whose cable has a bad contact leaps and is
still. A detector cannot tell: to its high-pass a leap is a shock that rings for seconds.
"""

import math
from collections import deque
from dataclasses import dataclass

import numpy as np

from edge.messages import QualityFlag
from edge.quality.chunks import Chunk
from edge.timestamps import ns_to_seconds

_BEFORE, _LEAP, _AFTER = 4, 1, 3
"""Chunks: two seconds before, the half second of the leap, a second and a half after."""
_LEAST_SHIFT = 6.0
"""In units of the noise; less opens no trigger."""
_LARGEST_WANDER = 0.1
"""Of the shift: the levels before a leap agree, and those after it. From the crest of a long wave
to its trough they do not quite."""
_CHANCE = 4.0
"""Standard errors of a level; by chance, levels of noise differ by so much and seldom by more."""
_SHARP_S = 0.2
_LEAST_SHARP_SHARE = 0.6
"""Of the shift within so short a time: the swell of the sea, on a quiet sensor, takes seconds."""
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
    """STUCK where a component that leapt stands still since, or did before, else STEP."""


class LeapDetector:
    """Watches chunks for a leap, which it is sure of a second and a half later."""

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
        if not _may_be(self._chunks[0], chunk):
            return None
        chunks = list(self._chunks)
        leap = _leap(chunks[:_BEFORE], chunks[_BEFORE], chunks[_BEFORE + _LEAP :])
        if leap is not None:
            self._chunks.clear()
        return leap


def _may_be(oldest: Chunk, newest: Chunk) -> bool:
    """Tell whether a look is worth its time.

    A leap of at least six times the noise, whose levels wander by no more than a quarter of it on
    each side, leaves half of it between the oldest chunk and the newest: three times the noise,
    of which the newest chunk alone may hold the root of three.
    """
    triples = zip(oldest.level, newest.level, newest.variance, strict=True)
    return any((new - old) ** 2 > 3 * variance for old, new, variance in triples)


def _leap(before: list[Chunk], suspect: Chunk, after: list[Chunk]) -> Leap | None:
    components = range(3)
    shifts = [_shift(before, after, c) for c in components]
    leapt = [c for c in components if abs(shifts[c]) > _TINY_M_S2 and _has_leapt(before, after, c)]
    leapt = [c for c in leapt if _is_sharp([before[-1], suspect], c, shifts[c])]
    if not leapt or not all(_is_quiet(before, after, c) for c in components):
        return None
    stands = any(chunk.is_constant[c] for chunk in (before[0], after[-1]) for c in leapt)
    z, n, e = (shift if math.isfinite(shift) else 0.0 for shift in shifts)
    flag = QualityFlag.STUCK if stands else QualityFlag.STEP
    # The middle of a leap may lie on the edge of two chunks.
    return Leap(before[-1].start_ns, suspect.end_ns, (z, n, e), flag)


def _shift(before: list[Chunk], after: list[Chunk], c: int) -> float:
    """Return the new level less the old one; NaN where the component is missing."""
    old = sum(chunk.level[c] for chunk in before) / len(before)
    return sum(chunk.level[c] for chunk in after) / len(after) - old


def _has_leapt(before: list[Chunk], after: list[Chunk], c: int) -> bool:
    """Tell whether a component's level changed by more than noise and long waves change it."""
    shift = abs(_shift(before, after, c))
    noise = max(_noise(before, c), _noise(after, c))
    if not shift > _LEAST_SHIFT * noise:
        return False
    by_chance = _CHANCE * noise / math.sqrt(len(before[0].samples))
    largest = max(_LARGEST_WANDER * shift, by_chance)
    spans = ([chunk.level[c] for chunk in chunks] for chunks in (before, after))
    return all(max(levels) - min(levels) < largest for levels in spans)


def _is_sharp(chunks: list[Chunk], c: int, shift: float) -> bool:
    """Tell whether most of a shift came at once."""
    trace = np.concatenate([chunk.samples[:, c] for chunk in chunks])
    span_s = ns_to_seconds(chunks[-1].end_ns - chunks[0].start_ns)
    lag = max(1, round(_SHARP_S * len(trace) / span_s))
    steepest = float((np.sign(shift) * (trace[lag:] - trace[:-lag])).max(initial=0.0))
    return steepest > _LEAST_SHARP_SHARE * abs(shift)


def _is_quiet(before: list[Chunk], after: list[Chunk], c: int) -> bool:
    """Tell whether a component is as quiet as before; a missing one is, and one that stood still.

    An axis that moves again brings its noise along, and often leaps.
    """
    if all(chunk.is_constant[c] for chunk in before):
        return True
    return not _noise(after, c) > _LARGEST_NOISE * _noise(before, c) + _TINY_M_S2


def _noise(chunks: list[Chunk], c: int) -> float:
    return math.sqrt(sum(chunk.variance[c] for chunk in chunks) / len(chunks))
