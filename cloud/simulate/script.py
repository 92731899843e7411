"""What is going to happen: stations, earthquakes, and what goes wrong; all of it from one seed."""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from cloud.geodesy import LocalPlane

NETWORK: Final = "SM"
_CENTRE: Final = (36.0, 138.0)
_SHIFT: Final = 0.3
"""Stations stand where there is a wall, not on a grid: off by so much of the spacing, one sigma."""
_QUIET_S: Final = 15.0
_TAIL_S: Final = 45.0
"""Waves of the last earthquake still have to reach the fourth station, and its event to settle."""
_LEAST_MAGNITUDE, _LARGEST_MAGNITUDE = 4.0, 7.0
_SHALLOWEST_KM, _DEEPEST_KM = 5.0, 30.0


class ScriptConfig(BaseModel):
    """How large and how hard."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    stations: int = Field(ge=4, le=20_000, title="Stations")
    minutes: float = Field(gt=0, le=1440, title="Length", description="Minutes")
    seed: int = Field(default=1, ge=0, title="Seed")
    spacing_km: float = Field(
        default=15.0, ge=1, le=200, title="Spacing", description="Between neighbours, km"
    )
    quakes_per_minute: float = Field(default=1.0, gt=0, le=60, title="Earthquakes a minute")
    false_per_hour: float = Field(
        default=2.0, ge=0, le=10_000, title="Noise", description="False triggers an hour a station"
    )
    clock_off_share: float = Field(
        default=0.05,
        ge=0,
        le=1,
        title="Wrong clocks",
        description="Share of stations without a synchronised clock, off by up to a second",
    )
    dropping_out_share: float = Field(
        default=0.03, ge=0, le=1, title="Drop-outs", description="Share of stations that vanish"
    )
    lost_share: float = Field(
        default=0.02,
        ge=0,
        le=1,
        title="Losses",
        description="Share of messages that come seconds late, as over a bad line",
    )


@dataclass(frozen=True, slots=True)
class VirtualStation:
    """A station that exists on the wire only."""

    code: str
    latitude: float
    longitude: float
    clock_offset_s: float
    """What its stamps are late by."""
    clock_error_s: float
    """What it says of its clock."""
    away_s: tuple[float, float] | None
    """From when to when it says nothing; None for a faithful one."""


@dataclass(frozen=True, slots=True)
class Quake:
    """One earthquake."""

    origin_s: float
    """Seconds since the beginning."""
    latitude: float
    longitude: float
    depth_km: float
    magnitude: float


@dataclass(frozen=True, slots=True)
class Script:
    """The whole."""

    config: ScriptConfig
    stations: tuple[VirtualStation, ...]
    quakes: tuple[Quake, ...]

    @property
    def length_s(self) -> float:
        """Seconds."""
        return self.config.minutes * 60


def write_script(config: ScriptConfig) -> Script:
    """Return what happens; the same for the same configuration."""
    random = np.random.default_rng(config.seed)
    plane = LocalPlane(*_CENTRE)
    stations = tuple(_stations(config, plane, random))
    return Script(config, stations, tuple(_quakes(config, plane, random)))


def half_width_km(config: ScriptConfig) -> float:
    """Return half the side of the square that the stations fill."""
    return math.ceil(math.sqrt(config.stations)) * config.spacing_km / 2


def _stations(
    config: ScriptConfig, plane: LocalPlane, random: np.random.Generator
) -> list[VirtualStation]:
    side = math.ceil(math.sqrt(config.stations))
    found = []
    for number in range(config.stations):
        row, column = divmod(number, side)
        shift_km = random.normal(size=2) * _SHIFT * config.spacing_km
        x_km = (column - (side - 1) / 2) * config.spacing_km + shift_km[0]
        y_km = (row - (side - 1) / 2) * config.spacing_km + shift_km[1]
        latitude, longitude = plane.to_degrees(float(x_km), float(y_km))
        found.append(_station(f"V{number:05d}", (latitude, longitude), config, random))
    return found


def _station(
    code: str, place: tuple[float, float], config: ScriptConfig, random: np.random.Generator
) -> VirtualStation:
    is_off, drops_out = random.random(2) < (config.clock_off_share, config.dropping_out_share)
    error_s = 0.5 if is_off else 0.01
    begin_s = float(random.uniform(0, config.minutes * 60))
    return VirtualStation(
        code=code,
        latitude=round(place[0], 5),
        longitude=round(place[1], 5),
        clock_offset_s=float(np.clip(random.normal() * error_s, -1, 1)),
        clock_error_s=error_s,
        away_s=(begin_s, begin_s + float(random.uniform(20, 120))) if drops_out else None,
    )


def _quakes(config: ScriptConfig, plane: LocalPlane, random: np.random.Generator) -> list[Quake]:
    """Return earthquakes in the order of their origins, magnitudes by Gutenberg and Richter."""
    length_s = config.minutes * 60
    count = max(1, round(config.quakes_per_minute * config.minutes))
    latest_s = max(_QUIET_S, length_s - _TAIL_S)
    half_km = half_width_km(config) * 0.9
    found = []
    for origin_s in sorted(random.uniform(min(_QUIET_S, latest_s), latest_s, size=count).tolist()):
        x_km, y_km = random.uniform(-half_km, half_km, size=2).tolist()
        latitude, longitude = plane.to_degrees(x_km, y_km)
        depth_km = float(random.uniform(_SHALLOWEST_KM, _DEEPEST_KM))
        found.append(Quake(origin_s, latitude, longitude, depth_km, _magnitude(random)))
    return found


def _magnitude(random: np.random.Generator) -> float:
    """Return a magnitude between the bounds, each unit ten times rarer (b = 1)."""
    rarest = 10.0 ** (_LEAST_MAGNITUDE - _LARGEST_MAGNITUDE)
    return _LEAST_MAGNITUDE - math.log10(1 - float(random.random()) * (1 - rarest))
