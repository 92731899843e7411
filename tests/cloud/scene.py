"""A realistic network to show: sixteen stations in Mexico and one M5.1 off their coast."""

import math
from dataclasses import dataclass
from typing import Any

from cloud.board import Board
from edge.messages import (
    Arrival,
    ClockSource,
    ClockState,
    DetectorReport,
    Event,
    EventStatus,
    Health,
    MagnitudeEstimate,
    ModelIdentity,
    NoiseLevel,
    Phase,
    State,
    StationShaking,
    Trigger,
    TriggerStatus,
)
from edge.timestamps import parse_time, seconds_to_ns

ORIGIN_NS = parse_time("2026-03-14T06:51:33.250000Z")
EPICENTRE = (16.52, -98.83)
DEPTH_KM = 24.0
P_KM_S, S_KM_S = 6.3, 3.6

STATIONS = {
    "001": (16.27, -98.05),
    "002": (16.61, -98.74),
    "003": (16.78, -99.13),
    "004": (16.86, -99.88),
    "005": (17.27, -100.24),
    "006": (17.21, -100.43),
    "007": (17.55, -101.26),
    "008": (17.98, -101.79),
    "009": (17.55, -99.50),
    "010": (17.53, -98.57),
    "011": (18.35, -99.54),
    "012": (16.35, -97.20),
    "013": (15.86, -97.07),
    "014": (17.07, -96.72),
    "015": (19.41, -99.17),
    "016": (19.04, -98.21),
}
OFFLINE, DEGRADED = "008", "012"


def distance_km(latitude: float, longitude: float) -> float:
    """Return the distance to the epicentre, flat-Earth, km."""
    north = (latitude - EPICENTRE[0]) * 111.2
    east = (longitude - EPICENTRE[1]) * 111.2 * math.cos(math.radians(EPICENTRE[0]))
    return math.hypot(north, east)


def arrival_ns(code: str, speed_km_s: float) -> int:
    """Return when a wave reaches a station."""
    path_km = math.hypot(distance_km(*STATIONS[code]), DEPTH_KM)
    return ORIGIN_NS + seconds_to_ns(path_km / speed_km_s)


def state(code: str, *, online: bool = True, **changes: object) -> State:
    """Return a station's birth certificate."""
    latitude, longitude = STATIONS[code]
    fields: dict[str, Any] = {
        "agent_version": "0.1.0",
        "sensor": "ADXL355",
        "sampling_rate_hz": 31.25,
        "channels": ("HNZ", "HNN", "HNE"),
        "latitude": latitude,
        "longitude": longitude,
        "models": (
            ModelIdentity(name="tremor_stream", version="1", scheme="int8", sha256="ab" * 32),
        ),
        "clock": ClockState(source=ClockSource.NTP, error_s=0.004),
    }
    fields.update(changes)
    return State(online=online, network="MX", station=code, **fields)


def health(code: str, time_ns: int, **changes: object) -> Health:
    """Return a health report."""
    number = int(code)
    error_s = 1.8 if code == DEGRADED else 0.002 + 0.0004 * number
    fields: dict[str, Any] = {
        "clock": ClockState(source=ClockSource.NTP, error_s=error_s),
        "sampling_rate_hz": 31.25 + 0.013 * (number % 5),
        "latency_s": 0.9 + 0.07 * (number % 7),
        "noise": (
            NoiseLevel(channel="HNZ", rms_m_s2=0.00062 + 0.00002 * number),
            NoiseLevel(channel="HNN", rms_m_s2=0.00045),
        ),
        "packets": 8_400 + number,
        "packets_dropped": number % 3,
        "gaps": 3 if code == DEGRADED else number % 2,
        "outbox_depth": 0,
        "triggers": 4,
        "temperature_c": 31.5,
        "model": "tremor_stream 1",
    }
    fields.update(changes)
    return Health(network="MX", station=code, time=time_ns, **fields)


def trigger(code: str, phase: Phase = Phase.P, **changes: object) -> Trigger:
    """Return the trigger of the scene's earthquake at one station."""
    latitude, longitude = STATIONS[code]
    onset = arrival_ns(code, P_KM_S if phase is Phase.P else S_KM_S)
    distance = max(8.0, distance_km(latitude, longitude))
    pga = 0.9 * (30 / distance) ** 1.6 * (1 if phase is Phase.S else 0.3)
    fields: dict[str, Any] = {
        "id": f"MX.{code}.{onset}",
        "revision": 1,
        "status": TriggerStatus.UPDATE,
        "channels": ("HNZ", "HNN", "HNE"),
        "latitude": latitude,
        "longitude": longitude,
        "onset": onset,
        "onset_uncertainty_s": 0.15,
        "phase": phase,
        "detectors": (
            DetectorReport(
                name="sta_lta", version="1", score=7.4 + int(code), threshold=4, fired=True
            ),
            DetectorReport(
                name="tremor_stream",
                version="1",
                scheme="int8",
                score=0.97 - 0.01 * int(code),
                threshold=0.5,
                fired=True,
            ),
        ),
        "window_s": 3.0,
        "pga_m_s2": pga,
        "clock": ClockState(source=ClockSource.NTP, error_s=0.004),
        "sent": onset + seconds_to_ns(1),
    }
    fields.update(changes)
    return Trigger(network="MX", station=code, **fields)


def event(codes: tuple[str, ...] = ("002", "003", "001", "010"), **changes: object) -> Event:
    """Return the scene's earthquake as located with some stations."""
    fields: dict[str, Any] = {
        "id": "20260314T065133-1652N09883W",
        "revision": 2,
        "status": EventStatus.DECLARED,
        "origin_time": ORIGIN_NS,
        "latitude": EPICENTRE[0],
        "longitude": EPICENTRE[1],
        "depth_km": DEPTH_KM,
        "horizontal_uncertainty_km": 6.5,
        "magnitude": 5.1,
        "magnitude_type": "Mpd",
        "magnitude_uncertainty": 0.3,
        "magnitudes": (
            MagnitudeEstimate(type="Mpd", value=5.1, uncertainty=0.3, stations=len(codes)),
        ),
        "shaking": (
            StationShaking(station=f"MX.{codes[0]}", distance_km=14.0, pga_m_s2=0.34, mmi=5.0),
        ),
        "stations": tuple(f"MX.{code}" for code in codes),
        "arrivals": tuple(
            Arrival(
                station=f"MX.{code}",
                trigger=f"MX.{code}.{arrival_ns(code, P_KM_S)}",
                phase=Phase.P,
                time=arrival_ns(code, P_KM_S),
                residual_s=0.1,
                weight=1.0,
                distance_km=distance_km(*STATIONS[code]),
            )
            for code in codes
        ),
        "first_published": ORIGIN_NS + seconds_to_ns(12),
        "published": ORIGIN_NS + seconds_to_ns(14),
    }
    fields.update(changes)
    return Event(**fields)


@dataclass
class Scene:
    """The data clock of a test, and what the network says as it turns."""

    now_ns: int = ORIGIN_NS - seconds_to_ns(30)

    def clock(self) -> int:
        """Return the data clock."""
        return self.now_ns

    def fill(self, board: Board) -> None:
        """Let all stations introduce themselves; one is offline, one has a bad clock."""
        for code in STATIONS:
            board.on_state(state(code, online=code != OFFLINE), self.now_ns)
            board.on_health(health(code, self.now_ns), self.now_ns)

    def shake(self, board: Board, seconds: float) -> None:
        """Let the earthquake run for some seconds: triggers as the waves pass, then the event."""
        self.now_ns = ORIGIN_NS + seconds_to_ns(seconds)
        for code in STATIONS:
            if code != OFFLINE:
                board.on_health(health(code, self.now_ns), self.now_ns)
        for speed_km_s, phase in ((P_KM_S, Phase.P), (S_KM_S, Phase.S)):
            reached = [
                code
                for code in sorted(STATIONS, key=lambda code: arrival_ns(code, speed_km_s))
                if arrival_ns(code, speed_km_s) <= self.now_ns and code != OFFLINE
            ]
            for code in reached:
                board.on_trigger(trigger(code, phase), self.now_ns)
            if phase is Phase.P and len(reached) >= 4:
                board.on_event(event(tuple(reached)), self.now_ns)
