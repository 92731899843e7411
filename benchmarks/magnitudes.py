"""Magnitudes of recorded earthquakes, each kind, beside the catalogue's.

    python benchmarks/magnitudes.py [--data ../shared/data] [--write docs/magnitude.md]

Every station of a recording runs with STA/LTA for its triggers, and its whole record is measured.
Place and time are the catalogue's, P and S are predicted by iasp91: what is judged are magnitudes,
not locations. Corrections of stations come from the other events alone. Nothing is tuned here.
"""

import argparse
import json
import platform
import statistics
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from accuracy import Catalogued, read_catalogue, read_taiwan
from instruments.waveforms import Recorded, recorded

from cloud.association.explanation import Pick
from cloud.association.onset import onset_of
from cloud.association.stations import NoiseRate, Station
from cloud.geodesy import great_circle_km
from cloud.magnitude import (
    Corrections,
    MagnitudeConfig,
    MagnitudeType,
    StationMagnitude,
    event_size,
    measure,
)
from cloud.magnitude.corrections import Residual, corrections_of, residuals_of
from cloud.magnitude.early import early_stations
from cloud.recordings import read_recording
from cloud.traveltimes import travel_times
from cloud.velocity import iasp91
from edge.config import StationConfig
from edge.messages import Phase, Trigger, TriggerStatus
from edge.replay import replay
from edge.station import open_station
from edge.timestamps import ns_to_seconds, seconds_to_ns

_TIMES = travel_times(iasp91())
_CONFIG = MagnitudeConfig()
_DEPTHS_KM = {"taiwan_20210418": 14.0}
_USUAL_DEPTH_KM = 20.0
_TUNED_ON = ("2017", "2018")
_P_WITHIN_S = 3.0
_BEGIN, _END = "<!-- table begins -->", "<!-- table ends -->"
_KINDS = (
    ("Mpd", "Mpd, 3 s"),
    ("Mpd grown", "Mpd"),
    ("Mtc", "Mtc"),
    ("ML", "ML"),
    ("Mw", "Mw"),
    ("preferred", "preferred"),
    ("corrected", "the same, stations corrected"),
)


@dataclass(frozen=True, slots=True)
class Measured:
    """What the stations of one event said."""

    event: Catalogued
    first: tuple[StationMagnitude, ...]
    """By three seconds of P."""
    early: tuple[StationMagnitude, ...]
    """By the longest window of P."""
    records: tuple[StationMagnitude, ...]


def measured(folder: Path, event: Catalogued) -> Measured:
    """Return what every station of an event says."""
    depth_km = _DEPTHS_KM.get(event.name, _USUAL_DEPTH_KM)
    picks = [
        pick
        for config in read_recording(folder).stations
        for pick in _p_picks(config, event, depth_km)
    ]
    short = [_without_growth(pick) for pick in picks]
    records = [m for each in recorded(folder) for m in _of_record(each, event, depth_km)]
    return Measured(
        event,
        early_stations(short, depth_km, _CONFIG),
        early_stations(picks, depth_km, _CONFIG),
        tuple(records),
    )


def _of_record(each: Recorded, event: Catalogued, depth_km: float) -> tuple[StationMagnitude, ...]:
    distance_km = _distance_km(event, each.place.latitude, each.place.longitude)
    p_s, s_s = (
        event.origin_s + float(_TIMES.times(phase, np.array(distance_km), depth_km))
        for phase in (Phase.P, Phase.S)
    )
    return measure(
        each.seismogram,
        seconds_to_ns(event.origin_s),
        seconds_to_ns(p_s),
        seconds_to_ns(s_s),
        distance_km,
        depth_km,
        _CONFIG,
    )


def _p_picks(config: StationConfig, event: Catalogued, depth_km: float) -> list[Pick]:
    """Return a station's trigger at the time that P is predicted for, as it ended."""
    off = config.detection.model.model_copy(update={"enabled": False})
    detection = config.detection.model_copy(update={"model": off})
    last: dict[str, Trigger] = {}
    for trigger in replay(open_station(config.model_copy(update={"detection": detection}))):
        last[trigger.id] = trigger
    place = config.station
    distance_km = _distance_km(event, place.latitude, place.longitude)
    p_s = event.origin_s + float(_TIMES.times(Phase.P, np.array(distance_km), depth_km))
    station = Station(
        f"{place.network}.{place.station}", place.latitude, place.longitude, 0.0, NoiseRate(1, 1)
    )
    return [
        Pick(onset_of(trigger, station), Phase.P, 0.0, 1.0, distance_km)
        for trigger in last.values()
        if trigger.status is not TriggerStatus.RETRACTED
        and abs(ns_to_seconds(trigger.onset) - p_s) < _P_WITHIN_S
    ]


def _without_growth(pick: Pick) -> Pick:
    trigger = pick.onset.trigger.model_copy(update={"pd_growth": ()})
    return replace(pick, onset=replace(pick.onset, trigger=trigger))


def _distance_km(event: Catalogued, latitude: float, longitude: float) -> float:
    return float(great_circle_km(event.latitude, event.longitude, latitude, longitude))


def learnt(others: Iterable[Measured]) -> Corrections:
    """Return the corrections that other events teach."""
    residuals: list[Residual] = []
    for each in others:
        residuals += residuals_of((*each.early, *each.records), _CONFIG)
    return {(c.station, c.type): c.value for c in corrections_of(residuals, _CONFIG)}


def row(each: Measured, corrections: Corrections) -> dict[str, object]:
    """Return one event's errors against the catalogue, station counts, and refusals."""
    first = event_size(each.first, {}, _CONFIG)
    size = event_size((*each.early, *each.records), {}, _CONFIG)
    corrected = event_size((*each.early, *each.records), corrections, _CONFIG)
    by_type = {m.type: m for m in size.magnitudes}
    catalogued = each.event.magnitude
    found = {
        "Mpd": next((m for m in first.magnitudes if m.type == MagnitudeType.PD), None),
        "Mpd grown": by_type.get(MagnitudeType.PD),
        "Mtc": by_type.get(MagnitudeType.TAU_C),
        "ML": by_type.get(MagnitudeType.LOCAL),
        "Mw": by_type.get(MagnitudeType.MOMENT),
        "preferred": size.preferred,
        "corrected": corrected.preferred,
    }
    refusals: dict[str, int] = {}
    for station in each.records:
        if station.refusal is not None:
            key = f"{station.type.value} {station.refusal.value}"
            refusals[key] = refusals.get(key, 0) + 1
    return {
        "event": each.event.name,
        "magnitude": catalogued,
        "errors": {k: m.value - catalogued for k, m in found.items() if m is not None},
        "stations": {k: m.stations for k, m in found.items() if m is not None},
        "stated": {k: m.uncertainty for k, m in found.items() if m is not None},
        "types": {k: m.type for k, m in found.items() if m is not None},
        "refusals": refusals,
    }


def table(rows: Sequence[Mapping[str, dict[str, float]]]) -> str:
    """Return the rows as a Markdown table, and the medians of the absolute errors."""
    lines = [
        "| event | M | " + " | ".join(title for _, title in _KINDS) + " |",
        "|---" * (len(_KINDS) + 2) + "|",
    ]
    for each in rows:
        cells = [_cell(each, kind) for kind, _ in _KINDS]
        lines.append(f"| {each['event']} | {each['magnitude']:.1f} | " + " | ".join(cells) + " |")
    for name, chosen in (
        ("2017-2018, M < 7", [r for r in rows if _is_tuned_on(r) and r["magnitude"] < 7]),
        ("2019-2020 and Hualien", [r for r in rows if not _is_tuned_on(r)]),
    ):
        cells = [_median(chosen, kind) for kind, _ in _KINDS]
        lines.append(f"| **median, {name}** | | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _cell(each: Mapping[str, dict[str, object]], kind: str) -> str:
    if kind not in each["errors"]:
        return "-"
    name = f"{each['types'][kind]} " if kind in {"preferred", "corrected"} else ""
    return f"{name}{each['errors'][kind]:+.2f} ({each['stations'][kind]})"


def _median(rows: Sequence[Mapping[str, dict[str, float]]], kind: str) -> str:
    errors = [abs(r["errors"][kind]) for r in rows if kind in r["errors"]]
    return f"{statistics.median(errors):.2f} of {len(errors)}" if errors else "-"


def _is_tuned_on(each: Mapping[str, object]) -> bool:
    return str(each["event"]).startswith(_TUNED_ON)


def main() -> None:
    """Measure, compare, print, and write the table into the page if asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--write", type=Path, help="Markdown page that holds the table")
    parser.add_argument("--only", nargs="*", help="names of events")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if not options.data.is_dir():
        sys.exit(f"no recordings at {options.data}")
    began = time.process_time()
    openeew, taiwan = options.data / "openeew_mx", options.data / "taiwan_20210418"
    events = [(openeew / e.name, e) for e in read_catalogue(openeew)] if openeew.is_dir() else []
    events += [(taiwan, read_taiwan(taiwan))] if taiwan.is_dir() else []
    found = []
    for folder, event in events:
        if not options.only or event.name in options.only:
            found.append(measured(folder, event))
            print(f"{event.name} measured", file=sys.stderr, flush=True)
    rows = [row(each, learnt(o for o in found if o is not each)) for each in found]
    print(
        f"Python {platform.python_version()}, NumPy {np.__version__}, "
        f"{time.process_time() - began:.0f} s of CPU",
        file=sys.stderr,
    )
    print(json.dumps(rows, indent=2) if options.json else table(rows))
    if options.write:
        _write(options.write, table(rows))


def _write(page: Path, rows: str) -> None:
    text = page.read_text(encoding="utf-8")
    before, _, rest = text.partition(_BEGIN)
    _, _, after = rest.partition(_END)
    if not after:
        sys.exit(f"{page} has no lines {_BEGIN} and {_END} to write between")
    page.write_text(f"{before}{_BEGIN}\n{rows}\n{_END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
