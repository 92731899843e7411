"""TXED, the Texas earthquake data set (Chen et al. 2024, SRL 95): one HDF5 group a trace.

`<event>_<station>_EV` or `<number>_<station>_NO` at the root, each with a dataset `data` of shape
(6000, 3), columns Z, N, E, 100 Hz, velocity in counts, and the labels as the group's attributes.
"""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import h5py
import numpy as np

from training.data.drops import Drops
from training.data.readers.fields import number, ordered, text, time_ns
from training.data.readers.hdf5 import open_hdf5
from training.data.recording import Description, Recording
from training.data.split import hashed_part
from training.errors import BrokenRecordError, DataError

RATE_HZ = 100.0
_SUFFIXES = (".h5", ".hdf5")


def is_txed(path: Path) -> bool:
    """Tell whether a file, or one of a folder, has a group a trace."""
    return bool(_files(path))


def read_txed(path: Path, drops: Drops) -> Iterator[Recording]:
    """Yield the recordings of a file, or of every such file in a folder.

    Raises:
        DataError: There is no such file.
    """
    files = _files(path)
    if not files:
        raise DataError(path, "no HDF5 file with a group for each trace")
    for place in files:
        with open_hdf5(place) as file:
            # One link after another: the list of names of 70 GB need not be in memory at once.
            for name in file:
                recording = drops.read(f"{place}:/{name}", partial(_recording, file, name))
                if recording is not None:
                    yield recording


def _files(path: Path) -> list[Path]:
    places = sorted(path.iterdir()) if path.is_dir() else [path]
    return [p for p in places if p.suffix in _SUFFIXES and _has_groups(p)]


def _has_groups(path: Path) -> bool:
    if not h5py.is_hdf5(path):
        return False
    with open_hdf5(path) as file:
        first = next(iter(file), None)
        return first is not None and first.endswith(("_EV", "_NO"))


def _recording(file: h5py.File, name: str) -> Recording:
    group = file[name]
    if not isinstance(group, h5py.Group) or "data" not in group:
        raise BrokenRecordError(name, "no waveform")
    row = dict(group.attrs)
    is_event = name.endswith("_EV")
    p_index = number(row, "p_arrival_sample") if is_event else None
    event = f"txed-{name.split('_', maxsplit=1)[0] if is_event else name}"
    p_ns = time_ns(row, "p_arrival_time")
    about = Description(
        source="txed",
        name=name,
        event=event,
        station=text(row, "station") or name.split("_")[1],
        part=hashed_part(event),
        rate_hz=RATE_HZ,
        quantity="velocity",
        category="earthquake" if is_event else "noise",
        picks="analyst" if is_event else "none",
        start_ns=None if p_ns is None or p_index is None else p_ns - round(p_index * 1e9 / RATE_HZ),
        p_index=p_index,
        s_index=number(row, "s_arrival_sample") if is_event else None,
        end_index=number(row, "coda_end_sample") if is_event else None,
        magnitude=number(row, "magnitude"),
        snr_db=number(row, "snr_db"),
    )
    return Recording(about, ordered(np.asarray(group["data"]), "ZNE"))
