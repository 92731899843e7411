"""What it costs a station to listen to its noise, CPU seconds an hour of stream.

python benchmarks/noise.py

An hour of three components in packets of a quarter of a second goes into the noise meter alone;
a report is made every ten seconds, as for health. The median of several rounds is told.
"""

import argparse
import statistics
import time

from edge.noise.meter import NoiseMeter
from edge.noise.report import NoiseReporter
from edge.packet import Block
from edge.sources.synthetic import SyntheticConfig
from edge.timebase import TimeBase

_HOUR_S = 3600.0
_PACKET_S = 0.25
_REPORT_EVERY_PACKETS = 40


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    print("| rate | listening | and a report every 10 s |\n|---|---|---|")
    for rate_hz in (31.25, 100.0, 250.0):
        taken = [_measure(rate_hz) for _ in range(rounds)]
        listening, both = (statistics.median(column) for column in zip(*taken, strict=True))
        print(f"| {rate_hz:g} Hz | {listening:.3f} | {both:.3f} |", flush=True)


def _measure(rate_hz: float) -> tuple[float, float]:
    """Return the CPU seconds of an hour without and with reports."""
    source = SyntheticConfig(
        latitude=0, longitude=0, start=0, duration_s=_HOUR_S, rate_hz=rate_hz, packet_s=_PACKET_S
    ).open()
    time_base = TimeBase(rate_hz)
    blocks = [block for packet in source.packets() for block in time_base.push(packet)]
    return _run(blocks, rate_hz, reports=False), _run(blocks, rate_hz, reports=True)


def _run(blocks: list[Block], rate_hz: float, *, reports: bool) -> float:
    source = SyntheticConfig(latitude=0, longitude=0, rate_hz=rate_hz).open()
    meter = NoiseMeter(rate_hz)
    reporter = NoiseReporter(meter, source.describe())
    begin_s = time.process_time()
    for number, block in enumerate(blocks):
        meter.push(block)
        if reports and number % _REPORT_EVERY_PACKETS == 0:
            reporter.report()
    return time.process_time() - begin_s


if __name__ == "__main__":
    main()
