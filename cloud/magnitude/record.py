"""A station's record around an earthquake: what is noise, what is P, what is S."""

from dataclasses import dataclass, field
from math import hypot

import numpy as np
from numpy.typing import NDArray

from cloud.magnitude.model import Refusal
from cloud.seismogram import Seismogram

Array = NDArray[np.float64]

_MOST_NOISE_S = 60.0
_LEAST_NOISE_S = 6.0
_BEFORE_P_S = 1.0
"""Noise ends so long before P: picks are late rather than early."""
_BEFORE_S_SHARE = 0.25
"""S begins by this share of the S-P time before its pick or its prediction."""
_S_OVER_P = 1.73
"""Travel time of S over that of P in most of the crust (a Poisson solid: root of 3)."""
_LEAST_S_S = 6.0
_LEAST_P_S = 2.0
_ENERGY_SHARE = 0.95
_LATEST_S = 45.0
_LATEST_S_A_KM = 0.3
_LONGEST_GAP_S = 0.2


@dataclass(frozen=True, slots=True)
class Stretch:
    """Samples first to last (excluded)."""

    first: int
    last: int

    def __len__(self) -> int:
        """Return the number of samples."""
        return self.last - self.first


@dataclass(frozen=True, slots=True)
class Record:
    """A seismogram cut by its phases.

    Attributes:
        seismogram: The record.
        p: Sample of the onset of P; `s` that of S, as picked or predicted.
        epicentral_km: Distance of the epicentre.
        depth_km: Depth of the source.
        acceleration: Shape (n, 3), m/s2, without the mean of the noise.
        noise: Before P; empty where there is too little of it.
        components: Those that are there, 0 vertical, 1 north, 2 east.
        hypocentral_km: Distance of the source.
    """

    seismogram: Seismogram
    p: int
    s: int
    epicentral_km: float
    depth_km: float
    noise: Stretch = field(init=False)
    acceleration: Array = field(init=False)
    components: tuple[int, ...] = field(init=False)
    hypocentral_km: float = field(init=False)

    def __post_init__(self) -> None:
        """Find the noise and take its mean away."""
        rate_hz = self.seismogram.rate_hz
        samples = self.seismogram.acceleration_m_s2.astype(np.float64)
        last = min(max(0, self.p - round(_BEFORE_P_S * rate_hz)), len(samples))
        first = max(0, last - round(_MOST_NOISE_S * rate_hz))
        for begin, end in self.seismogram.gaps:
            if begin < last and end - begin > _LONGEST_GAP_S * rate_hz:
                first = max(first, end + 1)
        if last - first < _LEAST_NOISE_S * rate_hz:
            first = last
        noise = Stretch(first, last)
        still = samples[noise.first : noise.last] if len(noise) else samples
        level = still.mean(axis=0) if len(still) else np.zeros(samples.shape[1])
        object.__setattr__(self, "noise", noise)
        object.__setattr__(self, "acceleration", samples - level)
        there = np.isfinite(self.acceleration).all(axis=0) & bool(len(samples))
        object.__setattr__(self, "components", tuple(np.flatnonzero(there).tolist()))
        object.__setattr__(self, "hypocentral_km", hypot(self.epicentral_km, self.depth_km))

    @property
    def rate_hz(self) -> float:
        """Sampling rate."""
        return self.seismogram.rate_hz

    def horizontals(self) -> list[int]:
        """Return the horizontal components that there are, 1 north and 2 east."""
        return [component for component in self.components if component > 0]

    def s_stretch(self) -> Stretch | None:
        """Return S up to where nearly all of its energy have come; None where it is missing."""
        first = self.s - round(_BEFORE_S_SHARE * (self.s - self.p))
        latest = self.s + round((_LATEST_S + _LATEST_S_A_KM * self.hypocentral_km) * self.rate_hz)
        latest = min(latest, len(self.acceleration))
        least = round(_LEAST_S_S * self.rate_hz)
        if first < 0 or latest - self.s < least or not self.horizontals():
            return None
        power = np.square(self.acceleration[:, self.horizontals()]).sum(axis=1)
        background = power[self.noise.first : self.noise.last].mean() if len(self.noise) else 0.0
        energy = np.cumsum(power[first:latest] - background)
        enough = int(np.argmax(energy >= _ENERGY_SHARE * energy.max()))
        return Stretch(first, min(latest, max(first + enough, self.s + least)))

    def p_stretch(self) -> Stretch | None:
        """Return P up to S; None where too little of it is there."""
        first = max(0, self.p - round(0.5 * self.rate_hz))
        last = min(self.s - round(_BEFORE_S_SHARE * (self.s - self.p)), len(self.acceleration))
        if self.p < 0 or last - self.p < _LEAST_P_S * self.rate_hz:
            return None
        return Stretch(first, last)

    def flaw(self, stretch: Stretch) -> Refusal | None:
        """Return why a stretch cannot be measured, if it cannot."""
        if self.seismogram.clipped:
            return Refusal.CLIPPED
        if not len(self.noise):
            return Refusal.NO_NOISE
        longest = _LONGEST_GAP_S * self.rate_hz
        for begin, end in self.seismogram.gaps:
            if begin < stretch.last and end >= stretch.first and end - begin > longest:
                return Refusal.GAP
        return None


def record_of(
    seismogram: Seismogram,
    origin_ns: int,
    p_ns: int,
    s_ns: int | None,
    epicentral_km: float,
    depth_km: float,
) -> Record:
    """Return a record, with S predicted from P where it was not picked.

    Args:
        seismogram: One station's record.
        origin_ns: Origin time, nanoseconds since 1970 UTC.
        p_ns: Onset of P; predicted where it was not picked.
        s_ns: Onset of S; None where it was not picked.
        epicentral_km: Distance of the epicentre.
        depth_km: Depth of the source.
    """
    if s_ns is None:
        s_ns = origin_ns + round(_S_OVER_P * (p_ns - origin_ns))
    return Record(
        seismogram,
        seismogram.index(p_ns),
        seismogram.index(s_ns),
        epicentral_km,
        depth_km,
    )
