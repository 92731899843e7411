"""What the tables of data sets have in common: numbers that may be missing, times, channels."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TextIO

import numpy as np
from numpy.typing import NDArray

from edge.packet import Samples
from edge.timestamps import parse_time
from training.data.recording import Quantity
from training.errors import BrokenRecordError

_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_COLUMN = {"Z": 0, "3": 0, "N": 1, "1": 1, "X": 1, "E": 2, "2": 2, "Y": 2}
"""Column of a component by the last letter of its channel; X, Y, 1, 2 are not orientated."""


def open_table(path: Path) -> TextIO:
    """Open a CSV; bytes that are no UTF-8 cost their own row at most."""
    return path.open(newline="", encoding="utf-8", errors="replace")


def number(row: Mapping[str, object], key: str) -> float | None:
    """Return a number of a row, or None where it is absent, empty or not a number.

    Values nested as `[[3401.]]` count, and of several (`[54.8 55.1 48.]`) the mean of the finite.
    """
    value = row.get(key)
    if value is None:
        return None
    texts = _NUMBER.findall(str(np.asarray(value).tolist() if hasattr(value, "shape") else value))
    return float(np.mean([float(text) for text in texts])) if texts else None


def text(row: Mapping[str, object], key: str) -> str:
    """Return a text of a row, empty where it is absent or `nan`."""
    value = row.get(key)
    if value is None:
        return ""
    found = value.decode() if isinstance(value, bytes) else str(value)
    return "" if found.lower() in {"nan", "none"} else found


def time_ns(row: Mapping[str, object], key: str) -> int | None:
    """Return a UTC time of a row in nanoseconds, or None where it is absent or unreadable."""
    try:
        return parse_time(text(row, key).strip())
    except ValueError:
        return None


def quantity_of(channel: str) -> Quantity:
    """Return what a channel measures by the second letter of its code (SEED 2.4, appendix A)."""
    instrument = channel[1:2].upper()
    if instrument in {"N", "L", "G"}:
        return "acceleration"
    return "velocity" if instrument in {"H", "P"} else "unknown"


def column_of(channel: str) -> int:
    """Return the column of a channel: Z 0; N, 1, X 1; E, 2, Y 2.

    Raises:
        BrokenRecordError: Its last letter is none of these.
    """
    letter = channel[-1:].upper()
    if letter not in _COLUMN:
        raise BrokenRecordError(channel, "unknown component", letter)
    return _COLUMN[letter]


def ordered(data: NDArray[np.generic], components: str) -> Samples:
    """Return columns in the order Z, N, E; absent ones as NaN.

    Args:
        data: Shape (n, len(components)).
        components: Last letters of the channels, in the order of the columns.

    Raises:
        BrokenRecordError: There are more or fewer columns than components.
    """
    if data.ndim != 2 or data.shape[1] != len(components):
        raise BrokenRecordError(components, "wrong shape", str(data.shape))
    samples = np.full((len(data), 3), np.nan, np.float32)
    for column, letter in enumerate(components):
        samples[:, column_of(letter)] = data[:, column]
    return samples
