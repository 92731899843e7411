"""CPU time of the aggregator core for each trigger, with small and large networks.

    python benchmarks/associator.py [--runs 5] [--json FILE]

An hour of triggers: false ones at random, and an earthquake every ten minutes whose P and S reach
part of the network. Both sides see the same triggers in every run, in turn: the aggregator, and a
floor that only keeps each trigger in a dictionary. The speed counts only while the events are
right, so the share of earthquakes found is printed with it.
"""

import argparse
import json
import os
import platform
import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from cloud.aggregator import Aggregator
from cloud.geodesy import LocalPlane, great_circle_km
from cloud.traveltimes import travel_times
from cloud.velocity import iasp91
from cloud.warming import warm_up
from edge.messages import ClockSource, ClockState, EventStatus, Phase, Trigger, TriggerStatus
from edge.timestamps import NANOSECONDS_PER_SECOND, seconds_to_ns

_CENTRE = (17.0, -100.0)
_START_NS = 1_700_000_000 * NANOSECONDS_PER_SECOND
_HOUR_S = 3600.0
_QUAKE_EVERY_S = 600.0
_REACH_KM = 120.0
_FALSE_PER_HOUR = 2.0
_DELAY_NS = seconds_to_ns(1.0)
_RIGHT_KM = 25.0

Place = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Row:
    """One network's result."""

    stations: int
    triggers: int
    median_us: float
    p99_us: float
    spread_us: tuple[float, float]
    """Smallest and largest mean of a run."""
    floor_us: float
    found: float
    extra: int


def network_of(count: int, spacing_km: float) -> dict[str, Place]:
    """Return a square network of so many stations."""
    plane = LocalPlane(*_CENTRE)
    side = int(np.ceil(np.sqrt(count)))
    offsets = (np.arange(side) - (side - 1) / 2) * spacing_km
    places = [plane.to_degrees(float(x), float(y)) for y in offsets for x in offsets]
    return {f"S{number:04d}": place for number, place in enumerate(places[:count])}


def trigger_of(name: str, station: str, place: Place, onset_ns: int) -> Trigger:
    """Return a trigger as a station would send it."""
    return Trigger(
        id=name,
        revision=0,
        status=TriggerStatus.PRELIMINARY,
        network="XX",
        station=station,
        channels=("HNZ", "HNN", "HNE"),
        latitude=place[0],
        longitude=place[1],
        onset=onset_ns,
        onset_uncertainty_s=0.15,
        phase=Phase.UNKNOWN,
        window_s=1.0,
        clock=ClockState(source=ClockSource.NTP, error_s=0.02),
        sent=onset_ns + _DELAY_NS,
    )


def hour_of(stations: dict[str, Place], seed: int) -> tuple[list[Trigger], list[Place]]:
    """Return an hour of triggers in the order of their onsets, and the epicentres."""
    rng = np.random.default_rng(seed)
    codes = list(stations)
    triggers = [
        trigger_of(f"false-{number}", code, stations[code], _START_NS + seconds_to_ns(moment))
        for number, (code, moment) in enumerate(
            (codes[rng.integers(len(codes))], rng.uniform(0, _HOUR_S))
            for _ in range(rng.poisson(_FALSE_PER_HOUR * len(codes)))
        )
    ]
    table = travel_times(iasp91())
    epicentres = []
    for origin_s in np.arange(60.0, _HOUR_S, _QUAKE_EVERY_S):
        middle = stations[codes[rng.integers(len(codes))]]
        plane = LocalPlane(*middle)
        epicentre = plane.to_degrees(*rng.uniform(-20, 20, 2))
        epicentres.append(epicentre)
        plane = LocalPlane(*epicentre)
        for code, place in stations.items():
            distance = plane.distance_km(*place)
            if distance > _REACH_KM:
                continue
            for phase, share in ((Phase.P, 0.9), (Phase.S, 0.3)):
                if rng.random() < share:
                    travel = table.times(phase, np.array([distance]), 20.0)[0]
                    onset = seconds_to_ns(origin_s + float(travel) + rng.normal(0, 0.15))
                    name = f"{code}-{phase.value}-{origin_s:g}"
                    triggers.append(trigger_of(name, code, place, _START_NS + onset))
    return sorted(triggers, key=lambda each: (each.onset, each.id)), epicentres


def timed(handle: Callable[[Trigger], object], triggers: list[Trigger]) -> list[float]:
    """Return the CPU time of each call, microseconds."""
    result = []
    for trigger in triggers:
        start = time.process_time_ns()
        handle(trigger)
        result.append((time.process_time_ns() - start) / 1e3)
    return result


def measure(count: int, spacing_km: float, runs: int) -> Row:
    """Return the result for a network of so many stations, the sides run in turn."""
    stations = network_of(count, spacing_km)
    ours: list[list[float]] = []
    floor: list[float] = []
    found, quakes, extra, size = 0, 0, 0, 0
    for seed in range(runs):
        triggers, epicentres = hour_of(stations, seed)
        size += len(triggers)
        kept: dict[str, Trigger] = {}
        floor += timed(lambda trigger, kept=kept: kept.setdefault(trigger.id, trigger), triggers)
        aggregator = Aggregator()
        for code, place in stations.items():
            aggregator.register("XX", code, *place)
        latest = {}

        def handle(trigger: Trigger, aggregator: Aggregator = aggregator, latest=latest) -> None:  # noqa: ANN001
            for event in aggregator.on_trigger(trigger, trigger.onset + _DELAY_NS):
                latest[event.id] = event

        ours.append(timed(handle, triggers))
        events = [each for each in latest.values() if each.status is not EventStatus.RETRACTED]
        right = sum(
            any(great_circle_km(*place, e.latitude, e.longitude) < _RIGHT_KM for e in events)
            for place in epicentres
        )
        found += right
        quakes += len(epicentres)
        extra += max(0, len(events) - len(epicentres))
    times = [each for run in ours for each in run]
    means = [statistics.fmean(run) for run in ours]
    return Row(
        stations=count,
        triggers=size,
        median_us=statistics.median(times),
        p99_us=float(np.percentile(times, 99)),
        spread_us=(min(means), max(means)),
        floor_us=statistics.median(floor),
        found=found / quakes,
        extra=extra,
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=5, help="runs a network, each another hour")
    parser.add_argument("--json", type=Path, help="write the rows here too")
    arguments = parser.parse_args()
    print(f"Python {platform.python_version()}, NumPy {np.__version__}, load {os.getloadavg()}")
    print("stations triggers  median us     p99 us  mean of a run us  floor us  found  extra")
    rows = []
    warm_up()
    for count, spacing_km in ((20, 40.0), (100, 25.0), (1000, 25.0)):
        row = measure(count, spacing_km, arguments.runs)
        rows.append(row)
        low, high = row.spread_us
        print(
            f"{row.stations:8d} {row.triggers:8d} {row.median_us:10.0f} {row.p99_us:10.0f} "
            f"{low:8.0f}-{high:<8.0f} {row.floor_us:8.2f} {row.found:6.2f} {row.extra:6d}"
        )
    if arguments.json:
        arguments.json.write_text(json.dumps([asdict(row) for row in rows], indent=2) + "\n")


if __name__ == "__main__":
    main()
