"""What a station costs the centre, in CPU time a second of it (B9).

    python benchmarks/centre_cost.py [--runs 5] [--stations 500 2000] [--minutes 1] [--json FILE]

ours   `cloud-aggregator simulate`: reports, states and triggers with their revisions through a real
       Mosquitto into a real centre with its database, an earthquake a minute; CPU time of centre and
       broker, over stations and seconds. Picking is done on the stations.
peers  what a centre pays first that gets waveforms in place of triggers, from memory, without any
       receiving: a second of three components as miniSEED (512-byte records, Steim 2), read by
       pymseed or by ObsPy, and ObsPy's recursive STA/LTA over 31 s of one of them. A deep picker
       comes on top: `benchmarks/picker.py`.

In turn in every run; medians with smallest and largest. The speed counts only while earthquakes are
found and none is made up, so both are printed.
"""

import argparse
import io
import json
import os
import platform
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pymseed
from obspy import Stream, Trace, UTCDateTime, __version__, read
from obspy.signal.trigger import recursive_sta_lta

from cloud.simulate.report import figures_of
from cloud.simulate.run import simulate
from cloud.simulate.script import ScriptConfig, write_script

_RATE_HZ = 100
_NOISE_COUNTS = 200.0
_BUFFER_S = 31
_REPEATS = 200


def a_second() -> bytes:
    """Return a second of three components as miniSEED."""
    random = np.random.default_rng(5)
    stream = Stream()
    for component in "ZNE":
        counts = (random.normal(size=_RATE_HZ) * _NOISE_COUNTS).astype(np.int32)
        header = {"network": "XX", "station": "A", "channel": f"HN{component}"}
        header |= {"sampling_rate": _RATE_HZ, "starttime": UTCDateTime(0)}
        stream.append(Trace(counts, header))
    out = io.BytesIO()
    stream.write(out, format="MSEED", encoding="STEIM2", reclen=512)
    return out.getvalue()


def with_pymseed(data: bytes) -> None:
    """Read with pymseed."""
    for record in pymseed.MS3Record.from_buffer(data, unpack_data=True):
        record.np_datasamples.sum()


def with_obspy(data: bytes) -> None:
    """Read with ObsPy."""
    for trace in read(io.BytesIO(data), format="MSEED"):
        trace.data.sum()


def peer_us(action: Callable[[], object]) -> float:
    """Return the CPU time of an action, us."""
    action()
    began_s = time.process_time()
    for _ in range(_REPEATS):
        action()
    return (time.process_time() - began_s) / _REPEATS * 1e6


def ours(stations: int, minutes: float, seed: int) -> dict[str, Any]:
    """Return the figures of a simulated time."""
    script = write_script(ScriptConfig(stations=stations, minutes=minutes, seed=seed))
    with tempfile.TemporaryDirectory(prefix="tremor-") as folder:
        return figures_of(script, simulate(script, Path(folder)))


def show(name: str, costs_us: list[float], notes: str = "") -> None:
    """Print a row."""
    middle = statistics.median(costs_us)
    print(
        f"{name:28} {middle:8.0f} ({min(costs_us):.0f}-{max(costs_us):.0f}) us a station-second, "
        f"{1e6 / middle:,.0f} stations a core{notes}",
        flush=True,
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--stations", type=int, nargs="+", default=[500, 2_000])
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    print(f"Python {platform.python_version()}, ObsPy {__version__}, load {os.getloadavg()}")
    data = a_second()
    buffer = np.random.default_rng(6).normal(size=_BUFFER_S * _RATE_HZ)
    peers: dict[str, Callable[[], object]] = {
        "pymseed, reading": lambda: with_pymseed(data),
        "ObsPy, reading": lambda: with_obspy(data),
        "ObsPy, STA/LTA over 31 s": lambda: recursive_sta_lta(buffer, 50, 1000),
    }
    costs: dict[str, list[float]] = {name: [] for name in peers}
    played: dict[int, list[dict[str, Any]]] = {count: [] for count in arguments.stations}
    for run in range(arguments.runs):
        for count in arguments.stations:
            played[count].append(ours(count, arguments.minutes, run + 1))
        for name, action in peers.items():
            costs[name].append(peer_us(action))
    for count, figures in played.items():
        detected, events, false = (
            sum(one[key] for one in figures) for key in ("detected", "events", "false")
        )
        notes = f"; {detected} of {events} earthquakes, {false} false"
        show(f"ours, {count} stations", [1e6 / one["stations_per_core"] for one in figures], notes)
    for name, found in costs.items():
        show(name, found)
    if arguments.json:
        rows = {"ours": {str(count): figures for count, figures in played.items()}, "peers": costs}
        arguments.json.write_text(json.dumps(rows, indent=2) + "\n")


if __name__ == "__main__":
    main()
