"""Labelled data sets from the station's own generator, for those who have no recordings yet.

Earthquakes of random size and place under a made network of stations, through the noise and the
converter of a sensor profile, as a data set of windows (`training.data.store`).
`training.synthesise_openeew` writes the same earthquakes as event folders.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from edge.geodesy import great_circle_km
from edge.packet import Samples
from edge.sensor import load_sensor_profile
from edge.sources.synthetic_waveform import DEFAULT_MOTION, Arrivals, synthesise
from training.data.example import Example
from training.data.recording import Description, Recording
from training.data.sensor_faults import through_sensor
from training.data.split import hashed_part
from training.data.store import StoreWriter

CENTRE: Final = (16.5, -98.4)
"""Latitude and longitude of the middle of the made network."""
_NETWORK_KM, _SOURCES_KM = 60.0, 90.0
_DEPTHS_KM: Final = (5.0, 35.0)
_DEGREE_KM: Final = 111.19
_BEFORE_P_S, _AFTER_P_S = 1.0, 5.0
"""Least of a window before and after its P, seconds."""


class SynthesisConfig(BaseModel):
    """How many earthquakes, stations and windows, and through which sensor."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    events: int = Field(default=30, gt=0, title="Events", description="Earthquakes")
    stations: int = Field(default=6, gt=0, title="Stations", description="Stations of each event")
    noise_share: float = Field(
        default=0.3,
        ge=0,
        lt=1,
        title="Noise",
        description="Share of the windows of a data set that hold no earthquake",
    )
    length_s: float = Field(
        default=60.0, gt=10, title="Length", description="Window of a data set, seconds"
    )
    rate_hz: float = Field(
        default=100.0, gt=0, title="Rate", description="Sampling rate of a data set, hertz"
    )
    sensor: str = Field(
        default="openeew", title="Sensor", description="Sensor profile: a name or a .toml file"
    )
    least_magnitude: float = Field(default=3.5, title="Least", description="Smallest magnitude")
    most_magnitude: float = Field(default=6.5, title="Most", description="Largest magnitude")
    seed: int = Field(default=1, ge=0, title="Seed", description="Start of every random draw")


@dataclass(frozen=True, slots=True)
class Shock:
    """One earthquake."""

    magnitude: float
    latitude: float
    longitude: float
    depth_km: float


@dataclass(frozen=True, slots=True)
class Travel:
    """From one earthquake to one station."""

    distance_km: float
    """Hypocentral."""
    p_s: float
    s_s: float
    """Travel times, seconds after the origin."""


def synthesise_store(config: SynthesisConfig, folder: Path) -> int:
    """Write a data set of windows; returns how many.

    Raises:
        DataError: The folder holds something already.
    """
    with StoreWriter(folder) as writer:
        for recording in synthesise_windows(config):
            writer.append(recording)
        return len(writer)


def synthesise_windows(config: SynthesisConfig) -> Iterator[Recording]:
    """Yield each event at every station, with P anywhere in the window, and windows of noise."""
    rng = np.random.default_rng(config.seed)
    stations = made_network(config.stations, rng)
    for number in range(config.events):
        shock = draw_shock(config, rng)
        for station, place in enumerate(stations):
            name = (f"synthetic-{config.seed}-{number}", station)
            yield _event_window(config, name, shock, travel(shock, place), rng)
    share = config.noise_share / (1 - config.noise_share)
    count = round(config.length_s * config.rate_hz)
    for number in range(round(config.events * config.stations * share)):
        name = (f"synthetic-{config.seed}-noise-{number}", number % config.stations)
        samples = through_station(config, np.zeros((count, 3), np.float32), config.rate_hz, rng)
        yield Recording(_describe(config, name), samples)


def made_network(stations: int, rng: np.random.Generator) -> list[tuple[float, float]]:
    """Return latitudes and longitudes of stations, spread evenly over a disc."""
    return [_place(_NETWORK_KM, rng) for _ in range(stations)]


def draw_shock(config: SynthesisConfig, rng: np.random.Generator) -> Shock:
    """Return an earthquake under or near the network."""
    latitude, longitude = _place(_SOURCES_KM, rng)
    magnitude = round(float(rng.uniform(config.least_magnitude, config.most_magnitude)), 1)
    return Shock(magnitude, latitude, longitude, float(rng.uniform(*_DEPTHS_KM)))


def travel(shock: Shock, station: tuple[float, float]) -> Travel:
    """Return distance and travel times through a half-space."""
    epicentral_km = great_circle_km((shock.latitude, shock.longitude), station)
    distance_km = math.hypot(epicentral_km, shock.depth_km)
    p_s = distance_km / DEFAULT_MOTION.vp_km_s
    return Travel(distance_km, p_s, distance_km / DEFAULT_MOTION.vs_km_s)


def ground_motion(
    shock: Shock,
    path: Travel,
    origin_s: float,
    rate_hz: float,
    count: int,
    rng: np.random.Generator,
) -> Samples:
    """Return the ground's acceleration at a station, (count, 3); the origin is at `origin_s`."""
    arrivals = Arrivals(origin_s + path.p_s, origin_s + path.s_s)
    return synthesise(shock.magnitude, path.distance_km, arrivals, rate_hz, count, rng)


def through_station(
    config: SynthesisConfig, motion: Samples, rate_hz: float, rng: np.random.Generator
) -> Samples:
    """Return what the configured sensor writes down of a motion, m/s2."""
    profile = load_sensor_profile(config.sensor)
    return through_sensor(Example(motion, rate_hz), profile, rng).samples


def _event_window(
    config: SynthesisConfig,
    name: tuple[str, int],
    shock: Shock,
    path: Travel,
    rng: np.random.Generator,
) -> Recording:
    p_s = rng.uniform(_BEFORE_P_S, config.length_s - _AFTER_P_S)
    s_s = p_s + path.s_s - path.p_s
    count = round(config.length_s * config.rate_hz)
    motion = ground_motion(shock, path, p_s - path.p_s, config.rate_hz, count, rng)
    about = replace(
        _describe(config, name),
        category="earthquake",
        picks="made",
        p_index=p_s * config.rate_hz,
        s_index=s_s * config.rate_hz if s_s * config.rate_hz < count else None,
        magnitude=shock.magnitude,
        distance_km=path.distance_km,
    )
    return Recording(about, through_station(config, motion, config.rate_hz, rng))


def _describe(config: SynthesisConfig, name: tuple[str, int]) -> Description:
    event, station = name
    return Description(
        source="synthetic",
        name=f"{event}/S{station:03d}",
        event=event,
        station=f"XX.S{station:03d}",
        part=hashed_part(event),
        rate_hz=config.rate_hz,
        unit="m/s2",
        quantity="acceleration",
        category="noise",
    )


def _place(radius_km: float, rng: np.random.Generator) -> tuple[float, float]:
    """Return a place within a distance of the centre, each area as likely."""
    distance = radius_km * math.sqrt(rng.uniform()) / _DEGREE_KM
    azimuth = rng.uniform(0, 2 * math.pi)
    latitude = CENTRE[0] + distance * math.cos(azimuth)
    longitude = CENTRE[1] + distance * math.sin(azimuth) / math.cos(math.radians(CENTRE[0]))
    return round(latitude, 3), round(longitude, 3)
