"""Felt intensity: the JMA's instrumental intensity by filters in time, and Modified Mercalli.

The JMA defines its intensity on the spectrum of a whole record (JMA notice 4 of 1996): the three
components are weighted, and the acceleration that their vector sum exceeds for 0.3 s in all gives
2 log10(a / gal) + 0.94. Kunugi et al. (2013, Zisin 65, 223-230) approximate the weight by six
recursive sections, so that it can be told while the ground still shakes.

The weight is made for 100 Hz. Blocks of another rate are resampled, and only when an intensity is
asked for: a quiet station pays nothing but the memory of a minute and a half.
"""

import math
from collections import deque
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from edge.packet import Block
from edge.signal.butterworth import Sections
from edge.signal.filters import StreamingFilter
from edge.signal.resample import Resampler
from edge.timestamps import ns_to_seconds, seconds_to_ns

INTENSITY_RATE_HZ = 100.0

_HELD_S = 0.3
_GAL_A_M_S2 = 100.0
_LEAST_GAL = 1e-6
_SETTLING_NS = seconds_to_ns(10.0)
"""Before the onset: the weight's lowest corner, 0.45 Hz, has forgotten its start by then."""
_KEPT_NS = seconds_to_ns(95.0)

_F0_HZ, _F1_HZ, _F2_HZ, _F3_HZ, _F4_HZ, _F5_HZ = 0.45, 7.0, 0.5, 12.0, 20.0, 30.0
_H2A, _H2B, _H3, _H4, _H5 = 1.0, 0.75, 0.9, 0.6, 0.6
_GAIN = 1.262


def jma_sections() -> Sections:
    """Return the weight of Kunugi et al. (2013) at 100 Hz, shape (6, 6)."""
    t = INTENSITY_RATE_HZ
    w0, w1, w2, w3, w4, w5 = (
        2 * math.pi * f for f in (_F0_HZ, _F1_HZ, _F2_HZ, _F3_HZ, _F4_HZ, _F5_HZ)
    )
    below = [
        *(4 * t**2 + 2 * w1 * t, -8 * t**2, 4 * t**2 - 2 * w1 * t),
        8 * t**2 + (4 * w0 + 2 * w1) * t + w0 * w1,
        2 * w0 * w1 - 16 * t**2,
        8 * t**2 - (4 * w0 + 2 * w1) * t + w0 * w1,
    ]
    above = [
        *(4 * t**2 + 8.5 * w1 * t + w1**2, 2 * w1**2 - 8 * t**2, 4 * t**2 - 8.5 * w1 * t + w1**2),
        *(16 * t**2 + 17 * w1 * t + w1**2, 2 * w1**2 - 32 * t**2, 16 * t**2 - 17 * w1 * t + w1**2),
    ]
    rows = [
        below,
        above,
        [*_second_order(w2, _H2A), *_second_order(w2, _H2B)],
        *(
            [w**2, 10 * w**2, w**2, *_second_order(w, h)]
            for w, h in ((w3, _H3), (w4, _H4), (w5, _H5))
        ),
    ]
    sections = np.array(rows) / np.array(rows)[:, 3:4]
    sections[0, :3] *= _GAIN
    return np.asarray(sections, np.float64)


def _second_order(w: float, h: float) -> tuple[float, float, float]:
    """Return s^2 + 2 h w s + w^2 by the fourth-order scheme of the paper."""
    t = INTENSITY_RATE_HZ
    return (
        12 * t**2 + 12 * h * w * t + w**2,
        10 * w**2 - 24 * t**2,
        12 * t**2 - 12 * h * w * t + w**2,
    )


class IntensityMeter:
    """Keeps the last minute and a half and tells the intensity since an onset."""

    def __init__(self) -> None:
        self._blocks: deque[Block] = deque()
        self._chain: _Chain | None = None
        """Made when first asked for, and kept: it takes longer to make than to use."""

    def push(self, block: Block) -> None:
        """Take a block at the station's rate; one that does not continue begins anew."""
        if not block.continues:
            self._blocks.clear()
        self._blocks.append(block)
        while self._blocks[0].end_ns < block.end_ns - _KEPT_NS:
            self._blocks.popleft()

    def jma_intensity(self, onset_ns: int) -> float | None:
        """Return the JMA instrumental intensity since an onset.

        Args:
            onset_ns: Time of the onset.

        Returns:
            The intensity, below 0 for what nobody feels; None before 0.3 s of it are there, or
            where too little is kept for the weight to have settled.
        """
        begin_ns = onset_ns - _SETTLING_NS
        blocks = [block for block in self._blocks if block.end_ns > begin_ns]
        if not blocks or blocks[0].start_ns > onset_ns - _SETTLING_NS // 2:
            return None
        if blocks[-1].end_ns < onset_ns + seconds_to_ns(_HELD_S):
            return None
        if self._chain is None:
            self._chain = _Chain()
        weighted, start_ns = self._chain(blocks)
        skipped = max(0, (onset_ns - start_ns) // seconds_to_ns(1 / INTENSITY_RATE_HZ))
        return intensity_of(weighted[skipped:], INTENSITY_RATE_HZ)


class _Chain:
    """Resampling and weight."""

    def __init__(self) -> None:
        self._resampler = Resampler(INTENSITY_RATE_HZ)
        self._weight = StreamingFilter(jma_sections(), channels=3)

    def __call__(self, blocks: Sequence[Block]) -> tuple[NDArray[np.float64], int]:
        """Return the weighted samples of blocks that join, and the time of the first one."""
        resampled = self._resampler.push(_joined(blocks))
        if resampled is None:
            return np.empty((0, 3)), blocks[0].start_ns
        present = resampled.filled()
        self._weight.reset(present[0].astype(np.float64))
        return self._weight(present), resampled.start_ns


def _joined(blocks: Sequence[Block]) -> Block:
    """Return blocks that join as one, at their mean rate: for peaks the times are right enough."""
    first, last = blocks[0], blocks[-1]
    samples = np.concatenate([block.samples for block in blocks])
    return Block(
        start_ns=first.start_ns,
        rate_hz=len(samples) / ns_to_seconds(last.end_ns - first.start_ns),
        samples=samples,
        clock=last.clock,
        arrival_ns=last.arrival_ns,
        continues=False,
    )


def intensity_of(weighted: NDArray[np.float64], rate_hz: float) -> float | None:
    """Return the JMA intensity of weighted acceleration.

    Args:
        weighted: Shape (n, 3), m/s2.
        rate_hz: Sampling rate.

    Returns:
        2 log10(a / gal) + 0.94, with a exceeded for 0.3 s in all; None for less than 0.3 s.
    """
    held = round(_HELD_S * rate_hz)
    if len(weighted) < held:
        return None
    lengths = np.sqrt(np.square(weighted).sum(axis=1))
    exceeded = float(np.partition(lengths, -held)[-held]) * _GAL_A_M_S2
    return 2 * math.log10(max(exceeded, _LEAST_GAL)) + 0.94


def mercalli(pga_m_s2: float, pgv_m_s: float | None) -> float:
    """Return the Modified Mercalli intensity of peak motions, 1 to 10.

    Worden et al. (2012, BSSA 102, 204-221): a line in the logarithm with a kink, for each of PGA
    and PGV; weak motion below the range of their data follows the lines that ShakeMap adds. Both
    together are weighted by their spreads, 0.66 and 0.63.

    Args:
        pga_m_s2: Peak ground acceleration.
        pgv_m_s: Peak ground velocity; None where it is the sensor's own noise.
    """
    by_pga = _by_lines(
        pga_m_s2, weak=(0.14, 1.71, 2.08), kink=1.57, low=(1.78, 1.55), high=(-1.60, 3.70)
    )
    if pgv_m_s is None:
        return _bounded(by_pga)
    by_pgv = _by_lines(
        pgv_m_s, weak=(-1.21, 4.62, 2.17), kink=0.53, low=(3.78, 1.47), high=(2.89, 3.16)
    )
    weights = 0.66**-2, 0.63**-2
    return _bounded((weights[0] * by_pga + weights[1] * by_pgv) / sum(weights))


def _by_lines(
    si: float,
    *,
    weak: tuple[float, float, float],
    kink: float,
    low: tuple[float, float],
    high: tuple[float, float],
) -> float:
    """Return the line that holds for a motion in m/s2 or m/s; the lines are in centimetres."""
    log_cm = math.log10(max(si * 100, 1e-9))
    weak_end, weak_at_one, weak_slope = weak
    if log_cm < weak_end:
        return weak_at_one + weak_slope * log_cm
    at_one, slope = low if log_cm <= kink else high
    return at_one + slope * log_cm


def _bounded(intensity: float) -> float:
    return min(10.0, max(1.0, intensity))
