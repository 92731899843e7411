"""Events of the OpenEEW network in Mexico (MEMS, ADXL355) with their automatic picks.

Packets pass through the station's own source, time base and resampler: late packets, wrong clocks
and the true sampling rate are treated as the station treats them.
"""

import csv
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from edge.packet import Block
from edge.signal.resample import Resampler
from edge.sources.openeew import OpenEewConfig
from edge.timebase import TimeBase
from edge.timestamps import NANOSECONDS_PER_SECOND, seconds_to_ns
from training.data.record import RATE_HZ, Part, Record
from training.data.split import openeew_part

GUARD_S = 8.0
"""Kept away from the first possible P when what comes before is called noise, seconds."""

PICKED = frozenset({"A", "B"})
"""Qualities of the pick list that stand for a P."""


def read_openeew(folder: Path, parts: frozenset[Part]) -> Iterator[Record]:
    """Yield one record a station and event of `folder`, which holds `openeew_mx/`.

    Files of events outside `parts` are not opened. Of a record with gaps the stretch with the first
    arrival is taken, picked or predicted; the longest, where that fell into a gap.
    """
    place = folder / "openeew_mx"
    s_epochs = {
        (row["event"], row["station"]): float(row["auto_s_epoch"])
        for row in _rows(place / "openeew_spicks_auto.csv")
        if row["auto_s_epoch"]
    }
    for row in _rows(place / "openeew_ppicks_auto.csv"):
        if openeew_part(row["event"]) in parts:
            s_epoch = s_epochs.get((row["event"], row["station"]))
            yield _record(place / row["event"] / row["station"], row, s_epoch)


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def _record(place: Path, row: dict[str, str], s_epoch: float | None) -> Record:
    p_epoch = float(row["auto_p_epoch"]) if row["quality"] in PICKED else None
    first_arrival = min(p_epoch or np.inf, float(row["origin_epoch"]) + float(row["pred_p_s"]))
    stretch = _stretch_with(_stretches(place), seconds_to_ns(first_arrival))
    samples = np.concatenate([block.samples for block in stretch])
    start = stretch[0].start_ns / NANOSECONDS_PER_SECOND
    return Record(
        source="openeew",
        event=row["event"],
        station=row["station"],
        part=openeew_part(row["event"]),
        samples=samples,
        noise_end=int(np.clip((first_arrival - GUARD_S - start) * RATE_HZ, 0, len(samples))),
        p_index=None if p_epoch is None else (p_epoch - start) * RATE_HZ,
        s_index=None if s_epoch is None else (s_epoch - start) * RATE_HZ,
        magnitude=float(row["mag"]),
        distance_km=float(row["dist_km"]),
        in_m_s2=True,
    )


def _stretch_with(stretches: list[list[Block]], time_ns: int) -> list[Block]:
    for stretch in stretches:
        if stretch[0].start_ns <= time_ns < stretch[-1].end_ns:
            return stretch
    return max(stretches, key=lambda blocks: sum(len(block.samples) for block in blocks))


def _stretches(place: Path) -> list[list[Block]]:
    """Return the resampled blocks of a record, cut at its gaps."""
    source = OpenEewConfig(paths=(place,)).open()
    time_base = TimeBase(source.describe().nominal_rate_hz)
    resampler = Resampler(RATE_HZ)
    blocks = [block for packet in source.packets() for block in time_base.push(packet)]
    blocks += time_base.flush()
    stretches: list[list[Block]] = []
    for block in blocks:
        resampled = resampler.push(block)
        if resampled is None:
            continue
        if not resampled.continues:
            stretches.append([])
        stretches[-1].append(resampled)
    return stretches
