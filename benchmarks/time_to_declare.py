"""From the moment at which P reaches the fourth station to the declared event (B7).

    python benchmarks/time_to_declare.py [--quakes 5] [--json FILE]

Nine stations some 12 km apart, sensor noise, and P and S of earthquakes put into it at iasp91's times;
three components at 100 Hz in packets of 0.1 and 0.25 s that arrive 20 ms after their last sample. All
on the data's clock, so that the times are those of a live network on lines without delay.

ours      each packet through the station's whole pipeline, triggers into the aggregator: the first
          revision that is declared, from four stations on
sta/lta   the same without the network
peer      after each packet ObsPy's band-pass and `coincidence_trigger` (recursive STA/LTA, four
          stations) over the last 31 s of the vertical components; it locates nothing

Each earthquake is played to all in turn. CPU time is that of the processing alone.
"""

import argparse
import json
import os
import platform
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

# As the agent does at its start, before NumPy is imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
from numpy.typing import NDArray
from obspy import Stream, Trace, UTCDateTime, __version__
from obspy.signal.trigger import coincidence_trigger

from cloud.aggregator import Aggregator
from cloud.geodesy import LocalPlane
from cloud.traveltimes import travel_times
from cloud.velocity import iasp91
from cloud.warming import warm_up
from edge.config import DetectionSection, ModelSection, StationSection
from edge.detect.loading import load_detectors
from edge.messages import ClockSource, ClockState, EventStatus, Phase
from edge.packet import Packet
from edge.pipeline import StationPipeline
from edge.sources.base import SourceDescription
from edge.timestamps import seconds_to_ns

PACKETS_S = (0.1, 0.25)
_RATE_HZ = 100.0
_LENGTH_S = 110.0
_ORIGIN_S = 90.0
_LINE_S = 0.02
_NOISE_M_S2 = 6e-4
_SPACING_KM = 12.0
_SIDE = 3
_DEPTH_KM = 10.0
_START_NS = 1_580_000_000_000_000_000
_FOURTH = 3
_BUFFER_S = 31.0
_STA_S, _LTA_S, _ON, _OFF = 0.5, 10.0, 4.0, 1.5
_PLANE = LocalPlane(17.0, -100.0)

Samples = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Quake:
    """An earthquake as nine stations record it."""

    samples: list[Samples]
    """Of each station, shape (n, 3), m/s2."""
    fourth_p_s: float
    """When P has reached four stations, since the beginning."""


@dataclass(frozen=True, slots=True)
class Result:
    """What one way made of one earthquake."""

    after_fourth_s: float | None
    """From the fourth P to the declaration; None where there was none."""
    cpu_s: float


def places() -> list[tuple[float, float]]:
    """Return the stations, degrees."""
    offsets = (np.arange(_SIDE) - (_SIDE - 1) / 2) * _SPACING_KM
    return [_PLANE.to_degrees(float(x), float(y)) for y in offsets for x in offsets]


def quake_of(seed: int) -> Quake:
    """Return an earthquake somewhere below the network."""
    random = np.random.default_rng(seed)
    epicentre = LocalPlane(*_PLANE.to_degrees(*random.uniform(-10, 10, 2).tolist()))
    table = travel_times(iasp91())
    times_s = np.arange(round(_LENGTH_S * _RATE_HZ)) / _RATE_HZ
    samples, arrivals_s = [], []
    for place in places():
        distance_km = epicentre.distance_km(*place)
        arrival_s = {
            phase: _ORIGIN_S + table.time(phase, distance_km, _DEPTH_KM)
            for phase in (Phase.P, Phase.S)
        }
        arrivals_s.append(arrival_s[Phase.P])
        strength = 0.03 / np.hypot(distance_km, _DEPTH_KM) * _DEPTH_KM
        waves = [
            _burst(times_s - arrival_s[Phase.P], 5.0) * strength * np.array([1, 0.4, 0.4])[:, None],
            _burst(times_s - arrival_s[Phase.S], 2.5) * strength * np.array([1, 3, 3])[:, None],
        ]
        noise = random.normal(size=(len(times_s), 3)) * _NOISE_M_S2
        samples.append((noise + sum(waves).T).astype(np.float32))
    return Quake(samples, sorted(arrivals_s)[_FOURTH])


def _burst(since_s: NDArray[np.float64], frequency_hz: float) -> NDArray[np.float64]:
    shape = np.exp(-np.maximum(since_s, 0) / 5) * np.sin(2 * np.pi * frequency_hz * since_s)
    return np.asarray(shape * (since_s >= 0))


def declared_by_us(quake: Quake, packet_s: float, *, network: bool) -> Result:
    """Play an earthquake to station pipelines and aggregator."""
    aggregator = Aggregator()
    pipelines = []
    for number, (latitude, longitude) in enumerate(places()):
        station = StationSection(
            network="XX", station=f"S{number}", latitude=latitude, longitude=longitude
        )
        config = DetectionSection(model=ModelSection(enabled=network))
        detectors, _ = load_detectors(config)
        description = SourceDescription(
            "bench", "memory", "adxl355", _RATE_HZ, ("HNZ", "HNN", "HNE")
        )
        pipelines.append(StationPipeline(station, config, detectors, description))
        aggregator.register("XX", f"S{number}", latitude, longitude)
    clock = ClockState(source=ClockSource.NTP, error_s=0.01)
    size = round(packet_s * _RATE_HZ)
    began_s = time.process_time()
    for begin in range(0, len(quake.samples[0]) - size + 1, size):
        last_ns = _START_NS + round((begin + size - 1) * 1e9 / _RATE_HZ)
        arrival_ns = last_ns + seconds_to_ns(_LINE_S)
        for pipeline, samples in zip(pipelines, quake.samples, strict=True):
            packet = Packet(samples[begin : begin + size], last_ns, arrival_ns, _RATE_HZ, clock)
            for trigger in pipeline.push(packet):
                for event in aggregator.on_trigger(trigger, arrival_ns):
                    if event.status is EventStatus.DECLARED:
                        after_s = (arrival_ns - _START_NS) / 1e9 - quake.fourth_p_s
                        return Result(after_s, time.process_time() - began_s)
    return Result(None, time.process_time() - began_s)


def declared_by_peer(quake: Quake, packet_s: float) -> Result:
    """Play an earthquake to ObsPy's coincidence trigger, packet after packet."""
    size, buffer = round(packet_s * _RATE_HZ), round(_BUFFER_S * _RATE_HZ)
    start = UTCDateTime(ns=_START_NS)
    began_s = time.process_time()
    # The quiet minute before is left out, in its favour.
    for end in range(round(_ORIGIN_S * _RATE_HZ), len(quake.samples[0]) + 1, size):
        stream = Stream()
        for number, samples in enumerate(quake.samples):
            header = {
                "network": "XX",
                "station": f"S{number}",
                "channel": "HNZ",
                "sampling_rate": _RATE_HZ,
                "starttime": start + (end - buffer) / _RATE_HZ,
            }
            data = samples[end - buffer : end, 0].astype(np.float64)
            stream.append(Trace(data - data.mean(), header))
        stream.filter("bandpass", freqmin=1.0, freqmax=15.0)
        found = coincidence_trigger(
            "recstalta", _ON, _OFF, stream, _FOURTH + 1, sta=_STA_S, lta=_LTA_S
        )
        if any(one["time"] - start > _ORIGIN_S for one in found):
            after_s = (end - 1) / _RATE_HZ + _LINE_S - quake.fourth_p_s
            return Result(after_s, time.process_time() - began_s)
    return Result(None, time.process_time() - began_s)


WAYS: dict[str, Callable[[Quake, float], Result]] = {
    "ours": lambda quake, packet_s: declared_by_us(quake, packet_s, network=True),
    "sta/lta": lambda quake, packet_s: declared_by_us(quake, packet_s, network=False),
    "peer": declared_by_peer,
}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quakes", type=int, default=5, help="earthquakes, each another place")
    parser.add_argument("--json", type=Path, help="write the rows here too")
    arguments = parser.parse_args()
    print(f"Python {platform.python_version()}, ObsPy {__version__}, load {os.getloadavg()}")
    print("way       packet s   after the 4th P, s          CPU s   declared")
    warm_up()
    rows = []
    for packet_s in PACKETS_S:
        results: dict[str, list[Result]] = {name: [] for name in WAYS}
        for seed in range(arguments.quakes):
            quake = quake_of(seed)
            for name, way in WAYS.items():
                results[name].append(way(quake, packet_s))
        for name, found in results.items():
            times = [one.after_fourth_s for one in found if one.after_fourth_s is not None]
            cpu_s = statistics.median(one.cpu_s for one in found)
            middle = statistics.median(times) if times else float("nan")
            spread = f"({min(times):.2f}-{max(times):.2f})" if times else "(none)"
            rows.append({"way": name, "packet_s": packet_s, "times_s": times, "cpu_s": cpu_s})
            print(
                f"{name:9} {packet_s:8.2f} {middle:10.2f} {spread:14} {cpu_s:11.2f}   "
                f"{len(times)} of {len(found)}"
            )
    if arguments.json:
        arguments.json.write_text(json.dumps(rows, indent=2) + "\n")


if __name__ == "__main__":
    main()
