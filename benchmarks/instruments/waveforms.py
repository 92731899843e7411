"""Seismograms straight from a folder of recordings, the catalogue's events beside them."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cloud.recordings import read_recording
from cloud.seismogram import Seismogram
from edge.config import StationConfig, StationSection
from edge.packet import Block
from edge.timebase import TimeBase
from edge.timestamps import ns_to_seconds


@dataclass(frozen=True, slots=True)
class Recorded:
    """A station of a recording and what it wrote."""

    place: StationSection
    seismogram: Seismogram


def recorded(folder: Path) -> Iterator[Recorded]:
    """Yield every station of an event's folder that wrote anything."""
    for config in read_recording(folder).stations:
        blocks = list(_blocks(config))
        if blocks:
            name = f"{config.station.network}.{config.station.station}"
            yield Recorded(config.station, _joined(name, blocks))


def _blocks(config: StationConfig) -> Iterator[Block]:
    source = config.source.open()
    base = TimeBase(source.describe().nominal_rate_hz)
    for packet in source.packets():
        yield from base.push(packet)
    yield from base.flush()


def _joined(name: str, blocks: list[Block]) -> Seismogram:
    """Return one even grid over all blocks; what is missing is bridged and told."""
    start_ns = blocks[0].start_ns
    times = np.concatenate(
        [
            ns_to_seconds(b.start_ns - start_ns) + np.arange(len(b.samples)) / b.rate_hz
            for b in blocks
        ]
    )
    samples = np.concatenate([b.samples for b in blocks])
    order = np.argsort(times, kind="stable")
    times, samples = times[order], samples[order]
    rate_hz = float(np.median([b.rate_hz for b in blocks]))
    grid = np.arange(int(times[-1] * rate_hz) + 1) / rate_hz
    even = np.stack([np.interp(grid, times, samples[:, c]) for c in range(3)], axis=1)
    holes = np.flatnonzero(np.diff(times) > 2.5 / rate_hz)
    gaps = tuple((int(times[h] * rate_hz) + 1, int(times[h + 1] * rate_hz)) for h in holes)
    clipped = any(b.clipped for b in blocks)
    return Seismogram(name, start_ns, rate_hz, even.astype(np.float32), clipped, gaps)
