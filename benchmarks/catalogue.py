"""A day's picks associated: picks a CPU second, and what was found, beside PyOcto and GaMMA.

    python benchmarks/catalogue.py [--events 50 500] [--runs 5] [--peers pyocto gamma]
        [--most-gamma 50] [--data ../shared/data] [--json FILE]

A hundred stations at random in 200 by 200 km, a homogeneous half-space that every associator knows, P
and S with errors of 0.1 s, and a fifth of all picks by chance. `own` is the kit's catalogue
(`cloud-aggregator associate`), which takes the whole day at once as the peers do, with the same least
number of picks and the same greatest depth; `online` takes them one after the other as an operating
centre would and publishes every revision. The floor is ObsPy's coincidence trigger over the P picks:
it names moments, no places, and is right where a moment is. Each round runs all of them in turn on the
same day, which is another one each round. An event is right within 25 km and 5 s. A ratio of speeds
counts only where ours finds no less than the peer, and no more that is false, by half a point.

With the recordings at hand, the M5.8 of Hualien follows: its automatic P of 103 stations, by PyOcto and
by ours.
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
from instruments.catalogue import DAY_S, P_KM_S, S_KM_S, Day, day_of, right_moments, score
from instruments.hualien import hualien
from instruments.peers import peer_python
from obspy import Stream, Trace, UTCDateTime
from obspy.signal.trigger import coincidence_trigger

from cloud.aggregator import Aggregator
from cloud.catalogue.config import CatalogueConfig
from cloud.catalogue.own import OwnAssociator, PickTable
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
_MAY_BE_WORSE = 0.005
_LIKE_PYOCTO = CatalogueConfig(least_picks=8, deepest_km=40.0)
_COINCIDENT_S, _COINCIDENT_STATIONS = 15, 4

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


def online(day: Day) -> tuple[float, Events]:
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


def own(day: Day) -> tuple[float, Events]:
    """Return CPU seconds and the events of the kit's catalogue, the arrays made beforehand."""
    places = np.array([_PLANE.to_degrees(*place) for place in day.stations_km])
    associator = OwnAssociator(
        places[:, 0], places[:, 1], np.zeros(len(places)), _LIKE_PYOCTO, model=_MODEL
    )
    table = PickTable(
        time_s=np.array([pick.time_s for pick in day.picks]),
        station=np.array([pick.station for pick in day.picks], np.intp),
        sigma_s=np.full(len(day.picks), 0.1),
        p_probability=np.array([float(pick.phase == "P") for pick in day.picks]),
    )
    start_s = time.process_time()
    events = associator.associate(table)
    used_s = time.process_time() - start_s
    found = [event.found for event in events]
    return used_s, [
        (
            each.origin_s,
            *_PLANE.to_km(*associator.plane.to_degrees(each.x_km, each.y_km)),
        )
        for each in found
    ]


def coincidence(day: Day) -> tuple[float, list[float]]:
    """Return CPU seconds and the moments of ObsPy's coincidence trigger over the P picks.

    Each pick is a characteristic function that is up for 15 s; four stations make a trigger.
    """
    begin = UTCDateTime(0)
    up = np.zeros((len(day.stations_km), int(DAY_S) + _COINCIDENT_S), np.float32)
    for pick in day.picks:
        if pick.phase == "P" and pick.time_s >= 0:
            up[pick.station, int(pick.time_s) : int(pick.time_s) + _COINCIDENT_S] = 1
    stream = Stream(
        Trace(row, {"station": f"S{number}", "starttime": begin}) for number, row in enumerate(up)
    )
    start_s = time.process_time()
    found = coincidence_trigger(None, 0.5, 0.5, stream, _COINCIDENT_STATIONS)
    used_s = time.process_time() - start_s
    return used_s, [float(each["time"] - begin) for each in found]


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
    own(day_of(2, 0))
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(runs):
            day = day_of(events, seed)
            sizes.append(len(day.picks))
            for name in names:
                if name == "coincidence":
                    cpu_s, moments = coincidence(day)
                    scores[name].append(right_moments(moments, day.events))
                else:
                    run = {"own": own, "online": online}.get(name)
                    cpu_s, found = run(day) if run else peer(name, day, Path(folder))
                    scores[name].append(score(found, day.events))
                speeds[name].append(len(day.picks) / cpu_s)
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


def _ratio(mine: Row, other: Row) -> str:
    """Return how much faster ours is, and whether that counts."""
    worse = (
        mine.recall < other.recall - _MAY_BE_WORSE
        or mine.precision < other.precision - _MAY_BE_WORSE
    )
    note = " - void: ours finds less, or more that is false" if worse else ""
    return f"{mine.picks_a_cpu_s / other.picks_a_cpu_s:.2f}{note}"


def _print_hualien(data: Path) -> None:
    """Print what PyOcto and ours make of one recorded earthquake."""
    for name, found in hualien(data / "taiwan_20210418").items():
        print(
            f"Hualien by {name}: {found.events} events, {found.error_km:.1f} km off, "
            f"{found.used} of {found.picks} P, {1e3 * found.cpu_s:.1f} ms"
        )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--events", type=int, nargs="+", default=[50, 500], help="a day")
    parser.add_argument("--runs", type=int, default=5, help="rounds, each another day")
    parser.add_argument("--peers", nargs="*", default=["pyocto", "gamma"], choices=_PACKAGES)
    parser.add_argument(
        "--most-gamma", type=int, default=50, help="GaMMA sits out days of more events than this"
    )
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="recordings")
    parser.add_argument("--json", type=Path, help="write the rows here too")
    arguments = parser.parse_args()
    print(f"Python {platform.python_version()}, NumPy {np.__version__}, Numba {numba.__version__}")
    print(f"load {os.getloadavg()}; peers {[_PACKAGES[name][0] for name in arguments.peers]}")
    print("associator   events   picks  picks/CPU-s (least-most)  recall  precision")
    rows: list[Row] = []
    for events in arguments.events:
        there = [n for n in arguments.peers if n != "gamma" or events <= arguments.most_gamma]
        measured = measure(events, ["own", "online", *there, "coincidence"], arguments.runs)
        rows += measured
        for row in measured:
            print(
                f"{row.associator:11s} {row.events:7d} {row.picks:7d} {row.picks_a_cpu_s:9.0f} "
                f"({row.slowest:.0f}-{row.fastest:.0f}) {row.recall:9.4f} {row.precision:9.4f}"
            )
        for mine in measured[:2]:
            for row in measured[2:-1]:
                print(f"  {mine.associator} to {row.associator}: {_ratio(mine, row)}")
    if arguments.data.is_dir():
        _print_hualien(arguments.data)
    if arguments.json:
        arguments.json.write_text(json.dumps([asdict(row) for row in rows], indent=2) + "\n")


if __name__ == "__main__":
    main()
