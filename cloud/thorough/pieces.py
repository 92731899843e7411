"""Puts pieces of a record together: one seismogram, its gaps bridged and told."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cloud.seismogram import COMPONENTS, Seismogram
from edge.timestamps import NANOSECONDS_PER_SECOND, seconds_to_ns

_LEAST_S = 20.0
"""A shorter record tells nothing of an event."""
_LEAST_SHARE = 0.5
"""A record with more holes than samples is none."""
_RATE_TOLERANCE = 0.05


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """Samples of one component without a gap."""

    component: int
    """0 Z, 1 N, 2 E."""
    start_ns: int
    rate_hz: float
    samples: NDArray[np.float32]
    """Shape (n,), m/s2, or counts of a sensor whose sensitivity nobody knows."""
    clipped: bool = False
    error_s: float = 0.0
    """Error of the clock, s."""

    @property
    def end_ns(self) -> int:
        """Return the time after the last sample."""
        return self.start_ns + seconds_to_ns(len(self.samples) / self.rate_hz)


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """What a station's waveforms say.

    Attributes:
        seismogram: Three components.
        calibrated: The samples are m/s2; else they are counts, good for picks alone.
        clock_error_s: Largest error of the clock in the stretch, s.
    """

    seismogram: Seismogram
    calibrated: bool
    clock_error_s: float


def put_together(
    station: str, pieces: Sequence[Piece], start_ns: int, end_ns: int, *, calibrated: bool
) -> Reading | None:
    """Return the record within a stretch of time, or None where there is too little of it.

    Args:
        station: NETWORK.STATION.
        pieces: In any order; where they overlap, the later one in the sequence holds.
        start_ns: First time wanted.
        end_ns: Time after the last sample wanted.
        calibrated: The samples are m/s2.
    """
    inside = [one for one in pieces if one.start_ns < end_ns and one.end_ns > start_ns]
    if not inside:
        return None
    rate_hz = _rate(inside)
    alike = [one for one in inside if abs(one.rate_hz / rate_hz - 1) < _RATE_TOLERANCE]
    first_ns = max(start_ns, min(one.start_ns for one in alike))
    last_ns = min(end_ns, max(one.end_ns for one in alike))
    count = round((last_ns - first_ns) * rate_hz / NANOSECONDS_PER_SECOND)
    if count < _LEAST_S * rate_hz:
        return None
    samples = np.full((count, len(COMPONENTS)), np.nan, np.float32)
    for one in alike:
        _lay(samples[:, one.component], one, first_ns, rate_hz)
    there = ~np.isnan(samples).all(axis=1)
    if there.mean() < _LEAST_SHARE:
        return None
    gaps = _gaps(samples)
    return Reading(
        Seismogram(
            station=station,
            start_ns=first_ns,
            rate_hz=rate_hz,
            acceleration_m_s2=samples,
            clipped=any(one.clipped for one in alike),
            gaps=gaps,
        ),
        calibrated=calibrated,
        clock_error_s=max(one.error_s for one in alike),
    )


def _rate(pieces: Sequence[Piece]) -> float:
    """Return the mean rate, weighted by the samples that have it."""
    weights = [len(one.samples) for one in pieces]
    rates = np.array([one.rate_hz for one in pieces])
    middle = float(np.median(np.repeat(rates, weights)))
    near = np.abs(rates / middle - 1) < _RATE_TOLERANCE
    return float(np.average(rates[near], weights=np.array(weights)[near]))


def _lay(column: NDArray[np.float32], piece: Piece, first_ns: int, rate_hz: float) -> None:
    """Lay a piece into its place; what lies outside is cut off."""
    at = round((piece.start_ns - first_ns) * rate_hz / NANOSECONDS_PER_SECOND)
    begin, end = max(at, 0), min(at + len(piece.samples), len(column))
    if begin < end:
        column[begin:end] = piece.samples[begin - at : end - at]


def _gaps(samples: NDArray[np.float32]) -> tuple[tuple[int, int], ...]:
    """Bridge holes in place by straight lines, and return them as (first, last) sample."""
    holes: set[tuple[int, int]] = set()
    for column in samples.T:
        missing = np.isnan(column)
        if missing.all() or not missing.any():
            continue
        there = np.flatnonzero(~missing)
        column[missing] = np.interp(np.flatnonzero(missing), there, column[there])
        edges = np.flatnonzero(np.diff(np.concatenate([[False], missing, [False]]).astype(np.int8)))
        holes |= {(int(a), int(b) - 1) for a, b in zip(edges[::2], edges[1::2], strict=True)}
    return tuple(sorted(holes))
