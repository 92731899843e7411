"""How well events of the OpenEEW recordings are detected, located and measured.

    python benchmarks/accuracy.py [--data ../shared/data/openeew_mx] [--write docs/accuracy.md]

Replays every event folder through all stations and the aggregator, on the data's clock, and
compares the result with the catalogue. Nothing is tuned here.
"""

import argparse
import csv
import io
import json
import math
import multiprocessing
import statistics
import sys
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from cloud.aggregator import Aggregator
from cloud.recordings import read_recording
from cloud.replay import replay
from edge.messages import Event, EventStatus

_EARTH_RADIUS_KM = 6371.0
_PICK_FILE = "openeew_ppicks_auto.csv"


@dataclass(frozen=True, slots=True)
class Catalogued:
    """What the catalogue and the pick file say of one event."""

    name: str
    origin_s: float
    latitude: float
    longitude: float
    magnitude: float
    p_times_s: tuple[float, ...]


def read_catalogue(folder: Path) -> list[Catalogued]:
    """Return the events of a pick file in the order of their origins."""
    rows: dict[str, list[dict[str, str]]] = defaultdict(list)
    with (folder / _PICK_FILE).open(newline="") as file:
        for row in csv.DictReader(file):
            rows[row["event"]].append(row)
    events = [
        Catalogued(
            name,
            float(found[0]["origin_epoch"]),
            float(found[0]["ev_lat"]),
            float(found[0]["ev_lon"]),
            float(found[0]["mag"]),
            tuple(sorted(float(r["auto_p_epoch"]) for r in found if r["auto_p_epoch"])),
        )
        for name, found in rows.items()
    ]
    return sorted(events, key=lambda event: event.origin_s)


def distance_km(latitude: float, longitude: float, event: Catalogued) -> float:
    """Return the great-circle distance between a place and the catalogue's epicentre."""
    a, b = math.radians(latitude), math.radians(event.latitude)
    half = math.sin((a - b) / 2) ** 2 + math.cos(a) * math.cos(b) * (
        math.sin(math.radians(longitude - event.longitude) / 2) ** 2
    )
    return 2 * _EARTH_RADIUS_KM * math.asin(math.sqrt(half))


def replay_event(arguments: tuple[Path, Catalogued, bool]) -> dict[str, object]:
    """Return the figures of one event."""
    folder, catalogued, network = arguments
    recording = read_recording(folder / catalogued.name)
    configs = list(recording.stations)
    if not network:
        off = {"model": configs[0].detection.model.model_copy(update={"enabled": False})}
        configs = [
            c.model_copy(update={"detection": c.detection.model_copy(update=off)}) for c in configs
        ]
    began = time.process_time()
    revisions = list(replay(configs, Aggregator()))
    cpu_s = time.process_time() - began
    by_id: dict[str, list[Event]] = defaultdict(list)
    for event in revisions:
        by_id[event.id].append(event)
    standing = [r for r in by_id.values() if r[-1].status is not EventStatus.RETRACTED]
    return {
        "event": catalogued.name,
        "magnitude": catalogued.magnitude,
        "p_picks": len(catalogued.p_times_s),
        "events": len(standing),
        "retracted": len(by_id) - len(standing),
        "cpu_s": cpu_s,
        **(_figures(standing[0], catalogued) if standing else {}),
    }


def _figures(revisions: list[Event], catalogued: Catalogued) -> dict[str, object]:
    first, last = revisions[0], revisions[-1]
    located = next((r for r in revisions if r.status is not EventStatus.POSSIBLE), None)
    declared = next((r for r in revisions if r.status is EventStatus.DECLARED), None)
    fourth_s = catalogued.p_times_s[3] if len(catalogued.p_times_s) > 3 else None
    first_error_km = distance_km(first.latitude, first.longitude, catalogued)
    return {
        "stations": len(last.stations),
        "error_km": distance_km(last.latitude, last.longitude, catalogued),
        "first_error_km": first_error_km,
        "depth_km": last.depth_km,
        "uncertainty_km": last.horizontal_uncertainty_km,
        "origin_error_s": last.origin_time / 1e9 - catalogued.origin_s,
        "magnitude_error": None
        if last.magnitude is None
        else last.magnitude - catalogued.magnitude,
        "first_revision_s": first.published / 1e9 - catalogued.origin_s,
        "after_fourth_p_s": None if fourth_s is None else first.published / 1e9 - fourth_s,
        "located_s": None if located is None else located.published / 1e9 - catalogued.origin_s,
        "declared_s": None if declared is None else declared.published / 1e9 - catalogued.origin_s,
        "declared_after_fourth_p_s": None
        if declared is None or fourth_s is None
        else declared.published / 1e9 - fourth_s,
        "revisions": len(revisions),
    }


_COLUMNS = (
    ("event", "event", ""),
    ("magnitude", "M", ".1f"),
    ("p_picks", "P picks", "d"),
    ("events", "events found", "d"),
    ("stations", "stations used", "d"),
    ("error_km", "epicentre error, km", ".1f"),
    ("uncertainty_km", "stated ±, km", ".0f"),
    ("origin_error_s", "origin time error, s", "+.1f"),
    ("magnitude_error", "magnitude error", "+.1f"),
    ("first_revision_s", "first revision after origin, s", ".1f"),
    ("after_fourth_p_s", "after the fourth P, s", "+.1f"),
    ("declared_s", "declared after origin, s", ".1f"),
    ("declared_after_fourth_p_s", "after the fourth P, s", "+.1f"),
)


def table(rows: list[dict[str, object]]) -> str:
    """Return the rows as a Markdown table with a line of medians below."""
    out = io.StringIO()
    out.write("| " + " | ".join(title for _, title, _ in _COLUMNS) + " |\n")
    out.write("|" + "---|" * len(_COLUMNS) + "\n")
    for row in rows:
        cells = [format(row[k], spec) if row.get(k) is not None else "-" for k, _, spec in _COLUMNS]
        out.write("| " + " | ".join(cells) + " |\n")
    return out.getvalue()


def medians(rows: list[dict[str, object]]) -> dict[str, float]:
    """Return the median of each absolute error over the events with four or more P picks."""
    counted = [r for r in rows if r["p_picks"] >= 4 and r["events"]]
    keys = ("error_km", "first_error_km", "origin_error_s", "magnitude_error", "first_revision_s")
    return {k: statistics.median(abs(r[k]) for r in counted if r.get(k) is not None) for k in keys}


def main() -> None:
    """Replay, compare, print, and write the page if asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data/openeew_mx"))
    parser.add_argument("--write", type=Path, help="Markdown page to write")
    parser.add_argument("--sta-lta-only", action="store_true")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--only", nargs="*", help="names of events")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if not options.data.is_dir():
        sys.exit(f"no recordings at {options.data}")
    events = [e for e in read_catalogue(options.data) if not options.only or e.name in options.only]
    work = [(options.data, event, not options.sta_lta_only) for event in events]
    with multiprocessing.Pool(options.jobs) as pool:
        rows = pool.map(replay_event, work, chunksize=1)
    if options.json:
        print(json.dumps(rows, indent=2))
        return
    print(table(rows))
    print("medians of absolute values, events with four or more P picks:", medians(rows))


if __name__ == "__main__":
    main()
