"""What the history of the stations' health costs: room, and processor time to write and to thin.

    python benchmarks/fleet_history.py

Ours is `cloud.store.history`: float32 numbers in a row, spans of them later. The floor is the same
reports as JSON, a row each, as a message log keeps them, in the same SQLite. Each of five rounds
writes both, in turn, into fresh files. Then more than a year of a station is played at speed with
the default `[retention]` until the oldest hours go, and the largest file it made is told: a report
every ten minutes, since spans take the same room, and every ten seconds in the last days.
"""

import json
import os
import platform
import sqlite3
import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from cloud.fleetview.retention import RetentionConfig
from cloud.fleetview.vitals import QUANTITIES, SUMMED, vitals
from cloud.store import Store
from cloud.store.history import HealthHistory, Report
from edge.messages import ClockSource, ClockState, Health, NoiseLevel
from edge.timestamps import parse_time

SECOND = 1_000_000_000
DAY = 86_400 * SECOND
START_NS = parse_time("2026-03-14T00:00:00Z")
ROUNDS, STATIONS, MINUTES = 5, 100, 20
DAYS, FULL_DAYS = 404, 3
"""Hours are kept for 400 days."""


def health(station: int, number: int) -> Health:
    """Return a report."""
    channels = ("HNZ", "HNN", "HNE")
    return Health(
        network="XX",
        station=f"S{station:04}",
        time=START_NS + number * 10 * SECOND,
        clock=ClockState(source=ClockSource.NTP, error_s=0.004, keeper="chrony"),
        sampling_rate_hz=31.25,
        latency_s=1.0 + (number % 7) / 10,
        noise=tuple(
            NoiseLevel(channel=one, rms_m_s2=0.0005 + number % 5 / 1e5) for one in channels
        ),
        packets=number * 10,
        packets_dropped=0,
        gaps=0,
        outbox_depth=0,
        triggers=number // 100,
        temperature_c=31.5,
        disk_free_bytes=16_000_000_000,
        cpu_s=number * 0.3,
        model="tremor_stream 1",
    )


def ours(folder: Path, reports: list[list[Health]]) -> tuple[float, float]:
    """Return CPU microseconds and bytes a report."""
    store = Store(folder / "ours.sqlite")
    history = HealthHistory(store.engine, SUMMED)
    empty = _size(folder / "ours.sqlite", store)
    begun = time.process_time()
    before: dict[str, Health] = {}
    for batch in reports:
        rows = []
        for one in batch:
            numbers = vitals(one, one.time + SECOND, before.get(one.station))
            before[one.station] = one
            rows.append(Report("XX", one.station, one.time + SECOND, numbers))
        history.add(rows)
    spent = time.process_time() - begun
    size = _size(folder / "ours.sqlite", store) - empty
    store.close()
    return spent * 1e6 / _count(reports), size / _count(reports)


def floor(folder: Path, reports: list[list[Health]]) -> tuple[float, float]:
    """Return the same for a log of JSON."""
    path = folder / "floor.sqlite"
    database = sqlite3.connect(path)
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("PRAGMA synchronous=FULL")
    database.execute(
        "CREATE TABLE health (station TEXT, time INTEGER, message TEXT, PRIMARY KEY (station, time))"
    )
    begun = time.process_time()
    for batch in reports:
        rows = [(one.station, one.time, one.model_dump_json()) for one in batch]
        with database:
            database.executemany("INSERT INTO health VALUES (?, ?, ?)", rows)
    spent = time.process_time() - begun
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    return spent * 1e6 / _count(reports), path.stat().st_size / _count(reports)


def a_year(folder: Path) -> tuple[float, float]:
    """Return the largest file of a station's year, bytes, and CPU seconds a day of thinning."""
    store = Store(folder / "year.sqlite")
    history = HealthHistory(store.engine, SUMMED)
    policy = RetentionConfig()
    numbers = np.linspace(0.1, 5.0, len(QUANTITIES), dtype=np.float32)
    empty, largest, spent = _size(folder / "year.sqlite", store), 0.0, 0.0
    for day in range(DAYS):
        full = day >= DAYS - FULL_DAYS
        start_ns, every_s = START_NS + day * DAY, 10 if full else 600
        history.add(
            [
                Report("XX", "A", start_ns + at_s * SECOND, numbers)
                for at_s in range(0, 86_400, every_s)
            ]
        )
        begun = time.process_time()
        kept_ns = int(policy.health_hours * 3_600) * SECOND
        while history.thin("XX", "A", kept_ns, policy.levels, start_ns + DAY):
            pass
        if full:
            spent += time.process_time() - begun
            largest = max(largest, _size(folder / "year.sqlite", store) - empty)
        _progress(f"day {day}")
    store.close()
    return largest, spent / FULL_DAYS


def main() -> None:
    """Measure and print."""
    print(
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, NumPy {np.__version__}"
    )
    print(f"load {os.getloadavg()[0]:.1f}, {os.cpu_count()} processors")
    reports = [[health(s, n) for s in range(STATIONS)] for n in range(MINUTES * 6)]
    rounds: dict[str, list[tuple[float, float]]] = {"ours": [], "floor": []}
    for number in range(ROUNDS):
        for name, measure in (("ours", ours), ("floor", floor)):
            with tempfile.TemporaryDirectory() as folder:
                rounds[name].append(measure(Path(folder), reports))
        _progress(f"round {number + 1} of {ROUNDS}")
    with tempfile.TemporaryDirectory() as folder:
        largest, spent_s = a_year(Path(folder))
    found = {
        name: {
            "cpu_us_a_report": round(statistics.median(cpu for cpu, _ in measured), 1),
            "bytes_a_report": round(statistics.median(size for _, size in measured), 1),
        }
        for name, measured in rounds.items()
    }
    found["year"] = {
        "largest_mb_a_station": round(largest / 1e6, 2),
        "thinning_cpu_s_a_station_day": round(spent_s, 3),
    }
    print(json.dumps(found, indent=2))


def _size(path: Path, store: Store) -> float:
    with store.engine.begin() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    return path.stat().st_size


def _count(reports: list[list[Health]]) -> int:
    return sum(len(batch) for batch in reports)


def _progress(text: str) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"\r{text}   ")


if __name__ == "__main__":
    main()
