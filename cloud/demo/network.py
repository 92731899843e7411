"""The made-up network of the demonstration: nine stations on a coast, and an earthquake."""

import math
from pathlib import Path

import numpy as np

from edge.archive.config import ArchiveConfig
from edge.config import ReplaySection, StationConfig, StationSection
from edge.mqtt import MqttConfig
from edge.sources import SyntheticConfig, SyntheticEarthquake
from edge.timestamps import seconds_to_ns

NETWORK = "XX"
_CENTRE = (17.25, -99.75)
"""Degrees north and east: the coast of Guerrero, where a network like this one stands."""
_ROWS = 3
STATIONS = _ROWS * _ROWS
_SPACING_KM = 30.0
_SCATTER_KM = 6.0
_KM_PER_DEGREE = 111.2
_SEED = 20
_EPICENTRE_KM = (-12.0, 9.0)
"""North and east of the centre."""
_DEPTH_KM = 18.0
_MAGNITUDE = 5.2

DEMO_ARCHIVE = ArchiveConfig(enabled=True, max_bytes=50_000_000, keep_free_bytes=0)
"""What a station of the demonstration keeps, so that it can be asked for waveforms."""
QUAKE_AFTER_S = 25.0
"""Data seconds from the start to the origin: time for the noise levels to settle."""
_REPEAT_S = 300.0


def demo_stations(
    mqtt: MqttConfig, replay: ReplaySection, start_ns: int, folder: Path
) -> list[StationConfig]:
    """Return the stations; the same ones every time but for the moment of the start.

    Args:
        mqtt: The broker.
        replay: The pace.
        start_ns: Data time of the first samples.
        folder: Where each station gets a folder of its own.
    """
    chance = np.random.default_rng(_SEED)
    latitude, longitude = _place(*_EPICENTRE_KM)
    quake = SyntheticEarthquake(
        origin_time=start_ns + seconds_to_ns(QUAKE_AFTER_S),
        latitude=latitude,
        longitude=longitude,
        depth_km=_DEPTH_KM,
        magnitude=_MAGNITUDE,
    )
    configs = []
    for number in range(STATIONS):
        row, column = divmod(number, _ROWS)
        north_km, east_km = _SPACING_KM * (np.array([row, column]) - (_ROWS - 1) / 2)
        north_km, east_km = (north_km, east_km) + _SCATTER_KM * chance.uniform(-1, 1, 2)
        latitude, longitude = _place(float(north_km), float(east_km))
        name = f"D{number + 1:02d}"
        source = SyntheticConfig(
            type="synthetic",
            latitude=latitude,
            longitude=longitude,
            seed=_SEED + number,
            rate_error_ppm=round(float(chance.normal(0, 3_000))),
            clock_offset_s=round(float(chance.normal(0, 0.005)), 4),
            start=start_ns,
            earthquakes=(quake,),
            repeat_every_s=_REPEAT_S,
        )
        place = StationSection(
            network=NETWORK, station=name, latitude=latitude, longitude=longitude
        )
        configs.append(
            StationConfig(
                station=place,
                source=source,
                archive=DEMO_ARCHIVE,
                mqtt=mqtt,
                replay=replay,
                state_dir=folder / name,
            )
        )
    return configs


def _place(north_km: float, east_km: float) -> tuple[float, float]:
    latitude = _CENTRE[0] + north_km / _KM_PER_DEGREE
    longitude = _CENTRE[1] + east_km / _KM_PER_DEGREE / math.cos(math.radians(_CENTRE[0]))
    return round(latitude, 4), round(longitude, 4)
