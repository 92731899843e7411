"""A data set in one form on disk, read through memory maps: larger than memory, and fast.

A folder of three files:

- `samples.bin`: for each recording its components one after another, Z then N then E, as int16
  (times a scale of its own for each component) or float32;
- `index.npy`: a row a recording: where its samples are, rate, picks, part, and where its line is;
- `descriptions.jsonl`: a line a recording, everything that is known about it.
"""

import json
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import asdict
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Final, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from edge.packet import Samples
from training.data.drops import Drops
from training.data.record import Part
from training.data.recording import Description, Recording, Segment
from training.errors import DataError

StoredAs = Literal["int16", "float32"]

INDEX_DTYPE: Final = np.dtype(
    [
        ("begin", "<i8"),
        ("length", "<i8"),
        ("scale", "<f4", (3,)),
        ("rate_hz", "<f8"),
        ("p_index", "<f8"),
        ("s_index", "<f8"),
        ("end_index", "<f8"),
        ("part", "i1"),
        ("earthquake", "i1"),
        ("line", "<i8"),
    ]
)
PARTS: Final[tuple[Part, ...]] = get_args(Part)
_COMPONENTS: Final = 3
_LARGEST_INT16: Final = 32767
_SAMPLES, _INDEX, _DESCRIPTIONS = "samples.bin", "index.npy", "descriptions.jsonl"


class StoreWriter(AbstractContextManager["StoreWriter"]):
    """Writes recordings one at a time; the index is written when all is well at the end.

    Args:
        folder: New or empty.
        stored_as: int16 halves the size; a recording whose samples are whole numbers within its
            range is kept exactly, any other to 1/65534 of its peak to peak.

    Raises:
        DataError: The folder holds something already.
    """

    def __init__(self, folder: Path, stored_as: StoredAs = "float32") -> None:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise DataError(folder, "is not empty; a data set is written into a folder of its own")
        self._folder = folder
        self._dtype = np.dtype(f"<{np.dtype(stored_as).str[1:]}")
        self._rows = bytearray()
        self._count = 0
        self._begin = 0
        self._samples = (folder / _SAMPLES).open("wb")
        self._lines = (folder / _DESCRIPTIONS).open("wb")

    def __len__(self) -> int:
        return self._count

    def append(self, recording: Recording) -> None:
        """Write a recording behind the others."""
        about, samples = recording.about, recording.samples
        stored, scale = _stored(samples, self._dtype)
        row = (
            self._begin,
            len(samples),
            scale,
            about.rate_hz,
            *(_or_nan(i) for i in (about.p_index, about.s_index, about.end_index)),
            PARTS.index(about.part),
            about.category == "earthquake",
            self._lines.tell(),
        )
        self._rows += np.array([row], INDEX_DTYPE).tobytes()
        self._count += 1
        self._samples.write(stored.tobytes())
        self._lines.write(json.dumps(asdict(about)).encode() + b"\n")
        self._begin += samples.size

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._samples.close()
        self._lines.close()
        if kind is None:
            with (self._folder / _INDEX).open("wb") as file:
                np.save(file, np.frombuffer(self._rows, INDEX_DTYPE))


class WaveformStore:
    """Reads what a `StoreWriter` wrote.

    Attributes:
        index: One row a recording, see `INDEX_DTYPE`; `begin` counts values in `samples`.
        samples: All values, int16 or float32, mapped from the file.
    """

    def __init__(self, folder: Path) -> None:
        if not is_store(folder):
            raise DataError(folder, f"holds no {_INDEX}: no data set, or one never finished")
        self.folder = folder
        self.index: NDArray[np.void] = np.load(folder / _INDEX, allow_pickle=False)
        if self.index.dtype != INDEX_DTYPE:
            raise DataError(folder, f"{_INDEX} is of another version; convert the set anew")
        count = int((self.index["length"] * _COMPONENTS).sum())
        size = (folder / _SAMPLES).stat().st_size
        types = {2 * count: "<i2", 4 * count: "<f4"}
        if count == 0 or size not in types:
            raise DataError(folder, f"{_SAMPLES} has {size} bytes, not those of {count} values")
        self.samples = np.memmap(folder / _SAMPLES, types[size], "r")

    def __len__(self) -> int:
        return len(self.index)

    def __getitem__(self, number: int) -> Recording:
        return Recording(self.describe(number), self.samples_of(number))

    def samples_of(self, number: int) -> Samples:
        """Return a recording's samples, shape (n, 3), in its unit."""
        row = self.index[number]
        begin, length = int(row["begin"]), int(row["length"])
        block = self.samples[begin : begin + _COMPONENTS * length].reshape(_COMPONENTS, length)
        return np.asarray((block * row["scale"][:, None]).T, np.float32)

    def describe(self, number: int) -> Description:
        """Return what is known about a recording."""
        with (self.folder / _DESCRIPTIONS).open("rb") as lines:
            lines.seek(int(self.index[number]["line"]))
            facts = json.loads(lines.readline())
        facts["segments"] = tuple(Segment(**segment) for segment in facts["segments"])
        return Description(**facts)


def is_store(path: Path) -> bool:
    """Tell whether a folder holds a finished data set."""
    return all((path / name).is_file() for name in (_SAMPLES, _INDEX, _DESCRIPTIONS))


def read_store(path: Path, drops: Drops) -> Iterator[Recording]:
    """Yield the recordings of a data set; reads like any other layout."""
    store = WaveformStore(path)
    for number in range(len(store)):
        recording = drops.read(f"{path}: recording {number}", partial(store.__getitem__, number))
        if recording is not None:
            yield recording


def _stored(samples: Samples, dtype: np.dtype[np.generic]) -> tuple[NDArray[np.generic], Samples]:
    """Return samples as (3, n) of the stored type and the scale of each component.

    A missing component has the scale NaN; single missing samples cannot be kept in int16.
    """
    columns = samples.T
    missing = ~np.isfinite(columns).any(axis=1)
    scale = np.where(missing, np.nan, 1.0).astype(np.float32)
    if dtype.kind == "f":
        return np.where(missing[:, None], 0, columns).astype(dtype), scale
    values = np.nan_to_num(columns, nan=0.0)
    peak = np.abs(values).max(axis=1)
    whole = (values == np.rint(values)).all(axis=1) & (peak <= _LARGEST_INT16)
    scale = np.where(whole | (peak == 0), scale, scale * peak / _LARGEST_INT16)
    divisor = np.where(missing, 1.0, scale)[:, None]
    return np.rint(values / divisor).astype(dtype), scale


def _or_nan(value: float | None) -> float:
    return np.nan if value is None else value
