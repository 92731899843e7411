"""What earthquakes do to a made-up station: when each arrives and how the ground then moves."""

import itertools
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from edge.geodesy import great_circle_km
from edge.messages.base import Latitude, Longitude
from edge.packet import Samples
from edge.sources.base import SourceSettings
from edge.sources.synthetic_waveform import Arrivals, GroundMotionConfig, duration_s, synthesise
from edge.timestamps import NANOSECONDS_PER_SECOND, Timestamp, ns_to_seconds, seconds_to_ns

_LEAD_S: Final = 0.5
_CODA_DURATIONS: Final = 5.0
_NEAREST_KM: Final = 1.0
_FELT_FOR_S: Final = 3600.0
"""Travel and shaking together take less, of any earthquake anywhere."""

TravelTime = Callable[[Literal["P", "S"], float, float], float]
"""Seconds from origin to arrival of a phase, given epicentral distance and depth in km."""


class SyntheticEarthquake(SourceSettings):
    """One earthquake."""

    origin_time: Timestamp = Field(title="Origin time", description="ISO 8601 UTC")
    latitude: Latitude = Field(title="Latitude", description="Degrees north")
    longitude: Longitude = Field(title="Longitude", description="Degrees east")
    depth_km: float = Field(default=15.0, ge=0, le=700, title="Depth", description="Kilometres")
    magnitude: float = Field(ge=1, le=9, title="Magnitude", description="Moment magnitude")


@dataclass(frozen=True, slots=True)
class Site:
    """A station as earthquakes see it."""

    latitude: float
    longitude: float
    travel_time: TravelTime
    motion: GroundMotionConfig
    seed: int


@dataclass(frozen=True, slots=True)
class Coming:
    """An earthquake as it will arrive at the station."""

    p_ns: int
    s_ns: int
    distance_km: float
    """Hypocentral distance."""
    magnitude: float
    key: tuple[int, int]
    """Its number in the configuration, and which repetition."""


@dataclass(frozen=True, slots=True)
class _Shaking:
    """One earthquake's motion at the station: samples from an index on."""

    first: int
    trace: Samples

    @property
    def end(self) -> int:
        return self.first + len(self.trace)


def straight_rays(vp_km_s: float, vs_km_s: float) -> TravelTime:
    """Return the travel times of a half-space."""

    def travel_time(phase: Literal["P", "S"], epicentral_km: float, depth_km: float) -> float:
        speed_km_s = vp_km_s if phase == "P" else vs_km_s
        return math.hypot(epicentral_km, depth_km) / speed_km_s

    return travel_time


def arrivals(
    site: Site,
    earthquakes: tuple[SyntheticEarthquake, ...],
    repeat_every_s: float | None,
    start_ns: int,
) -> Iterator[Coming]:
    """Yield the earthquakes in the order of their P, round by round; endless if they repeat.

    Args:
        site: The station.
        earthquakes: Of the first round.
        repeat_every_s: Length of a round; none: there is one.
        start_ns: Rounds that were over long before are left out: there may be a year of them.
    """
    if not earthquakes:
        return
    period_ns = seconds_to_ns(repeat_every_s or 0.0)
    turns = itertools.count(_first_turn(earthquakes, period_ns, start_ns)) if period_ns else [0]
    for turn in turns:
        coming = [
            _coming(site, earthquake, (number, turn), turn * period_ns)
            for number, earthquake in enumerate(earthquakes)
        ]
        yield from sorted(coming, key=lambda one: one.p_ns)


def _first_turn(earthquakes: tuple[SyntheticEarthquake, ...], period_ns: int, start_ns: int) -> int:
    """Return the first round whose last earthquake may still be felt."""
    last_ns = max(earthquake.origin_time for earthquake in earthquakes)
    return max(0, (start_ns - seconds_to_ns(_FELT_FOR_S) - last_ns) // period_ns)


def _coming(
    site: Site, earthquake: SyntheticEarthquake, key: tuple[int, int], delay_ns: int
) -> Coming:
    epicentral_km = great_circle_km(
        (site.latitude, site.longitude), (earthquake.latitude, earthquake.longitude)
    )
    origin_ns, depth_km = earthquake.origin_time + delay_ns, earthquake.depth_km
    return Coming(
        p_ns=origin_ns + seconds_to_ns(site.travel_time("P", epicentral_km, depth_km)),
        s_ns=origin_ns + seconds_to_ns(site.travel_time("S", epicentral_km, depth_km)),
        distance_km=max(_NEAREST_KM, math.hypot(epicentral_km, depth_km)),
        magnitude=earthquake.magnitude,
        key=key,
    )


class Ground:
    """The motion under a station, sample by sample.

    Args:
        site: The station.
        coming: Its earthquakes in the order of their P.
        start_ns: Time of sample 0.
        rate_hz: The true sampling rate.
    """

    def __init__(self, site: Site, coming: Iterator[Coming], start_ns: int, rate_hz: float) -> None:
        self._site = site
        self._coming = coming
        self._next = next(coming, None)
        self._start_ns = start_ns
        self._rate_hz = rate_hz
        self._shaking: list[_Shaking] = []

    def time_ns(self, index: int) -> int:
        """Return the true time of a sample."""
        return self._start_ns + round(index * NANOSECONDS_PER_SECOND / self._rate_hz)

    def motion(self, first: int, count: int) -> NDArray[np.float64]:
        """Return the ground's acceleration from sample `first` on, shape (count, 3), m/s2.

        Call with rising `first`: what is over is forgotten.
        """
        end = first + count
        until_ns = self.time_ns(end) + seconds_to_ns(_LEAD_S)
        while self._next is not None and self._next.p_ns <= until_ns:
            self._shaking.append(self._shake(self._next))
            self._next = next(self._coming, None)
        self._shaking = [one for one in self._shaking if one.end > first]
        total = np.zeros((count, 3))
        for one in self._shaking:
            begin, stop = max(one.first, first), min(one.end, end)
            if stop > begin:
                total[begin - first : stop - first] += one.trace[
                    begin - one.first : stop - one.first
                ]
        return total

    def _shake(self, coming: Coming) -> _Shaking:
        lead_ns = seconds_to_ns(_LEAD_S)
        first = math.ceil(ns_to_seconds(coming.p_ns - lead_ns - self._start_ns) * self._rate_hz)
        first_ns = self.time_ns(first)
        onsets = Arrivals(
            ns_to_seconds(coming.p_ns - first_ns), ns_to_seconds(coming.s_ns - first_ns)
        )
        strong_s = duration_s(coming.magnitude, coming.distance_km, self._site.motion)
        trace = synthesise(
            coming.magnitude,
            coming.distance_km,
            onsets,
            self._rate_hz,
            math.ceil((onsets.s_s + _CODA_DURATIONS * strong_s) * self._rate_hz),
            np.random.default_rng([self._site.seed, *coming.key]),
            self._site.motion,
        )
        return _Shaking(first, trace)
