"""Probabilities of P and S along a record, and the picks that are read off them."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from cloud.picking.base import PhasePick
from cloud.seismogram import Seismogram
from edge.messages import Phase
from edge.signal.peaks import SIGMAS_IN_WIDTH, Peak, find_peaks
from edge.timestamps import seconds_to_ns

APART_S: Final = 0.5
"""Two picks of one phase that are nearer to each other are one; thresholds were chosen with it."""
_ROUND_NS: Final = 1_000_000
_DIGITS: Final = 4
"""Finer than any pick is, and coarser than the rounding of one processor against another."""


@dataclass(frozen=True, slots=True, eq=False)
class Curves:
    """What a network says along one record.

    Attributes:
        start_ns: Time of the first sample, nanoseconds since 1970 UTC.
        rate_hz: Samples a second.
        probabilities: Of each phase, shape (n,).
    """

    start_ns: int
    rate_hz: float
    probabilities: Mapping[Phase, NDArray[np.float32]]


@dataclass(frozen=True, slots=True)
class Reading:
    """How picks of one phase are read.

    Attributes:
        threshold: Least probability.
        spread: Standard error of a pick in units of its peak's standard deviation / sqrt(height).
    """

    threshold: float
    spread: float


class CurveNetwork(Protocol):
    """A network that says how probable P and S are at each sample."""

    @property
    def name(self) -> str:
        """Name and version."""

    @property
    def provider(self) -> str:
        """What runs it: cpu, cuda, tensorrt or torch."""

    @property
    def readings(self) -> Mapping[Phase, Reading]:
        """How its curves are read."""

    def curves(self, seismograms: Sequence[Seismogram]) -> list[Curves]:
        """Return the curves of each seismogram; those of one that is too short are empty."""


def read_picks(
    curves: Curves, readings: Mapping[Phase, Reading], seismogram: Seismogram
) -> tuple[PhasePick, ...]:
    """Return the picks of one record, in order of time; none in a stretch that was bridged.

    Args:
        curves: Of the network.
        readings: How they are read.
        seismogram: The record.
    """
    picks = []
    for phase, curve in curves.probabilities.items():
        reading = readings[phase]
        for peak in find_peaks(curve, reading.threshold, APART_S * curves.rate_hz):
            offset_s = peak.position / curves.rate_hz
            time_ns = curves.start_ns + seconds_to_ns(offset_s)
            if not _in_gap(seismogram, time_ns):
                picks.append(_pick(phase, time_ns, peak, reading, curves, seismogram))
    return tuple(sorted(picks, key=lambda pick: (pick.time_ns, pick.phase)))


def _pick(
    phase: Phase,
    time_ns: int,
    peak: Peak,
    reading: Reading,
    curves: Curves,
    seismogram: Seismogram,
) -> PhasePick:
    sigma_s = peak.width / SIGMAS_IN_WIDTH / curves.rate_hz
    of_peak_s = reading.spread * sigma_s / math.sqrt(peak.height)
    # Of a time that lies anywhere within a sampling interval.
    of_sampling_s = 1 / seismogram.rate_hz / math.sqrt(12)
    return PhasePick(
        phase=phase,
        time_ns=round(time_ns / _ROUND_NS) * _ROUND_NS,
        probability=round(min(1.0, peak.height), _DIGITS),
        uncertainty_s=round(math.hypot(of_peak_s, of_sampling_s), _DIGITS),
    )


def _in_gap(seismogram: Seismogram, time_ns: int) -> bool:
    index = seismogram.index(time_ns)
    return any(first <= index <= last for first, last in seismogram.gaps)
