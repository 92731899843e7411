"""Which stations an earthquake triggers, when, and how strong it is there.

The peak displacement of P is that of Kuyuk and Allen (2013, GRL 40, 6329-6333), with their scatter,
against a threshold that a MEMS sensor can see; S is three times as strong. Beyond 100 km, where
their relation knows spreading only, it is attenuated as peak velocity is by Si and Midorikawa
(1999, J. Struct. Constr. Eng. 523, 63-70). Times come from a velocity model other than the centre's
own would be right for: each ray is off by some percent.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from cloud.geodesy import great_circle_km
from cloud.simulate.script import Quake, Script, VirtualStation
from cloud.traveltimes import TravelTimes
from cloud.velocity.model import Floats
from edge.messages import Phase

_CONSTANT, _AMPLITUDE, _DISTANCE = 5.39, 1.23, 1.38
_ATTENUATED_FROM_KM: Final = 100.0
_ATTENUATION: Final = 0.002
"""Of log10 a km."""
_SCATTER: Final = 0.25
"""Of log10 Pd, one sigma."""
_SEEN_M: Final = 1e-5
"""A hundredth of a millimetre stands out of a cheap sensor's displacement above 0.5 Hz."""
_S_OVER_P: Final = 3.0
_MISSED: Final = 0.1
"""Share of stations that miss what they could have seen."""
_PICK_SIGMA_S: Final = 0.1
_MODEL_SIGMA: Final = 0.02
_NEAREST_KM: Final = 5.0
_CENTIMETRES: Final = 100.0


@dataclass(frozen=True, slots=True)
class Seen:
    """A wave that a station triggers on."""

    station: VirtualStation
    phase: Phase
    arrival_s: float
    """Seconds since the beginning of the script, by a right clock."""
    pd_m: float
    quake: int
    """Its number in the script; -1 for noise."""


def seen_of(
    script: Script, number: int, times: TravelTimes, random: np.random.Generator
) -> Iterator[Seen]:
    """Yield what one earthquake triggers, station by station."""
    quake = script.quakes[number]
    stations = script.stations
    latitudes = [station.latitude for station in stations]
    longitudes = [station.longitude for station in stations]
    distance_km = great_circle_km(quake.latitude, quake.longitude, latitudes, longitudes)
    pd_m = _displacement_m(quake, distance_km, random)
    wobble = 1 + random.normal(size=len(stations)) * _MODEL_SIGMA
    misses = random.random(len(stations)) < _MISSED
    for phase, gain in ((Phase.P, 1.0), (Phase.S, _S_OVER_P)):
        travel_s = times.times(phase, distance_km, quake.depth_km) * wobble
        arrival_s = quake.origin_s + travel_s + random.normal(size=len(stations)) * _PICK_SIGMA_S
        for index in np.flatnonzero((gain * pd_m > _SEEN_M) & ~misses).tolist():
            yield Seen(
                stations[index], phase, float(arrival_s[index]), float(gain * pd_m[index]), number
            )


def noise(script: Script, random: np.random.Generator) -> Iterator[Seen]:
    """Yield the false triggers of all stations: doors, lorries, feet."""
    rate = script.config.false_per_hour * script.length_s / 3600
    counts = random.poisson(rate, size=len(script.stations)).tolist()
    for station, count in zip(script.stations, counts, strict=True):
        for moment_s in random.uniform(0, script.length_s, size=count).tolist():
            yield Seen(station, Phase.UNKNOWN, moment_s, float(random.uniform(1, 3)) * _SEEN_M, -1)


def _displacement_m(quake: Quake, distance_km: Floats, random: np.random.Generator) -> Floats:
    far_km = np.hypot(np.maximum(distance_km, _NEAREST_KM), quake.depth_km)
    log_cm = (quake.magnitude - _CONSTANT - _DISTANCE * np.log10(far_km)) / _AMPLITUDE
    log_cm -= _ATTENUATION * np.maximum(far_km - _ATTENUATED_FROM_KM, 0.0)
    scattered = log_cm + random.normal(size=len(distance_km)) * _SCATTER
    return np.asarray(10**scattered / _CENTIMETRES)
