"""A day's picks associated: picks a CPU second, and what was found, beside PyOcto and GaMMA.

    python benchmarks/catalogue.py [--events 50 500] [--runs 5] [--peers pyocto gamma]
        [--most-gamma 50] [--json FILE]

A hundred stations at random in 200 by 200 km, a homogeneous half-space that every associator knows, P
and S with errors of 0.1 s, and a fifth of all picks by chance. Ours takes them one after the other as an
operating centre would and publishes every revision; the peers take the whole day at once. Each round
runs all of them in turn on the same day, which is another one each round. An event is right within
25 km and 5 s; where recall differs by more than half a point, a ratio of speeds means nothing.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import numba
import numpy as np
from associator import trigger_of
from instruments.catalogue import DAY_S, P_KM_S, S_KM_S, Day, day_of, score
from instruments.peers import peer_python

from cloud.aggregator import Aggregator
from cloud.geodesy import LocalPlane
from cloud.velocity import VelocityModel
from cloud.warming import warm_up
from edge.messages import Event, EventStatus, Phase
from edge.timestamps import NANOSECONDS_PER_SECOND, ns_to_seconds, seconds_to_ns

_START_NS = 1_700_000_000 * NANOSECONDS_PER_SECOND
_DELAY_NS = seconds_to_ns(1.0)
_PLANE = LocalPlane(17.0, -100.0)
_MODEL = VelocityModel("homogeneous", (0.0,), (P_KM_S,), (S_KM_S,))
_PACKAGES = {
    "pyocto": ["pyocto==0.2.2", "numpy<2", "pandas<3"],
    "gamma": ["GMMA==1.2.17", "numpy<2", "pandas<3"],
}
_RECALL_MAY_DIFFER = 0.005

Events = list[tuple[float, float, float]]


@dataclass(frozen=True, slots=True)
class Row:
    """One associator on days of one kind: medians over the rounds."""

    associator: str
    events: int
    picks: int
    picks_a_cpu_s: float
    slowest: float
    fastest: float
    recall: float
    precision: float


def ours(day: Day) -> tuple[float, Events]:
    """Return CPU seconds and the events of the aggregator, the triggers made beforehand."""
    aggregator = Aggregator(velocity_model=_MODEL)
    places = [_PLANE.to_degrees(*place) for place in day.stations_km]
    for number, place in enumerate(places):
        aggregator.register("XX", f"S{number}", *place)
    triggers = [
        trigger_of(
            f"pick-{number}",
            f"S{pick.station}",
            places[pick.station],
            _START_NS + seconds_to_ns(pick.time_s),
        ).model_copy(update={"phase": Phase(pick.phase), "onset_uncertainty_s": 0.1})
        for number, pick in enumerate(day.picks)
    ]
    latest: dict[str, Event] = {}
    start_s = time.process_time()
    for trigger in triggers:
        for event in aggregator.on_trigger(trigger, trigger.onset + _DELAY_NS):
            latest[event.id] = event
    for event in aggregator.advance(_START_NS + seconds_to_ns(DAY_S + 600)):
        latest[event.id] = event
    used_s = time.process_time() - start_s
    return used_s, [
        (
            ns_to_seconds(event.origin_time - _START_NS),
            *_PLANE.to_km(event.latitude, event.longitude),
        )
        for event in latest.values()
        if event.status is not EventStatus.RETRACTED
    ]


def peer(name: str, day: Day, folder: Path) -> tuple[float, Events]:
    """Return CPU seconds and the events of a peer, run in its own environment."""
    file = folder / "day.json"
    picks = [(pick.time_s, pick.station, pick.phase) for pick in day.picks]
    file.write_text(json.dumps({"stations_km": day.stations_km, "picks": picks}))
    script = Path(__file__).parent / "peers" / "associators.py"
    python = peer_python(name, _PACKAGES[name])
    command = [str(python), str(script), name, str(file)]
    answer = subprocess.run(
        command,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        env={
            **os.environ,
            "OMP_NUM_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1",
            "TQDM_DISABLE": "1",
        },
    )
    result = json.loads(answer.stdout.splitlines()[-1])
    return result["cpu_s"], [tuple(each) for each in result["events"]]


def measure(events: int, names: list[str], runs: int) -> list[Row]:
    """Return a row an associator, run in turn on the same days."""
    speeds: dict[str, list[float]] = {name: [] for name in names}
    scores: dict[str, list[tuple[float, float]]] = {name: [] for name in names}
    sizes = []
    warm_up()
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(runs):
            day = day_of(events, seed)
            sizes.append(len(day.picks))
            for name in names:
                cpu_s, found = ours(day) if name == "ours" else peer(name, day, Path(folder))
                speeds[name].append(len(day.picks) / cpu_s)
                scores[name].append(score(found, day.events))
    return [
        Row(
            name,
            events,
            round(statistics.median(sizes)),
            statistics.median(speeds[name]),
            min(speeds[name]),
            max(speeds[name]),
            *(float(np.mean([each[k] for each in scores[name]])) for k in range(2)),
        )
        for name in names
    ]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--events", type=int, nargs="+", default=[50, 500], help="a day")
    parser.add_argument("--runs", type=int, default=5, help="rounds, each another day")
    parser.add_argument("--peers", nargs="*", default=["pyocto", "gamma"], choices=_PACKAGES)
    parser.add_argument(
        "--most-gamma", type=int, default=50, help="GaMMA sits out days of more events than this"
    )
    parser.add_argument("--json", type=Path, help="write the rows here too")
    arguments = parser.parse_args()
    print(f"Python {platform.python_version()}, NumPy {np.__version__}, Numba {numba.__version__}")
    print(f"load {os.getloadavg()}; peers {[_PACKAGES[name][0] for name in arguments.peers]}")
    print("associator  events   picks  picks/CPU-s (least-most)  recall  precision")
    rows: list[Row] = []
    for events in arguments.events:
        there = [n for n in arguments.peers if n != "gamma" or events <= arguments.most_gamma]
        measured = measure(events, ["ours", *there], arguments.runs)
        rows += measured
        for row in measured:
            print(
                f"{row.associator:10s} {row.events:7d} {row.picks:7d} {row.picks_a_cpu_s:9.0f} "
                f"({row.slowest:.0f}-{row.fastest:.0f}) {row.recall:9.4f} {row.precision:9.4f}"
            )
        mine = measured[0]
        for row in measured[1:]:
            ratio = mine.picks_a_cpu_s / row.picks_a_cpu_s
            void = abs(mine.recall - row.recall) > _RECALL_MAY_DIFFER
            note = " - void, recall differs" if void else ""
            print(f"  ours to {row.associator}: {ratio:.2f}{note}")
    if arguments.json:
        arguments.json.write_text(json.dumps([asdict(row) for row in rows], indent=2) + "\n")


if __name__ == "__main__":
    main()
