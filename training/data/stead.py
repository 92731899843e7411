"""Windows in STEAD's HDF5 and CSV layout (Mousavi et al. 2019, IEEE Access 7).

Both generations of the layout are read: `data/<trace>` with the labels in the CSV, and the older
`earthquake/local/<trace>`. Columns are E, N, Z; velocity in counts, differentiated here.
"""

import csv
from collections.abc import Iterator
from pathlib import Path

import h5py
import numpy as np

from training.data.record import RATE_HZ, Record, to_detection_rate
from training.data.split import hashed_part

_STEAD_RATE_HZ = 100.0
_GROUPS = ("data", "earthquake/local", "non_earthquake/noise")
_GUARD_S = 1.0


def read_stead(folder: Path) -> Iterator[Record]:
    """Yield the records of `folder`, which holds `stead_sample/`."""
    place = folder / "stead_sample"
    with (
        (place / "metadata.csv").open(newline="") as table,
        h5py.File(place / "waveforms.hdf5") as file,
    ):
        for row in csv.DictReader(table):
            yield _record(_dataset(file, row["trace_name"]), row)


def _dataset(file: h5py.File, trace: str) -> h5py.Dataset:
    for group in _GROUPS:
        if f"{group}/{trace}" in file:
            return file[f"{group}/{trace}"]
    raise KeyError(f"{file.filename}: no waveform of {trace} in any of {', '.join(_GROUPS)}")


def _record(dataset: h5py.Dataset, row: dict[str, str]) -> Record:
    counts = np.asarray(dataset, np.float64)[:, ::-1]
    acceleration = np.gradient(counts, 1 / _STEAD_RATE_HZ, axis=0)
    resampled, _ = to_detection_rate(acceleration, _STEAD_RATE_HZ)
    scale = RATE_HZ / _STEAD_RATE_HZ
    is_event = row["trace_category"].startswith("earthquake")
    p_index = float(row["p_arrival_sample"]) * scale if is_event else None
    event = f"stead-{row['source_id'] if is_event else row['trace_name']}"
    return Record(
        source="stead",
        event=event,
        station=f"{row['network_code']}.{row['receiver_code']}",
        part=hashed_part(event),
        samples=resampled,
        noise_end=len(resampled) if p_index is None else max(0, int(p_index - _GUARD_S * RATE_HZ)),
        p_index=p_index,
        s_index=float(row["s_arrival_sample"]) * scale if is_event else None,
        distance_km=float(row["source_distance_km"]) if is_event else None,
    )
