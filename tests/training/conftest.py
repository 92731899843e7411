"""A tiny stand-in for the recordings: three OpenEEW events of two stations, written on the spot."""

import csv
import gzip
import json
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from edge.sources.synthetic_waveform import Arrivals, synthesise

RATE_HZ = 31.25
NOISE_M_S2 = 5e-4
SECONDS = 200
ORIGIN_S = 90
EVENTS = {"2017_12_15": 5.0, "2018_1_29": 5.2, "2019_3_9": 5.1}
STATIONS = {"000": 30.0, "001": 60.0}


def _write_station(folder: Path, name: str, trace_gal: np.ndarray, begin_s: float) -> None:
    folder.mkdir(parents=True)
    lines = []
    for second in range(SECONDS):
        first, last = round(second * RATE_HZ), round((second + 1) * RATE_HZ)
        piece = trace_gal[first:last]
        packet = {
            "device_id": name,
            **{axis: piece[:, i].round(3).tolist() for i, axis in enumerate("xyz")},
            "device_t": begin_s + (last - 1) / RATE_HZ,
            "cloud_t": begin_s + (last - 1) / RATE_HZ + 0.1,
            "sr": RATE_HZ,
        }
        lines.append(json.dumps(packet))
    with gzip.open(folder / "00.jsonl.gz", "wt") as file:
        file.write("\n".join(lines) + "\n")


def _write_table(path: Path, rows: list[dict[str, object]]) -> None:
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


@pytest.fixture(scope="session")
def tiny_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a data folder in the layout of the recordings."""
    data = tmp_path_factory.mktemp("recordings")
    place = data / "openeew_mx"
    rng = np.random.default_rng(3)
    p_rows: list[dict[str, object]] = []
    s_rows: list[dict[str, object]] = []
    for event, magnitude in EVENTS.items():
        year, month, day = (int(part) for part in event.split("_"))
        begin_s = datetime(year, month, day, tzinfo=UTC).timestamp()
        origin_s = begin_s + ORIGIN_S
        for station, distance_km in STATIONS.items():
            p_s, s_s = distance_km / 6.2, distance_km / 3.6
            count = round(SECONDS * RATE_HZ)
            arrivals = Arrivals(ORIGIN_S + p_s, ORIGIN_S + s_s)
            trace = synthesise(magnitude, distance_km, arrivals, RATE_HZ, count, rng)
            trace = trace + NOISE_M_S2 * rng.standard_normal((count, 3))
            _write_station(place / event / station, station, trace * 100, begin_s)
            common = {"event": event, "station": station}
            peaks = np.abs(trace * 100).max(axis=0)
            p_rows.append(
                common
                | {"origin_epoch": origin_s, "mag": magnitude, "dist_km": distance_km}
                | {"pred_p_s": p_s, "auto_p_epoch": origin_s + p_s, "quality": "A"}
                | {f"pg{axis}_gal": peak for axis, peak in zip("xyz", peaks, strict=True)}
            )
            s_rows.append(common | {"auto_s_epoch": origin_s + s_s})
    _write_table(place / "openeew_ppicks_auto.csv", p_rows)
    _write_table(place / "openeew_spicks_auto.csv", s_rows)
    return data
