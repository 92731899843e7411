"""Ground motion, streaming: acceleration, velocity and displacement from m/s2 samples.

All three share a high-pass at 0.075 Hz, the corner that Wu & Zhao (2006, GRL 33 L16312) use for
peak displacement. Integration is built into the filters: with H(s) = s^2 / (s^2 + sqrt(2) w s +
w^2), velocity is a / s * H^2 and displacement a / s^2 * H^2, so that no integrator runs away on
the offset of gravity.

Integrated twice from 0.075 Hz on, the noise of a MEMS sensor is a displacement of half a
millimetre, which hides every earthquake below magnitude 6. So displacement is kept for a second
corner of 0.5 Hz as well: below magnitude 5.5 the corner of the source lies above it (Brune 1970)
and the peak is the same. The peak of the lower corner is taken where it stands out of the noise.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge.packet import Block
from edge.signal.butterworth import Sections, highpass
from edge.signal.filters import FilterFan
from edge.signal.intensity import IntensityMeter
from edge.signal.resample import design_rate
from edge.signal.ring import Ring
from edge.timestamps import seconds_to_ns

_CORNER_HZ = 0.075
_DISPLACEMENT_CORNERS_HZ = (0.075, 0.5)
_DISTINCT = np.array([10.0, 2.0])
"""How far above the background's 99th percentile a peak must stand at each corner.

Shaking tilts and warms a cheap sensor: at the lower corner that alone makes peaks of up to five
times the quiet background, seen on OpenEEW records of magnitude 4.6 and 4.7.
"""
_KEPT_S = 90.0
_SETTLING_S = 20.0
"""After a start the filters need 1.5 periods of the corner before displacement means anything."""

_DISTINCT_VELOCITY = 3.0
"""How far above the background's 99th percentile a velocity is the ground's, not the sensor's."""

_COLUMNS = 3 + len(_DISPLACEMENT_CORNERS_HZ)
_ENDS_NS = 1_000_000
"""A window that lacks less than this is whole: times are rounded to nanoseconds."""

Rows = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Peaks:
    """Peak ground motion of a stretch; the largest of the components that are there."""

    pga_m_s2: float
    pgv_m_s: float
    pd_m: float | None
    """Peak vertical displacement; None where it does not stand out from the station's noise."""
    tau_c_s: float | None
    """Period of P, 2 pi sqrt(int d^2 / int v^2) of the vertical (Wu & Kanamori 2005, BSSA 95);
    None before the window is whole, and where the displacement is the sensor's own."""
    pgv_stands_out: bool
    """The peak velocity is more than the station's noise."""
    growth_m: tuple[tuple[float, float], ...]
    """Pd over longer windows that are whole and stand out, in pairs with their lengths, s."""
    jma_intensity: float | None
    """JMA instrumental intensity since the onset; None before 0.3 s of it are there."""


class GroundMotion:
    """Keeps the last minute and a half of motion at the station's own rate."""

    def __init__(self, nominal_hz: float | None = None) -> None:
        """Prepare for a stream.

        Args:
            nominal_hz: Its nominal rate; see `edge.signal.resample.design_rate`.
        """
        self._nominal_hz = nominal_hz
        self._intensity = IntensityMeter()
        self._stages: _Stages | None = None
        self._motion = Ring(1, _COLUMNS)
        self._end_ns = 0
        self._rate_hz = 1.0
        self._settled_ns = 0

    def push(self, block: Block) -> None:
        """Take a block at the station's rate."""
        self._intensity.push(block)
        present = block.filled()
        if self._stages is None or not block.continues:
            rate_hz = design_rate(block.rate_hz, self._nominal_hz)
            self._stages = _Stages(rate_hz, present[0].astype(np.float64))
            self._motion = Ring(round(_KEPT_S * rate_hz), _COLUMNS)
            self._settled_ns = block.start_ns + round(_SETTLING_S * 1e9)
        self._motion.append(self._stages.peaks_of(present))
        self._end_ns, self._rate_hz = block.end_ns, block.rate_hz

    def peaks(
        self, onset_ns: int, displacement_until_ns: int, windows_s: Sequence[float] = ()
    ) -> Peaks | None:
        """Return the peaks since an onset, or None where no sample of it is kept.

        Args:
            onset_ns: Time of the onset.
            displacement_until_ns: Displacement counts up to here only: Pd is a measure of P.
            windows_s: Longer windows whose displacement is to be told too, s.
        """
        begin = self._index(onset_ns)
        if begin >= len(self._motion):
            return None
        pga, pgv = self._motion.rows[begin:, :2].max(axis=0).tolist()
        intensity = self._intensity.jma_intensity(onset_ns)
        if onset_ns < self._settled_ns or begin == 0:
            return Peaks(
                pga, pgv, None, None, pgv_stands_out=False, growth_m=(), jma_intensity=intensity
            )
        until = max(begin + 1, self._index(displacement_until_ns))
        background = np.quantile(self._motion.rows[:begin, 1:], 0.99, axis=0)
        displacements, distinct = self._displacements(begin, until, background)
        is_whole = self._end_ns >= displacement_until_ns - _ENDS_NS
        return Peaks(
            pga,
            pgv,
            pd_m=float(displacements[np.argmax(distinct)]) if distinct.any() else None,
            tau_c_s=self._period(begin, until) if is_whole and distinct[0] else None,
            pgv_stands_out=bool(pgv > _DISTINCT_VELOCITY * background[0]),
            growth_m=self._growth(onset_ns, windows_s, background),
            jma_intensity=intensity,
        )

    def _displacements(
        self, begin: int, until: int, background: Rows
    ) -> tuple[Rows, NDArray[np.bool_]]:
        """Return the peak at each corner, and whether it stands out of the background."""
        peaks: Rows = self._motion.rows[begin:until, 3:].max(axis=0)
        return peaks, peaks > _DISTINCT * background[2:]

    def _growth(
        self, onset_ns: int, windows_s: Sequence[float], background: Rows
    ) -> tuple[tuple[float, float], ...]:
        begin, grown = self._index(onset_ns), []
        for window_s in windows_s:
            until_ns = onset_ns + seconds_to_ns(window_s)
            if self._end_ns < until_ns - _ENDS_NS:
                break
            peaks, distinct = self._displacements(
                begin, max(begin + 1, self._index(until_ns)), background
            )
            if distinct.any():
                grown.append((window_s, float(peaks[np.argmax(distinct)])))
        return tuple(grown)

    def acceleration(self, begin_ns: int, end_ns: int) -> float | None:
        """Return the largest acceleration between two times, m/s2; None where none is kept."""
        begin, end = self._index(begin_ns), self._index(end_ns)
        if begin >= end:
            return None
        return float(self._motion.rows[begin:end, 0].max())

    def jma_intensity(self, onset_ns: int) -> float | None:
        """Return the JMA instrumental intensity since an onset; see `IntensityMeter`."""
        return self._intensity.jma_intensity(onset_ns)

    def _period(self, begin: int, until: int) -> float:
        """Return tau_c of the rows; velocity and displacement come of the same high-pass."""
        velocity, displacement = np.square(self._motion.rows[begin:until, 2:4]).sum(axis=0)
        return float(2 * np.pi * np.sqrt(displacement / velocity))

    def _index(self, time_ns: int) -> int:
        first_ns = self._end_ns - len(self._motion) * 1e9 / self._rate_hz
        return int(np.clip(round((time_ns - first_ns) * self._rate_hz / 1e9), 0, len(self._motion)))


class _Stages:
    """The filters of one uninterrupted stretch."""

    def __init__(self, rate_hz: float, level: Rows) -> None:
        integrate = _integrating_highpass(_CORNER_HZ, rate_hz)
        acceleration = highpass(2, _CORNER_HZ, rate_hz)
        velocity = np.vstack([integrate, acceleration])
        displacements = (
            np.tile(_integrating_highpass(corner_hz, rate_hz), (2, 1))
            for corner_hz in _DISPLACEMENT_CORNERS_HZ
        )
        self._filters = FilterFan([acceleration, velocity, *displacements], channels=3)
        self._filters.reset(level)

    def peaks_of(self, samples: NDArray[np.float32]) -> Rows:
        """Return shape (n, 5): largest |a| and |v| of all, vertical |v|, vertical |d| a corner."""
        motion = np.abs(self._filters(samples))
        rows = np.empty((len(samples), _COLUMNS))
        rows[:, :2] = motion[:2].max(axis=2).T
        rows[:, 2:] = motion[1:, :, 0].T
        return rows


def _integrating_highpass(corner_hz: float, rate_hz: float) -> Sections:
    """Return s / (s^2 + sqrt(2) w s + w^2) by the bilinear transform, pre-warped at the corner."""
    double = 2 * rate_hz
    w = double * np.tan(np.pi * corner_hz / rate_hz)
    a = double**2 + np.sqrt(2) * w * double + w**2
    return np.array(
        [
            [
                double / a,
                0.0,
                -double / a,
                1.0,
                2 * (w**2 - double**2) / a,
                (double**2 - np.sqrt(2) * w * double + w**2) / a,
            ]
        ]
    )
