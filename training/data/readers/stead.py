"""STEAD (Mousavi et al. 2019, IEEE Access 7): HDF5 with its labels in a CSV beside it.

Both generations of the layout: `data/<trace>` as published, and the groups `earthquake/local` and
`non_earthquake/noise` of before. A folder may hold several pairs (`chunk1.hdf5` and `chunk1.csv`,
...). Columns are E, N, Z; 100 Hz; counts.
"""

import csv
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import h5py
import numpy as np

from training.data.drops import Drops
from training.data.readers.fields import (
    number,
    open_table,
    ordered,
    quantity_of,
    text,
    time_ns,
)
from training.data.readers.hdf5 import open_hdf5
from training.data.recording import Description, Recording
from training.data.split import hashed_part
from training.errors import BrokenRecordError, DataError

RATE_HZ = 100.0
COMPONENTS = "ENZ"
GROUPS = ("data", "earthquake/local", "non_earthquake/noise")
_MARK = "receiver_code"
"""A column of STEAD's CSV that SeisBench's has not."""


def is_stead(path: Path) -> bool:
    """Tell whether a folder holds STEAD's pairs of files."""
    return bool(_pairs(path))


def read_stead_files(path: Path, drops: Drops) -> Iterator[Recording]:
    """Yield the recordings of every pair of files in a folder.

    Raises:
        DataError: The folder holds no pair.
    """
    pairs = _pairs(path)
    if not pairs:
        raise DataError(path, "no pair such as chunk2.hdf5 and chunk2.csv with STEAD's columns")
    for table, waveforms in pairs:
        with open_table(table) as lines, open_hdf5(waveforms) as file:
            for line, row in enumerate(csv.DictReader(lines), 2):
                recording = drops.read(f"{table}:{line}", partial(_recording, file, row))
                if recording is not None:
                    yield recording


def _pairs(path: Path) -> list[tuple[Path, Path]]:
    tables = sorted(path.glob("*.csv")) if path.is_dir() else []
    pairs = []
    for table in tables:
        for name in (f"{table.stem}.hdf5", f"{table.stem}.h5", "waveforms.hdf5"):
            waveforms = path / name
            if waveforms.is_file() and _has_mark(table):
                pairs.append((table, waveforms))
                break
    return pairs


def _has_mark(table: Path) -> bool:
    with open_table(table) as lines:
        return _MARK in next(csv.reader(lines), [])


def _recording(file: h5py.File, row: dict[str, str]) -> Recording:
    name = text(row, "trace_name")
    samples = ordered(np.asarray(_dataset(file, name)), COMPONENTS)
    is_event = text(row, "trace_category").startswith("earthquake")
    event = f"stead-{text(row, 'source_id') or name}" if is_event else f"stead-{name}"
    about = Description(
        source="stead",
        name=name,
        event=event,
        station=f"{text(row, 'network_code')}.{text(row, 'receiver_code')}",
        part=hashed_part(event),
        rate_hz=RATE_HZ,
        quantity=quantity_of(text(row, "receiver_type")),
        category="earthquake" if is_event else "noise",
        picks="automatic" if text(row, "p_status") == "autopicker" else "analyst",
        start_ns=time_ns(row, "trace_start_time"),
        p_index=number(row, "p_arrival_sample") if is_event else None,
        s_index=number(row, "s_arrival_sample") if is_event else None,
        end_index=number(row, "coda_end_sample") if is_event else None,
        magnitude=number(row, "source_magnitude"),
        distance_km=number(row, "source_distance_km"),
        snr_db=number(row, "snr_db"),
    )
    return Recording(about, samples)


def _dataset(file: h5py.File, name: str) -> h5py.Dataset:
    for group in GROUPS:
        if f"{group}/{name}" in file:
            return file[f"{group}/{name}"]
    raise BrokenRecordError(name, "no waveform", f"looked in {', '.join(GROUPS)}")
