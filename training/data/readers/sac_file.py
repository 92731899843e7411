"""One file in the SAC format (IRIS, SAC users' manual 101.6, header version 6), plain or gzipped.

Evenly sampled time series alone; either byte order, found by the header version.
"""

import gzip
import zlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge.timestamps import NANOSECONDS_PER_SECOND
from training.errors import BrokenRecordError

_UNDEFINED: Final = -12345
_FLOATS, _INTS, _TEXT_BYTES = 70, 40, 192
_HEADER_BYTES: Final = 4 * (_FLOATS + _INTS) + _TEXT_BYTES
_VERSION_PLACE, _NPTS_PLACE, _TYPE_PLACE, _EVEN_PLACE = 6, 9, 15, 35
_TIME_SERIES: Final = 1
_FLOAT_PLACES: Final = {
    "delta": 0, "b": 5, "o": 7, "a": 8, "stla": 31, "stlo": 32,
    "evla": 35, "evlo": 36, "evdp": 38, "mag": 39,
    **{f"t{k}": 10 + k for k in range(10)},
}  # fmt: skip
_TEXT_PLACES: Final = {
    "kstnm": 0, "ka": 40, "kcmpnm": 160, "knetwk": 168,
    **{f"kt{k}": 48 + 8 * k for k in range(10)},
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class SacTrace:
    """Samples and the header fields that are set."""

    samples: NDArray[np.float32]
    """Shape (n,)."""
    numbers: dict[str, float]
    """Times are seconds from the reference time; `b` is that of the first sample."""
    texts: dict[str, str]
    reference_ns: int | None

    @property
    def rate_hz(self) -> float:
        """Sampling rate, hertz, to a millionth: the interval has single precision."""
        return round(1.0 / self.numbers["delta"], 4)

    @property
    def start_ns(self) -> int | None:
        """Time of the first sample."""
        if self.reference_ns is None:
            return None
        return self.reference_ns + round(self.numbers.get("b", 0.0) * NANOSECONDS_PER_SECOND)

    def index_of(self, time_s: float) -> float:
        """Return where a time of the header falls, in samples."""
        return (time_s - self.numbers.get("b", 0.0)) * self.rate_hz


def read_sac(path: Path) -> SacTrace:
    """Return the trace of a file.

    Raises:
        BrokenRecordError: It is no evenly sampled time series in SAC's format, or is cut short.
    """
    content = _content(path)
    if len(content) < _HEADER_BYTES:
        raise BrokenRecordError(str(path), "no SAC header", f"{len(content)} bytes")
    order = _byte_order(path, content)
    floats = np.frombuffer(content, f"{order}f4", _FLOATS)
    ints = np.frombuffer(content, f"{order}i4", _INTS, 4 * _FLOATS)
    npts = int(ints[_NPTS_PLACE])
    if ints[_TYPE_PLACE] != _TIME_SERIES or not ints[_EVEN_PLACE]:
        raise BrokenRecordError(str(path), "no evenly sampled time series")
    if npts <= 0 or len(content) < _HEADER_BYTES + 4 * npts:
        raise BrokenRecordError(str(path), "cut short", f"{npts} samples announced")
    samples = np.frombuffer(content, f"{order}f4", npts, _HEADER_BYTES).astype(np.float32)
    numbers = {n: float(floats[i]) for n, i in _FLOAT_PLACES.items() if floats[i] != _UNDEFINED}
    if numbers.get("delta", 0.0) <= 0:
        raise BrokenRecordError(str(path), "no sampling rate")
    text = content[4 * (_FLOATS + _INTS) : _HEADER_BYTES].decode("latin-1")
    texts = {name: text[i : i + 8].strip(" \0") for name, i in _TEXT_PLACES.items()}
    texts = {name: found for name, found in texts.items() if not found.startswith("-12345")}
    return SacTrace(samples, numbers, texts, _reference_ns(ints))


def _content(path: Path) -> bytes:
    if path.suffix != ".gz":
        return path.read_bytes()
    try:
        return gzip.decompress(path.read_bytes())
    except (OSError, EOFError, zlib.error) as error:
        raise BrokenRecordError(str(path), "no whole gzip file", str(error)) from None


def _byte_order(path: Path, content: bytes) -> str:
    for order in "<>":
        ints = np.frombuffer(content, f"{order}i4", _INTS, 4 * _FLOATS)
        if ints[_VERSION_PLACE] in {6, 7}:
            return order
    raise BrokenRecordError(str(path), "no SAC header", "version is neither 6 nor 7")


def _reference_ns(ints: NDArray[np.int32]) -> int | None:
    year, day, hour, minute, second, millisecond = (int(value) for value in ints[:6])
    if _UNDEFINED in {year, day, hour, minute, second, millisecond}:
        return None
    moment = datetime(year, 1, 1, hour, minute, second, tzinfo=UTC) + timedelta(days=day - 1)
    return round(moment.timestamp()) * NANOSECONDS_PER_SECOND + millisecond * 1_000_000
