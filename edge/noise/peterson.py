"""The quietest and the loudest places of the world: Peterson's New Low and High Noise Models.

Source: J. Peterson (1993), Observations and modeling of seismic background noise, USGS Open-File
Report 93-322, table 3. Both are pieces of A + B log10(period / s), in decibels relative to
1 (m/s2)^2/Hz. No seismometer stands where the low model holds at all periods at once.
"""

import math
from bisect import bisect_right
from typing import Final

Piece = tuple[float, float, float]
"""Shortest period (s), A and B (dB)."""

_LOW: Final[tuple[Piece, ...]] = (
    (0.10, -162.36, 5.64),
    (0.17, -166.7, 0.0),
    (0.40, -170.0, -8.30),
    (0.80, -166.4, 28.90),
    (1.24, -168.60, 52.48),
    (2.40, -159.98, 29.81),
    (4.30, -141.10, 0.0),
    (5.00, -71.36, -99.77),
    (6.00, -97.26, -66.49),
    (10.00, -132.18, -31.57),
    (12.00, -205.27, 36.16),
    (15.60, -37.65, -104.33),
    (21.90, -114.37, -47.10),
    (31.60, -160.58, -16.28),
    (45.00, -187.50, 0.0),
    (70.00, -216.47, 15.70),
)
_HIGH: Final[tuple[Piece, ...]] = (
    (0.10, -108.73, -17.23),
    (0.22, -150.34, -80.50),
    (0.32, -122.31, -23.87),
    (0.80, -116.85, 32.51),
    (3.80, -108.48, 18.08),
    (4.60, -74.66, -32.95),
    (6.30, 0.66, -127.18),
    (7.90, -93.37, -22.42),
    (15.40, 73.54, -162.98),
    (20.00, -151.52, 10.01),
)
_LONGEST_S: Final = 100.0


def nlnm_db(frequency_hz: float) -> float | None:
    """Return the New Low Noise Model, dB rel. 1 (m/s2)^2/Hz; None outside 0.01 to 10 Hz."""
    return _model(_LOW, frequency_hz)


def nhnm_db(frequency_hz: float) -> float | None:
    """Return the New High Noise Model, dB rel. 1 (m/s2)^2/Hz; None outside 0.01 to 10 Hz."""
    return _model(_HIGH, frequency_hz)


def _model(pieces: tuple[Piece, ...], frequency_hz: float) -> float | None:
    period_s = 1 / frequency_hz
    index = bisect_right(pieces, period_s, key=lambda piece: piece[0]) - 1
    if index < 0 or period_s > _LONGEST_S:
        return None
    _, a, b = pieces[index]
    return a + b * math.log10(period_s)
