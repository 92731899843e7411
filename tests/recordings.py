"""Recordings in the OpenEEW layout, made for a test: a point source in a half-space."""

import json
import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tests.edge.streams import burst, noise

ORIGIN_S = 1_600_000_020.0
RATE_HZ = 31.25
_VP_KM_S, _VS_KM_S = 6.0, 3.4
_PACKET = 32
_KM_A_DEGREE = 111.19


@dataclass(frozen=True)
class Site:
    """A station of a made recording."""

    name: str
    latitude: float
    longitude: float


@dataclass(frozen=True)
class Shock:
    """A source: where, when, and how strong (m/s2 of S at 10 km)."""

    latitude: float
    longitude: float
    depth_km: float = 10.0
    origin_s: float = ORIGIN_S
    strength_m_s2: float = 1.0


SITES = (
    *(
        Site(
            f"{i:03d}",
            16.5 + 0.25 * math.cos(i * math.tau / 6),
            -98.4 + 0.3 * math.sin(i * math.tau / 6),
        )
        for i in range(6)
    ),
    Site("006", 16.5, -98.4),
)
SHOCK = Shock(16.45, -98.3)


def write_event(
    root: Path, shocks: Iterable[Shock] = (SHOCK,), seconds: float = 80.0, lead_s: float = 40.0
) -> Path:
    """Write an event folder of all sites and the device list beside it; returns the folder.

    The data begin `lead_s` before ORIGIN_S.
    """
    event = root / "made"
    for number, site in enumerate(SITES):
        folder = event / site.name
        folder.mkdir(parents=True)
        trace = noise(seconds, RATE_HZ, seed=number)
        for shock in shocks:
            trace = _shaken(trace, site, shock, lead_s)
        (folder / "00.jsonl").write_text("\n".join(_lines(trace, site.name, lead_s)) + "\n")
    (root / "devices").mkdir(exist_ok=True)
    devices = [
        {"device_id": s.name, "latitude": s.latitude, "longitude": s.longitude} for s in SITES
    ]
    (root / "devices" / "device_locations.json").write_text(json.dumps(devices))
    return event


def _shaken(trace: np.ndarray, site: Site, shock: Shock, lead_s: float) -> np.ndarray:
    north_km = (site.latitude - shock.latitude) * _KM_A_DEGREE
    east_km = (
        (site.longitude - shock.longitude) * _KM_A_DEGREE * math.cos(math.radians(site.latitude))
    )
    distance_km = math.hypot(north_km, east_km, shock.depth_km)
    peak = shock.strength_m_s2 * 10 / distance_km
    begin_s = shock.origin_s - ORIGIN_S + lead_s
    shaken = burst(trace, begin_s + distance_km / _VP_KM_S, peak / 5, 4.0, RATE_HZ)
    return burst(shaken, begin_s + distance_km / _VS_KM_S, peak, 5.0, RATE_HZ)


def _lines(trace: np.ndarray, name: str, lead_s: float) -> Iterable[str]:
    gal = np.round(trace * 100, 3)
    for begin in range(0, len(trace) - _PACKET + 1, _PACKET):
        part = gal[begin : begin + _PACKET]
        last_s = ORIGIN_S - lead_s + (begin + _PACKET - 1) / RATE_HZ
        yield json.dumps(
            {
                "device_id": name,
                "x": part[:, 0].tolist(),
                "y": part[:, 1].tolist(),
                "z": part[:, 2].tolist(),
                "device_t": round(last_s, 3),
                "cloud_t": round(last_s + 0.15, 3),
                "sr": 31.25,
            }
        )
