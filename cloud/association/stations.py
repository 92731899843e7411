"""The stations known: where they are, and how often they trigger for nothing."""

from dataclasses import dataclass, field
from math import cos, exp, pi

import numpy as np
from numpy.typing import ArrayLike

from cloud.geodesy import EARTH_RADIUS_KM
from cloud.velocity.model import Floats
from edge.timestamps import ns_to_seconds


@dataclass(slots=True)
class NoiseRate:
    """A station's rate of false triggers: a decaying count, with a prior in the beginning."""

    prior_hz: float
    memory_s: float
    _count: float = 0.0
    _since_ns: int | None = None
    _updated_ns: int = 0

    def start(self, time_ns: int) -> None:
        """Begin to watch the station, if that has not begun."""
        if self._since_ns is None:
            self._since_ns = self._updated_ns = time_ns

    def add(self, time_ns: int) -> None:
        """Count one false trigger."""
        self.start(time_ns)
        self._count = self._decayed(time_ns) + 1
        self._updated_ns = max(time_ns, self._updated_ns)

    def rate_hz(self, time_ns: int) -> float:
        """Return the rate: prior and count over the time that each stands for."""
        if self._since_ns is None:
            return self.prior_hz
        watched = max(0.0, ns_to_seconds(time_ns - self._since_ns))
        effective = self.memory_s * (1 - exp(-watched / self.memory_s))
        prior_s = min(1 / self.prior_hz, self.memory_s)
        return (self.prior_hz * prior_s + self._decayed(time_ns)) / (prior_s + effective)

    def _decayed(self, time_ns: int) -> float:
        age = max(0.0, ns_to_seconds(time_ns - self._updated_ns))
        return self._count * exp(-age / self.memory_s)


@dataclass(slots=True, eq=False)
class Station:
    """One station; compared by identity."""

    key: str
    latitude: float
    longitude: float
    elevation_m: float
    noise: NoiseRate
    registered: bool = False
    online: bool = True


@dataclass(slots=True)
class StationBook:
    """All stations by `NETWORK.STATION`."""

    prior_hz: float
    memory_s: float
    _stations: dict[str, Station] = field(default_factory=dict)
    _listening: list[Station] | None = None
    _units: Floats = field(default_factory=lambda: np.zeros((0, 3)))
    """Unit vectors to those that listen."""

    def __len__(self) -> int:
        return len(self._stations)

    def get(self, key: str) -> Station | None:
        """Return a station, or None."""
        return self._stations.get(key)

    def put(
        self,
        key: str,
        latitude: float,
        longitude: float,
        elevation_m: float,
        *,
        registered: bool,
        online: bool = True,
    ) -> Station:
        """Add a station, or change what is known of it, and return it."""
        station = self._stations.get(key)
        if station is None:
            noise = NoiseRate(self.prior_hz, self.memory_s)
            station = Station(key, latitude, longitude, elevation_m, noise)
            self._stations[key] = station
        station.latitude, station.longitude = latitude, longitude
        station.elevation_m = elevation_m
        station.registered, station.online = registered, online
        self._listening = None
        return station

    def forget_unregistered(self) -> None:
        """Drop all stations that are known from their triggers only."""
        self._stations = {key: each for key, each in self._stations.items() if each.registered}

    def listening(self) -> list[Station]:
        """Return registered stations that are online, in the order of their registration."""
        return [one for one in self._stations.values() if one.registered and one.online]

    def listening_near(
        self, latitude: float, longitude: float, radius_km: float, most: int
    ) -> list[Station]:
        """Return registered stations that are online, nearest first, within a radius."""
        if self._listening is None:
            self._listening = self.listening()
            self._units = _units(
                np.array([station.latitude for station in self._listening]),
                np.array([station.longitude for station in self._listening]),
            )
        if not self._listening or not most:
            return []
        cosine = self._units @ _units(latitude, longitude)
        near = np.flatnonzero(cosine >= cos(min(radius_km / EARTH_RADIUS_KM, pi)))
        if len(near) > most:
            least = np.partition(cosine[near], -most)[-most]
            near = near[cosine[near] >= least]
        order = np.argsort(-cosine[near], kind="stable")[:most]
        return [self._listening[index] for index in near[order].tolist()]


def _units(latitude: ArrayLike, longitude: ArrayLike) -> Floats:
    """Return unit vectors of points given in degrees, shape (..., 3)."""
    phi, lam = np.radians(latitude), np.radians(longitude)
    return np.stack([np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)], axis=-1)
