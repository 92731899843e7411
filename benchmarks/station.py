"""CPU time of the station pipeline, beside ObsPy's usual way and the network alone (B3, B15).

    python benchmarks/station.py [--minutes 10] [--rounds 5] [--json]

Ours: time base, quality, ground motion, resampler, STA/LTA, onset ring and tracker, with and
without the int8 network, three components at 100 Hz in packets of 0.25 s. Floor: the same network
asked as often, and nothing else. STA/LTA alone: the resampler and the detector. Peer: what hobby
software does on each packet of one component, a band-pass and a recursive STA/LTA over a buffer of
31 s, by ObsPy. All run in turn in one process on one thread, put together before the clock runs;
CPU time, medians over the rounds, as seconds of CPU an hour of stream. Ours must see the bursts
that the peer sees, or the comparison is void.
"""

import argparse
import json
import os
import platform
import statistics
import time
from collections.abc import Callable

# As the agent does at its start, before NumPy is imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
from obspy import Trace
from obspy.signal.trigger import recursive_sta_lta

from edge.bundle import load_bundle, verify_bundle
from edge.bundle.shipped import shipped_bundle
from edge.config import DetectionSection, ModelSection, StationSection
from edge.detect.loading import load_detectors
from edge.detect.sta_lta import StaLtaConfig, StaLtaDetector
from edge.grid import DETECTION_RATE_HZ
from edge.messages import ClockSource, ClockState
from edge.packet import Packet
from edge.pipeline import StationPipeline
from edge.signal.resample import Resampler
from edge.sources.base import SourceDescription
from edge.timebase import TimeBase

_RATE_HZ = 100.0
_PACKET = 25
_BUFFER_S = 31
_BURST_EVERY_S = 120.0
_RATIO = 6.0
_NOISE_M_S2 = 6e-4
_START_NS = 1_580_000_000_000_000_000
_STATION = StationSection(network="XX", station="BENCH", latitude=0, longitude=0)


def trace(seconds: float) -> np.ndarray:
    """Return sensor noise with a 4 Hz burst every two minutes, shape (n, 3), m/s2."""
    random = np.random.default_rng(7)
    count = round(seconds * _RATE_HZ)
    times_s = np.arange(count) / _RATE_HZ
    since_s = (times_s + _BURST_EVERY_S / 2) % _BURST_EVERY_S
    burst = 0.02 * np.exp(-since_s / 5) * np.sin(8 * np.pi * since_s) * (times_s > 60)
    noise = random.normal(size=(count, 3)) * _NOISE_M_S2
    return (noise + burst[:, None]).astype(np.float32)


def packets(samples: np.ndarray) -> list[Packet]:
    """Return the trace as packets of a quarter of a second."""
    clock = ClockState(source=ClockSource.NTP, error_s=0.01)
    made = []
    for begin in range(0, len(samples) - _PACKET + 1, _PACKET):
        last_ns = _START_NS + round((begin + _PACKET - 1) * 1e9 / _RATE_HZ)
        part = samples[begin : begin + _PACKET]
        made.append(Packet(part, last_ns, last_ns + 20_000_000, _RATE_HZ, clock))
    return made


def pipeline(*, network: bool) -> StationPipeline:
    """Put a station's pipeline together."""
    config = DetectionSection(model=ModelSection(enabled=network))
    detectors, _ = load_detectors(config)
    description = SourceDescription("bench", "memory", "adxl355", _RATE_HZ, ("HNZ", "HNN", "HNE"))
    return StationPipeline(_STATION, config, detectors, description)


def ours(stream: list[Packet], *, network: bool) -> Callable[[], int]:
    """Return a run of the whole pipeline; it gives the number of triggers."""
    whole = pipeline(network=network)

    def run() -> int:
        for packet in stream:
            whole.push(packet)
        return whole.triggers

    return run


def network_alone(hops: int) -> Callable[[], int]:
    """Return a run of the shipped network over so many hops, its tensors set and read each time."""
    network = verify_bundle(load_bundle(shipped_bundle())).network
    inputs = {name: tensor.zeros() for name, tensor in network.inputs.items()}

    def run() -> int:
        for _ in range(hops):
            network.run(inputs)
        return 0

    return run


def sta_lta_alone(stream: list[Packet]) -> Callable[[], int]:
    """Return a run of the resampler and STA/LTA; it gives the number of onsets."""
    time_base = TimeBase(_RATE_HZ)
    blocks = [block for packet in stream for block in time_base.push(packet)]
    resampler = Resampler(DETECTION_RATE_HZ, _RATE_HZ)
    detector = StaLtaDetector(StaLtaConfig())

    def run() -> int:
        onsets, quiet = 0, True
        for block in blocks:
            on_grid = resampler.push(block)
            frames = [] if on_grid is None else detector.push(on_grid)
            for frame in frames:
                onsets += int(quiet and frame.score > _RATIO)
                quiet = frame.score < (_RATIO if quiet else 2.0)
        return onsets

    return run


def obspy_buffer(stream: list[Packet]) -> int:
    """Filter and recompute a buffer at every packet; returns the number of onsets."""
    buffer = np.zeros(0, np.float32)
    onsets, quiet = 0, True
    for packet in stream:
        buffer = np.concatenate([buffer, packet.samples[:, 0]])[-round(_BUFFER_S * _RATE_HZ) :]
        piece = Trace(buffer.copy(), {"sampling_rate": _RATE_HZ})
        piece.detrend("demean").filter("bandpass", freqmin=1, freqmax=10, corners=2)
        ratio = recursive_sta_lta(piece.data, round(0.5 * _RATE_HZ), round(30 * _RATE_HZ))
        peak = ratio[-_PACKET:].max()
        onsets += int(quiet and peak > _RATIO)
        quiet = peak < _RATIO if quiet else peak < 1.5
    return onsets


def main() -> None:
    """Run all in turn and print medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    stream = packets(trace(options.minutes * 60))
    makers: dict[str, Callable[[], Callable[[], int]]] = {
        "ours, STA/LTA and int8 network, 3 components": lambda: ours(stream, network=True),
        "ours without network, 3 components": lambda: ours(stream, network=False),
        "floor, the int8 network alone": lambda: network_alone(len(stream)),
        "ours, resampler and STA/LTA alone, 3 components": lambda: sta_lta_alone(stream),
        "ObsPy, 31 s buffer a packet, 1 component": lambda: lambda: obspy_buffer(stream),
    }
    for make in makers.values():
        make()()
    cpu_s: dict[str, list[float]] = {name: [] for name in makers}
    found: dict[str, int] = {}
    for _ in range(options.rounds):
        for name, make in makers.items():
            run = make()
            began = time.process_time()
            found[name] = run()
            cpu_s[name].append((time.process_time() - began) * 60 / options.minutes)
    report = {
        "unit": "CPU seconds an hour of stream",
        "medians": {name: statistics.median(values) for name, values in cpu_s.items()},
        "spread": {name: [min(values), max(values)] for name, values in cpu_s.items()},
        "triggers": found,
        "packets_a_run": len(stream),
        "python": platform.python_version(),
        "machine": platform.machine(),
        "load": os.getloadavg()[0],
    }
    if options.json:
        print(json.dumps(report, indent=2))
        return
    for name, median in report["medians"].items():
        low, high = report["spread"][name]
        packet_us = median / 3600 * 0.25 * 1e6
        print(
            f"{median:8.2f}  ({low:.2f} to {high:.2f})  {packet_us:6.0f} us a packet  "
            f"{found[name]} triggers  {name}"
        )
    print(f"Python {report['python']}, {report['machine']}, load {report['load']:.1f}")


if __name__ == "__main__":
    main()
