"""Locates an event anew from the picks of a deep picker.

Of each station at most one P and one S are used: those that fit the origin best, among what the
picker saw and, where it saw nothing of a phase, the trigger's onset. The origin is found from
them, they are chosen anew with it, and so on until the choice stays.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import hypot, log
from typing import Final

import numpy as np

from cloud.association.explanation import Explanation, Origin
from cloud.association.stations import Station
from cloud.location import Locator
from cloud.posterior import Arrivals, Silence
from cloud.thorough.config import RelocationConfig
from cloud.thorough.verdict import StationPicks, WaveformArrival
from edge.messages import Phase
from edge.timestamps import NANOSECONDS_PER_SECOND, ns_to_seconds

_MOST_ROUNDS: Final = 8
_DOUBT_S_KM: Final = 0.25
"""Seconds by which a kilometre of doubt about the place moves an arrival, at most."""
_LEAST_SIGMA_S: Final = 0.05
_TRUST: Final = 0.1
"""Added to probabilities: a picker is never quite sure that there is nothing."""
_CENTISECOND_NS: Final = NANOSECONDS_PER_SECOND // 100
_LAST_RESORT: Final = -100.0
"""A trigger's onset is used where no pick of that station and phase fits."""
_SILENT: Final = Silence(np.zeros(0), np.zeros(0), 0.0)
"""Silence counted when the triggers were judged; a picker's is no proof."""
_LEAST_HALF_WIDTH_KM: Final = 20.0


@dataclass(frozen=True, slots=True)
class _Candidate:
    """One arrival that may be used."""

    station: Station
    name: str
    phase: Phase
    time_ns: int
    sigma_s: float
    """Of the onset and of the clock."""
    log_probability: float
    picker: str | None


_Placed = tuple[_Candidate, float, float]
"""An arrival, its residual and its standard error, s."""


class Relocator:
    """Locates with one velocity model.

    Args:
        config: The rules.
        locator: Knows the errors of the velocity model that the rules state.
    """

    def __init__(self, config: RelocationConfig, locator: Locator) -> None:
        self.config = config
        self._locator = locator

    def relocate(
        self,
        before: Explanation,
        stations: Mapping[str, Station],
        readings: Sequence[StationPicks],
        picker: str,
    ) -> tuple[Origin, tuple[WaveformArrival, ...]] | None:
        """Return the origin and its arrivals, or None where too few stations show it.

        Args:
            before: The event as its triggers explain it.
            stations: Every station of the readings, by its code.
            readings: What the picker saw.
            picker: Its name and version.
        """
        candidates = [*_picked(stations, readings, picker), *_triggered(before)]
        origin = before.origin
        doubt_s = _DOUBT_S_KM * origin.location.horizontal_uncertainty_km
        chosen: list[_Placed] = []
        for _ in range(_MOST_ROUNDS):
            fitting = self._fitting(candidates, origin, doubt_s)
            if not self._enough(fitting):
                return None
            same = {one.name for one, _, _ in fitting} == {one.name for one, _, _ in chosen}
            chosen = fitting
            if same and doubt_s == 0:
                break
            doubt_s = 0.0 if same else doubt_s / 2
            origin = self._located([one for one, _, _ in fitting], origin)
        chosen = self._fitting(candidates, origin, 0.0)
        if not self._enough(chosen):
            return None
        return self._doubtful(origin), _arrivals(chosen, origin)

    def _doubtful(self, origin: Origin) -> Origin:
        """Return the origin with what all arrivals err alike in its uncertainty."""
        stated_km = origin.location.horizontal_uncertainty_km
        wider_km = hypot(stated_km, self.config.model_uncertainty_km)
        return replace(
            origin, location=replace(origin.location, horizontal_uncertainty_km=wider_km)
        )

    def _enough(self, chosen: Iterable[_Placed]) -> bool:
        seen = [one for one, _, _ in chosen if one.picker is not None]
        return len({one.station.key for one in seen}) >= self.config.least_stations

    def _fitting(
        self, candidates: Iterable[_Candidate], origin: Origin, doubt_s: float
    ) -> list[_Placed]:
        """Return the arrivals that fit an origin: of each station and phase the likeliest."""
        best: dict[tuple[str, Phase], tuple[float, _Placed]] = {}
        for one in candidates:
            residual_s, travel_s = self._residual(one, origin)
            model_s = self.config.model_error_s + self.config.model_error_share * travel_s
            sigma_s = hypot(one.sigma_s, model_s)
            if abs(residual_s) > self.config.fit_sigmas * sigma_s + doubt_s:
                continue
            value = one.log_probability - abs(residual_s) / (sigma_s + doubt_s)
            key = one.station.key, one.phase
            if key not in best or value > best[key][0]:
                best[key] = value, (one, residual_s, sigma_s)
        order = sorted(best.values(), key=lambda item: (item[1][0].time_ns, item[1][0].name))
        return [placed for _, placed in order]

    def _residual(self, one: _Candidate, origin: Origin) -> tuple[float, float]:
        """Return residual and travel time, s."""
        times = self._locator.travel_times
        distance = origin.distance_km(one.station)
        travel_s = times.time(one.phase, distance, origin.location.depth_km)
        delay_s = times.elevation_delay_s(one.phase, one.station.elevation_m)
        return ns_to_seconds(one.time_ns - origin.time_ns) - travel_s - delay_s, travel_s

    def _located(self, used: list[_Candidate], before: Origin) -> Origin:
        used = sorted(used, key=lambda one: (one.time_ns, one.name))[: self.config.most_arrivals]
        used.sort(key=lambda one: one.phase is Phase.S)
        places = [before.plane.to_km(one.station.latitude, one.station.longitude) for one in used]
        delay = self._locator.travel_times.elevation_delay_s
        location = self._locator.locate(
            Arrivals(
                x_km=np.array([x for x, _ in places]),
                y_km=np.array([y for _, y in places]),
                time_s=np.array(
                    [
                        ns_to_seconds(one.time_ns - before.reference_ns)
                        - delay(one.phase, one.station.elevation_m)
                        for one in used
                    ]
                ),
                sigma_s=np.array([one.sigma_s for one in used]),
                p_count=sum(one.phase is Phase.P for one in used),
            ),
            _SILENT,
            before.location.x_km,
            before.location.y_km,
            max(_LEAST_HALF_WIDTH_KM, 2.5 * before.location.horizontal_uncertainty_km),
        )
        return Origin(before.plane, before.reference_ns, location)


def _picked(
    stations: Mapping[str, Station], readings: Iterable[StationPicks], picker: str
) -> list[_Candidate]:
    return [
        _Candidate(
            station=stations[reading.station],
            name=f"{reading.station}-{pick.phase}-{pick.time_ns // _CENTISECOND_NS}",
            phase=pick.phase,
            time_ns=pick.time_ns,
            sigma_s=hypot(max(pick.uncertainty_s, _LEAST_SIGMA_S), reading.clock_error_s),
            log_probability=log(pick.probability + _TRUST),
            picker=picker,
        )
        for reading in readings
        if reading.station in stations
        for pick in reading.picks
    ]


def _triggered(before: Explanation) -> list[_Candidate]:
    return [
        _Candidate(
            station=pick.onset.station,
            name=pick.onset.id,
            phase=pick.phase,
            time_ns=pick.onset.time_ns,
            sigma_s=pick.onset.sigma_s,
            log_probability=_LAST_RESORT,
            picker=None,
        )
        for pick in before.picks
    ]


def _arrivals(chosen: Sequence[_Placed], origin: Origin) -> tuple[WaveformArrival, ...]:
    return tuple(
        WaveformArrival(
            station=one.station.key,
            name=one.name,
            phase=one.phase,
            time_ns=one.time_ns,
            sigma_s=sigma_s,
            residual_s=residual_s,
            distance_km=origin.distance_km(one.station),
            picker=one.picker,
        )
        for one, residual_s, sigma_s in chosen
    )
