"""SeisBench's format (Woollam et al. 2022, SRL 93), in which dozens of data sets are published.

`metadata.csv` and `waveforms.hdf5`, or several pairs with a common suffix (chunks). A trace's name
is that of a dataset under `data/`, or `bucket$i,:c,:n`: row i of a block, of which the first c
components and n samples are meant. The group `data_format` and columns of the table say order of
the axes, order of the components, and sampling rate.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import h5py
import numpy as np
from numpy.typing import NDArray

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
from training.data.record import Part
from training.data.recording import Category, Description, Picks, Quantity, Recording
from training.data.split import hashed_part
from training.errors import BrokenRecordError, DataError

_P_COLUMNS = ("trace_p_arrival_sample", "trace_pg_arrival_sample", "trace_pn_arrival_sample")
_S_COLUMNS = ("trace_s_arrival_sample", "trace_sg_arrival_sample", "trace_sn_arrival_sample")
_PARTS: dict[str, Part] = {"train": "train", "dev": "validation", "test": "test"}
_QUANTITIES: dict[str, Quantity] = {"velocity": "velocity", "acceleration": "acceleration"}


@dataclass(frozen=True, slots=True)
class _Format:
    """What a file says of all its traces."""

    dimensions: str
    components: str
    rate_hz: float | None
    measurement: str
    unit: str


def is_seisbench(path: Path) -> bool:
    """Tell whether a folder holds pairs of metadata and waveforms with SeisBench's columns."""
    return any(_has_columns(table) for table, _ in _pairs(path))


def read_seisbench(path: Path, drops: Drops) -> Iterator[Recording]:
    """Yield the recordings of a data set's folder.

    Raises:
        DataError: The folder holds no pair of files.
    """
    pairs = _pairs(path)
    if not pairs:
        raise DataError(path, "no metadata.csv with a waveforms.hdf5 beside it")
    for table, waveforms in pairs:
        with open_table(table) as lines, open_hdf5(waveforms) as file:
            form = _format(file)
            source = path.name.lower()
            for line, row in enumerate(csv.DictReader(lines), 2):
                read = partial(_recording, source, file, form, row)
                recording = drops.read(f"{table}:{line}", read)
                if recording is not None:
                    yield recording


def _pairs(path: Path) -> list[tuple[Path, Path]]:
    tables = sorted(path.glob("metadata*.csv")) if path.is_dir() else []
    pairs = [(t, path / t.name.replace("metadata", "waveforms", 1)) for t in tables]
    pairs = [(table, waveforms.with_suffix(".hdf5")) for table, waveforms in pairs]
    return [(table, waveforms) for table, waveforms in pairs if waveforms.is_file()]


def _has_columns(table: Path) -> bool:
    with open_table(table) as lines:
        columns = next(csv.reader(lines), [])
    return any(column.startswith(("trace_", "station_")) for column in columns) and (
        "station_code" in columns or "trace_sampling_rate_hz" in columns
    )


def _format(file: h5py.File) -> _Format:
    group = file.get("data_format")
    facts: dict[str, object] = {}
    if group is not None:
        facts = {**group.attrs, **{key: value[()] for key, value in group.items()}}
    return _Format(
        dimensions=text(facts, "dimension_order") or "CW",
        components=text(facts, "component_order") or "ZNE",
        rate_hz=number(facts, "sampling_rate"),
        measurement=text(facts, "measurement"),
        unit=text(facts, "unit") or "counts",
    )


def _recording(source: str, file: h5py.File, form: _Format, row: dict[str, str]) -> Recording:
    row = {key.lower(): value for key, value in row.items() if key is not None}
    name = text(row, "trace_name")
    components = text(row, "trace_component_order") or form.components
    data = _waveform(file, name, text(row, "trace_dimension_order") or form.dimensions)
    samples = ordered(data[:, : len(components)], components[: data.shape[1]])
    rate_hz = number(row, "trace_sampling_rate_hz") or form.rate_hz
    if rate_hz is None:
        raise BrokenRecordError(name, "no sampling rate")
    p_index, s_index = _first(row, _P_COLUMNS), _first(row, _S_COLUMNS)
    event_id = text(row, "source_id")
    event = f"{source}-{event_id or name}"
    about = Description(
        source=source,
        name=name,
        event=event,
        station=f"{text(row, 'station_network_code')}.{text(row, 'station_code')}",
        part=_PARTS.get(text(row, "split")) or hashed_part(event),
        rate_hz=rate_hz,
        unit=text(row, "trace_unit") or form.unit,
        quantity=_quantity(row, form),
        category="earthquake" if p_index is not None or s_index is not None else _category(row),
        picks=_picks(row, p_index),
        start_ns=time_ns(row, "trace_start_time"),
        p_index=p_index,
        s_index=s_index,
        end_index=number(row, "trace_coda_end_sample"),
        magnitude=number(row, "source_magnitude"),
        distance_km=number(row, "path_ep_distance_km"),
        snr_db=number(row, "trace_snr_db"),
    )
    return Recording(about, samples)


def _waveform(file: h5py.File, name: str, dimensions: str) -> NDArray[np.generic]:
    """Return a trace as (samples, components)."""
    bucket, _, place = name.partition("$")
    if f"data/{bucket}" not in file:
        raise BrokenRecordError(name, "no waveform")
    dataset = file[f"data/{bucket}"]
    data = np.asarray(dataset[_indices(place)] if place else dataset[()])
    axes = dimensions.replace("N", "")
    if data.ndim != 2 or sorted(axes) != ["C", "W"]:
        raise BrokenRecordError(name, "wrong shape", f"{data.shape} as {dimensions}")
    return data.T if axes == "CW" else data


def _indices(place: str) -> tuple[int | slice, ...]:
    """Return what `3,:3,:6000` selects."""
    return tuple(
        slice(*(int(part) if part else None for part in item.split(":")))
        if ":" in item
        else int(item)
        for item in place.split(",")
    )


def _first(row: dict[str, str], columns: tuple[str, ...]) -> float | None:
    """Return the earliest arrival of a phase and its branches."""
    found = [value for column in columns if (value := number(row, column)) is not None]
    return min(found, default=None)


def _category(row: dict[str, str]) -> Category:
    named = text(row, "trace_category").lower()
    return "noise" if "noise" in named or not text(row, "source_id") else "unlabelled"


def _picks(row: dict[str, str], p_index: float | None) -> Picks:
    if p_index is None:
        return "none"
    return "automatic" if text(row, "trace_p_status").startswith("auto") else "analyst"


def _quantity(row: dict[str, str], form: _Format) -> Quantity:
    named = _QUANTITIES.get(form.measurement.lower())
    return named or quantity_of(text(row, "trace_channel"))
