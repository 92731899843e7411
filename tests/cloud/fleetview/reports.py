"""Health reports of a made-up station."""

from typing import Any

from edge.messages import ClockSource, ClockState, Health, NoiseLevel
from edge.timestamps import parse_time

NOW_NS = parse_time("2026-03-14T00:00:00Z")
SECOND = 1_000_000_000
HOUR = 3_600 * SECOND
DAY = 24 * HOUR


def report(time_ns: int = NOW_NS, station: str = "A", **changes: object) -> Health:
    """Return a health report of a station that is well."""
    fields: dict[str, Any] = {
        "clock": ClockState(source=ClockSource.NTP, offset_s=0.1, error_s=0.004),
        "sampling_rate_hz": 31.25,
        "latency_s": 1.25,
        "noise": (
            NoiseLevel(channel="HNZ", rms_m_s2=0.0005),
            NoiseLevel(channel="HNN", rms_m_s2=0.00075),
        ),
        "packets": 10,
        "packets_dropped": 0,
        "gaps": 0,
        "outbox_depth": 2,
        "triggers": 4,
        "cpu_s": 5.0,
        "temperature_c": 31.5,
        "disk_free_bytes": 16_000_000_000,
    }
    return Health(network="XX", station=station, time=time_ns, **(fields | changes))
