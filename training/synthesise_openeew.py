"""Made earthquakes as OpenEEW event folders: `train`, `score` and the replays take them as real.

A folder `openeew_mx/` with one folder an event and one a station in it, lists of picks, and the
coordinates of the stations. The dates of the events deal them to training, validation and test.
"""

import csv
import gzip
import json
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import numpy as np

from edge.packet import Samples
from edge.sensor import load_sensor_profile
from training.errors import DataError
from training.synthesise import (
    Shock,
    SynthesisConfig,
    Travel,
    draw_shock,
    ground_motion,
    made_network,
    through_station,
    travel,
)

_DATES: Final = (
    (2017, 12, 15), (2018, 1, 29), (2019, 3, 9), (2018, 2, 16), (2018, 8, 22), (2020, 1, 30),
)  # fmt: skip
"""Days that the split by event deals to training, validation and test in turn."""
_LATER_DAYS: Final = 28
_MONTHS: Final = (3, 4, 5, 6, 7, 9, 10, 11, 12)
_TEST_EVERY: Final = 6
_HOUR: Final = 6
_ORIGIN_S: Final = (100.0, 200.0)
"""Noise before the origin is between these, seconds."""
_RECORD_S: Final = 300.0
_STRONG_ENOUGH: Final = 3.0
"""Peak of the P over the rms of the noise from which on an automatic picker would have found it."""
_GAL: Final = 100.0


def synthesise_openeew(config: SynthesisConfig, folder: Path) -> int:
    """Write event folders, lists of picks and of devices; returns the number of records.

    The rate is that of the sensor profile; windows and their length do not apply.

    Raises:
        DataError: The folder holds such a set already, or more events are asked for than there
            are days for.
    """
    place = folder / "openeew_mx"
    if place.exists():
        raise DataError(place, "exists; name another folder")
    days = _days(config.events, folder)
    rng = np.random.default_rng(config.seed)
    stations = made_network(config.stations, rng)
    rate_hz = load_sensor_profile(config.sensor).rate_hz
    count = round(_RECORD_S * rate_hz)
    rows: list[dict[str, object]] = []
    for day in days:
        shock = draw_shock(config, rng)
        event = "_".join(str(part) for part in day)
        begin_s = datetime(*day, _HOUR, tzinfo=UTC).timestamp()
        origin_s = float(rng.uniform(*_ORIGIN_S))
        for number, coordinates in enumerate(stations):
            path, device = travel(shock, coordinates), f"{number:03d}"
            motion = ground_motion(shock, path, origin_s, rate_hz, count, rng)
            samples = through_station(config, motion, rate_hz, rng)
            _write_packets(place / event / device, device, samples, begin_s, rate_hz)
            p = round((origin_s + path.p_s) * rate_hz)
            found = _stands_clear(samples, p, rate_hz)
            row = _row(shock, path, begin_s + origin_s, found=found)
            rows.append({"event": event, "station": device} | row | _peaks_gal(samples, p))
    _write_lists(place, rows)
    _write_devices(place / "devices", stations)
    return len(rows)


def _days(events: int, folder: Path) -> list[tuple[int, int, int]]:
    """Return a day for each event; beyond the first, one of six is for the test."""
    later = [
        (2019 if number % _TEST_EVERY == 0 else 2018, month, day)
        for number, (month, day) in enumerate(
            (month, day) for month in _MONTHS for day in range(1, _LATER_DAYS + 1)
        )
    ]
    days = [*_DATES, *(day for day in later if day not in _DATES)]
    if events > len(days):
        raise DataError(folder, f"{events} events asked for; there are days for {len(days)}")
    return days[:events]


def _stands_clear(samples: Samples, p: int, rate_hz: float) -> bool:
    """Tell whether P is above the noise; if not, it has no pick, as in a real list."""
    noise = float(samples[: p - round(rate_hz), 0].std())
    peak = float(np.abs(samples[p : p + round(3 * rate_hz), 0]).max())
    return peak > _STRONG_ENOUGH * noise


def _row(shock: Shock, path: Travel, origin_s: float, *, found: bool) -> dict[str, object]:
    return {
        "origin_epoch": round(origin_s, 3),
        "ev_lat": shock.latitude,
        "ev_lon": shock.longitude,
        "mag": shock.magnitude,
        "dist_km": round(path.distance_km, 1),
        "pred_p_s": round(path.p_s, 2),
        "auto_p_epoch": round(origin_s + path.p_s, 3) if found else "",
        "auto_s_epoch": round(origin_s + path.s_s, 3) if found else "",
        "quality": "A" if found else "none",
    }


def _peaks_gal(samples: Samples, p: int) -> dict[str, object]:
    """Return the peaks after the P by the device's axes: x is vertical, y north, z east."""
    peaks = np.abs(samples[p:].astype(np.float64) - samples[:p].mean(axis=0)).max(axis=0) * _GAL
    return {f"pg{axis}_gal": round(float(peak), 3) for axis, peak in zip("xyz", peaks, strict=True)}


def _write_packets(
    folder: Path, device: str, samples: Samples, begin_s: float, rate_hz: float
) -> None:
    """Write packets of a second: gal, x is vertical, the time is that of the last sample."""
    folder.mkdir(parents=True)
    size = round(rate_hz)
    with gzip.open(folder / "00.jsonl.gz", "wt", encoding="ascii") as file:
        for first in range(0, len(samples) - size + 1, size):
            piece = (samples[first : first + size].astype(np.float64) * _GAL).round(3)
            last_s = begin_s + (first + size - 1) / rate_hz
            packet = {
                "device_id": device,
                "x": piece[:, 0].tolist(),
                "y": piece[:, 1].tolist(),
                "z": piece[:, 2].tolist(),
                "device_t": round(last_s, 3),
                "cloud_t": round(last_s + 0.1, 3),
                "sr": rate_hz,
            }
            file.write(json.dumps(packet) + "\n")


def _write_lists(place: Path, rows: list[dict[str, object]]) -> None:
    s_columns = ("event", "station", "auto_s_epoch")
    p_columns = [name for name in rows[0] if name != "auto_s_epoch"]
    _write_table(place / "openeew_ppicks_auto.csv", p_columns, rows)
    found = [row for row in rows if row["quality"] == "A"]
    _write_table(place / "openeew_spicks_auto.csv", s_columns, found)


def _write_table(path: Path, columns: Iterable[str], rows: list[dict[str, object]]) -> None:
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(columns), extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)


def _write_devices(folder: Path, stations: list[tuple[float, float]]) -> None:
    folder.mkdir()
    devices = [
        {"device_id": f"{number:03d}", "latitude": latitude, "longitude": longitude}
        for number, (latitude, longitude) in enumerate(stations)
    ]
    (folder / "device_locations.json").write_text(json.dumps(devices, indent=1) + "\n")
