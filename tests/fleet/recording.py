"""A recorded earthquake as if it went on for ever, by the clock of today."""

import gzip
import json
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

LATITUDE, LONGITUDE = 16.68, -98.40
"""Of the station that recorded it."""
_EVENT, _STATION = "2020_1_11", "006"
_P_S = 1_578_752_530.0
"""When the P wave of an M5.1, 48 km away, came."""
_BEFORE_S, _AFTER_S = 70.0, 20.0
"""Mostly quiet, so that a network that is high in noise differs in whatever minute it is heard."""


def write_recording(data: Path, to: Path, begin_s: float, rounds: int = 80) -> float:
    """Write a minute and a half around the arrival, over and over; return the span, seconds.

    Args:
        data: Folder of recordings.
        to: File that ends in `.jsonl.gz`.
        begin_s: When the first round is to begin, seconds since 1970.
        rounds: How many there are.
    """
    packets = sorted(_packets(data), key=lambda packet: float(packet["device_t"]))
    times = [float(packet["device_t"]) for packet in packets]
    period_s = len(times) * median(b - a for a, b in pairwise(times))
    with gzip.open(to, "wt", encoding="utf-8", compresslevel=1) as out:
        for number in range(rounds):
            shift_s = begin_s + number * period_s - times[0]
            for packet in packets:
                out.write(json.dumps(_shifted(packet, shift_s)) + "\n")
    return rounds * period_s


def _packets(data: Path) -> Iterator[dict[str, Any]]:
    for path in sorted((data / "openeew_mx" / _EVENT / _STATION).glob("*.jsonl.gz")):
        for line in gzip.decompress(path.read_bytes()).decode().splitlines():
            packet = json.loads(line)
            if -_BEFORE_S <= float(packet["device_t"]) - _P_S < _AFTER_S:
                yield packet


def _shifted(packet: dict[str, Any], shift_s: float) -> dict[str, Any]:
    times = {key: round(float(packet[key]) + shift_s, 3) for key in ("device_t", "cloud_t")}
    return packet | times
