"""Arrivals read off a curve of probabilities: a peak for each stretch over a threshold.

    for peak in find_peaks(curve, threshold=0.3, apart=50.0):
        time_s = peak.position / rate_hz

The trainer chooses thresholds with this function and the centre picks with it.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SIGMAS_IN_WIDTH = 2.0 * math.sqrt(2.0 * math.log(2.0))
"""Standard deviations of a bell in its full width at half height."""
_HALF = 0.5


@dataclass(frozen=True, slots=True)
class Peak:
    """One peak of a curve.

    Attributes:
        position: Where, samples from the curve's first; between two samples.
        height: The curve's largest value there.
        width: Full width at half height, samples; up to the curve's ends where it does not fall so
            far.
    """

    position: float
    height: float
    width: float


def find_peaks(curve: NDArray[np.float32], threshold: float, apart: float) -> list[Peak]:
    """Return the peaks of a curve, in their order.

    Each stretch of samples at or over the threshold has one, at the centre of gravity of what
    stands over half its height. Of two that are nearer to each other than `apart`, the higher is
    kept: a curve that flickers about the threshold means one arrival.

    Args:
        curve: Shape (n,), 0 to 1.
        threshold: Least height.
        apart: Least distance of two peaks, samples.
    """
    above = np.concatenate([[False], curve >= threshold, [False]])
    edges = np.flatnonzero(above[1:] != above[:-1])
    tops = [
        begin + int(np.argmax(curve[begin:end]))
        for begin, end in zip(edges[::2], edges[1::2], strict=True)
    ]
    kept: list[int] = []
    for top in sorted(tops, key=lambda top: (-float(curve[top]), top)):
        if all(abs(top - other) >= apart for other in kept):
            kept.append(top)
    return [_peak(curve, top) for top in sorted(kept)]


def _peak(curve: NDArray[np.float32], top: int) -> Peak:
    """Return the peak about its highest sample."""
    height = float(curve[top])
    half = _HALF * height
    begin, end = top, top
    while begin > 0 and curve[begin - 1] > half:
        begin -= 1
    while end < len(curve) - 1 and curve[end + 1] > half:
        end += 1
    over = np.asarray(curve[begin : end + 1], np.float64) - half
    position = begin + float(over @ np.arange(len(over))) / float(over.sum())
    left = begin - _beyond(curve, begin, begin - 1, half)
    right = end + _beyond(curve, end, end + 1, half)
    return Peak(position, height, right - left)


def _beyond(curve: NDArray[np.float32], inner: int, outer: int, level: float) -> float:
    """Return the share of a sample from `inner` to where the curve crosses a level."""
    if not 0 <= outer < len(curve):
        return 0.0
    drop = float(curve[inner]) - float(curve[outer])
    return (float(curve[inner]) - level) / drop
