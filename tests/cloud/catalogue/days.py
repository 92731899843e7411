"""Hours of picks with a known truth, as files."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from edge.messages import Event, Phase
from edge.timestamps import format_time, seconds_to_ns
from tests.cloud.quakes import NETWORK, START_NS, Place, Source, grid_network

STATIONS = grid_network(side=6, spacing_km=25.0)


@dataclass(frozen=True)
class Hour:
    """Picks as lines of a file, and the earthquakes that made them."""

    lines: list[dict[str, object]]
    sources: list[Source]

    def write(self, folder: Path) -> tuple[Path, Path]:
        """Write picks and stations; return the files."""
        picks, stations = folder / "picks.jsonl", folder / "stations.csv"
        picks.write_text("".join(json.dumps(line) + "\n" for line in self.lines))
        _write_stations(stations, STATIONS)
        return picks, stations


def _write_stations(path: Path, stations: dict[str, Place]) -> None:
    """Write a table of stations."""
    rows = [f"{NETWORK},{code},{place[0]},{place[1]},0" for code, place in stations.items()]
    path.write_text("network,station,latitude,longitude,elevation_m\n" + "\n".join(rows) + "\n")


def line_of(station: str, phase: str, moment_s: float) -> dict[str, object]:
    """Return one pick as a line says it."""
    time = format_time(START_NS + seconds_to_ns(moment_s))
    return {"station": station, "phase": phase, "time": time, "probability": 0.9}


def lines_of(source: Source, seed: int) -> list[dict[str, object]]:
    """Return P and S of the stations within reach, a tenth of a second wrong."""
    rng = np.random.default_rng(seed)
    lines = []
    for phase, share in ((Phase.P, 0.95), (Phase.S, 0.7)):
        for trigger in source.arrivals(STATIONS, phase, seed=seed):
            if rng.random() < share:
                moment_s = (trigger.onset - START_NS) / 1e9
                lines.append(line_of(f"{NETWORK}.{trigger.station}", phase.value, moment_s))
    return lines


def by_chance(count: int, seed: int) -> list[dict[str, object]]:
    """Return picks at random stations and moments of an hour."""
    rng = np.random.default_rng(seed + 1000)
    codes = list(STATIONS)
    return [
        line_of(f"{NETWORK}.{codes[rng.integers(len(codes))]}", "PS"[rng.integers(2)], moment_s)
        for moment_s in rng.uniform(0, 3600, count).tolist()
    ]


def hour(events: int, seed: int, noise: int = 60) -> Hour:
    """Return an hour with some earthquakes at random within the network, and picks by chance."""
    rng = np.random.default_rng(seed)
    sources = [
        Source(
            float(rng.uniform(16.3, 17.3)),
            float(rng.uniform(-100.0, -99.0)),
            origin_s=60.0 + number * 3400.0 / events + float(rng.uniform(0, 20)),
            reach_km=float(rng.uniform(60, 110)),
        )
        for number in range(events)
    ]
    lines = [line for number, each in enumerate(sources) for line in lines_of(each, number)]
    lines += by_chance(noise, seed)
    return Hour([lines[index] for index in rng.permutation(len(lines))], sources)


def unmatched(events: list[Event], sources: list[Source]) -> tuple[list[Source], list[Event]]:
    """Return the sources that no event is, within 15 km and 3 s, and the events that are none."""
    left, missed = list(events), []
    for source in sources:
        near = [
            event
            for event in left
            if abs(event.origin_time - source.origin_ns) < seconds_to_ns(3)
            and source.error_km(event) < 15
        ]
        if near:
            left.remove(near[0])
        else:
            missed.append(source)
    return missed, left
