"""Triggers and silent stations in one local plane, as arrays: what search and judgement work on."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from cloud.association.explanation import Origin
from cloud.association.onset import Onset
from cloud.association.stations import Station
from cloud.geodesy import LocalPlane
from cloud.velocity.model import Floats, Indices
from edge.timestamps import ns_to_seconds

RateHz = Callable[[Onset], float]
"""Rate, Hz, at which onsets like one come by chance."""


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """Arrays of shape (onsets,) and (stations,); times in s since `reference_ns`."""

    plane: LocalPlane
    reference_ns: int
    now_s: float
    """Until when silence is known."""
    onsets: tuple[Onset, ...]
    time_s: Floats
    sigma_s: Floats
    log_p: Floats
    log_s: Floats
    log_rate: Floats
    elevation_m: Floats
    station_of: Indices
    """Index of each onset's station."""
    stations: tuple[Station, ...]
    """Those with onsets first, then the silent ones."""
    heard: int
    """How many stations have onsets."""
    x_km: Floats
    y_km: Floats

    @property
    def onset_x_km(self) -> Floats:
        """East of each onset's station."""
        return self.x_km[self.station_of]

    @property
    def onset_y_km(self) -> Floats:
        """North of each onset's station."""
        return self.y_km[self.station_of]

    def with_silent(self, more: Iterable[Station]) -> "Scene":
        """Return the scene with more silent stations; those that are in it are left out."""
        known = set(self.stations)
        new = [station for station in more if station not in known]
        if not new:
            return self
        xy = np.array([self.plane.to_km(each.latitude, each.longitude) for each in new])
        return replace(
            self,
            stations=(*self.stations, *new),
            x_km=np.concatenate([self.x_km, xy[:, 0]]),
            y_km=np.concatenate([self.y_km, xy[:, 1]]),
        )

    def distance_km(self, x_km: float, y_km: float) -> Floats:
        """Return distances of all stations from a point of the plane."""
        return np.hypot(self.x_km - x_km, self.y_km - y_km)


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
    first = min(onsets, key=lambda onset: (onset.time_ns, onset.id))
    if origin is not None:
        plane, reference_ns = origin.plane, origin.reference_ns
    else:
        plane = LocalPlane(first.station.latitude, first.station.longitude)
        reference_ns = first.time_ns
    stations = list(dict.fromkeys(onset.station for onset in onsets))
    place = {station: index for index, station in enumerate(stations)}
    heard = len(stations)
    stations += [station for station in silent if station not in place]
    xy = np.array([plane.to_km(each.latitude, each.longitude) for each in stations])
    columns = np.array(
        [
            (
                ns_to_seconds(onset.time_ns - reference_ns),
                onset.sigma_s,
                onset.log_p,
                onset.log_s,
                rate_hz(onset),
                onset.station.elevation_m,
            )
            for onset in onsets
        ]
    ).T
    return Scene(
        plane=plane,
        reference_ns=reference_ns,
        now_s=ns_to_seconds(now_ns - reference_ns),
        onsets=tuple(onsets),
        time_s=columns[0],
        sigma_s=columns[1],
        log_p=columns[2],
        log_s=columns[3],
        log_rate=np.log(columns[4]),
        elevation_m=columns[5],
        station_of=np.array([place[onset.station] for onset in onsets]),
        stations=tuple(stations),
        heard=heard,
        x_km=xy[:, 0],
        y_km=xy[:, 1],
    )
