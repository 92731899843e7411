"""Triggers and silent stations in one local plane, as arrays: what search and judgement work on."""

from collections.abc import Callable, Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from math import log
from typing import NamedTuple

import numpy as np

from cloud.association.explanation import Origin
from cloud.association.onset import Onset
from cloud.association.stations import Station
from cloud.geodesy import LocalPlane
from cloud.velocity.model import Floats, Indices
from edge.timestamps import NANOSECONDS_PER_SECOND

RateHz = Callable[[Onset], float]
"""Rate, Hz, at which onsets like one come by chance."""


class Seen(NamedTuple):
    """A scene in numbers: arrays of shape (onsets,) and (stations,); times in s, places in km."""

    time_s: Floats
    sigma_s: Floats
    log_p: Floats
    log_s: Floats
    log_rate: Floats
    elevation_m: Floats
    station_of: Indices
    """Index of each onset's station."""
    x_km: Floats
    """East of each station, those with onsets first; `y_km` north."""
    y_km: Floats
    heard: int
    """How many stations have onsets."""
    now_s: float
    """Until when silence is known."""


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """Triggers and stations; times are relative to `reference_ns`."""

    plane: LocalPlane
    reference_ns: int
    onsets: tuple[Onset, ...]
    stations: tuple[Station, ...]
    """Those with onsets first, then the silent ones."""
    seen: Seen
    unrest_hz: float = 0.0
    """How often a station of the neighbourhood has triggered for nothing of late."""

    def with_silent(self, more: Iterable[Station]) -> "Scene":
        """Return the scene with more silent stations; those that are in it are left out."""
        known = set(self.stations)
        new = [station for station in more if station not in known]
        if not new:
            return self
        x, y = _places(self.plane, new)
        seen = self.seen._replace(
            x_km=np.concatenate([self.seen.x_km, x]), y_km=np.concatenate([self.seen.y_km, y])
        )
        return replace(self, stations=(*self.stations, *new), seen=seen)

    def without(self, onsets: AbstractSet[Onset]) -> "Scene | None":
        """Return the scene without some onsets and the stations that sent them, or None if empty.

        Those stations were busy: their silence says nothing of another earthquake.
        """
        busy = {onset.station for onset in onsets}
        stations = [station for station in self.stations if station not in busy]
        index = {station: number for number, station in enumerate(stations)}
        kept = [number for number, each in enumerate(self.onsets) if each.station in index]
        if not kept:
            return None
        seen, places = self.seen, [self.stations.index(station) for station in stations]
        left = seen._replace(
            **{
                name: getattr(seen, name)[kept]
                for name in ("time_s", "sigma_s", "log_p", "log_s", "log_rate", "elevation_m")
            },
            station_of=np.array([index[self.onsets[each].station] for each in kept], np.intp),
            x_km=seen.x_km[places],
            y_km=seen.y_km[places],
            heard=len({self.onsets[each].station for each in kept}),
        )
        onsets_left = tuple(self.onsets[each] for each in kept)
        return replace(self, onsets=onsets_left, stations=tuple(stations), seen=left)


def scene_of(
    onsets: Sequence[Onset],
    silent: Iterable[Station],
    now_ns: int,
    rate_hz: RateHz,
    origin: Origin | None = None,
) -> Scene:
    """Return the scene of some triggers.

    Args:
        onsets: At least one trigger, any number of each station.
        silent: Stations that listen; those with an onset are left out.
        now_ns: Until when silence is known, on the data's clock.
        rate_hz: Rate at which onsets like one come by chance.
        origin: Whose plane and time to use; else those of the first trigger.
    """
    if origin is not None:
        plane, reference_ns = origin.plane, origin.reference_ns
    else:
        first = min(onsets, key=lambda onset: (onset.time_ns, onset.id))
        plane = LocalPlane(first.station.latitude, first.station.longitude)
        reference_ns = first.time_ns
    place: dict[Station, int] = {}
    for onset in onsets:
        place.setdefault(onset.station, len(place))
    stations = [*place, *(station for station in silent if station not in place)]
    x, y = _places(plane, stations)
    seen = Seen(
        time_s=np.array([onset.time_ns - reference_ns for onset in onsets])
        / NANOSECONDS_PER_SECOND,
        sigma_s=np.array([onset.sigma_s for onset in onsets]),
        log_p=np.array([onset.log_p for onset in onsets]),
        log_s=np.array([onset.log_s for onset in onsets]),
        log_rate=np.array([log(rate_hz(onset)) for onset in onsets]),
        elevation_m=np.array([float(onset.station.elevation_m) for onset in onsets]),
        station_of=np.array([place[onset.station] for onset in onsets], np.intp),
        x_km=x,
        y_km=y,
        heard=len(place),
        now_s=(now_ns - reference_ns) / NANOSECONDS_PER_SECOND,
    )
    return Scene(plane, reference_ns, tuple(onsets), tuple(stations), seen)


def _places(plane: LocalPlane, stations: Sequence[Station]) -> tuple[Floats, Floats]:
    """Return east and north of stations, km."""
    degrees = np.array([(station.latitude, station.longitude) for station in stations])
    return plane.all_to_km(degrees[:, 0], degrees[:, 1])
