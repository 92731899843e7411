"""Finds miniSEED records (versions 2 and 3) in files, whatever lies between them."""

import mmap
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge.errors import MissingExtraError, PacketError

try:
    from pymseed import MS3Record, get_error_messages, sourceid2nslc
    from pymseed.exceptions import MiniSEEDError
except ImportError as missing:
    raise MissingExtraError("edge", "pymseed") from missing

_HEADER: Final = re.compile(rb"[0-9]{6}[DRQM][ \0]|MS\x03")
"""How a record of version 2 (sequence number, quality) or 3 begins."""


@dataclass(frozen=True, slots=True)
class RecordPlace:
    """A record's header, and where the record lies."""

    path: Path
    offset: int
    length: int
    network: str
    station: str
    location: str
    channel: str
    start_ns: int
    end_ns: int
    """Time of the last sample."""
    rate_hz: float

    def __str__(self) -> str:
        return f"{self.path}:byte {self.offset}"


def scan(path: Path, on_damage: Callable[[PacketError], None]) -> Iterator[RecordPlace]:
    """Yield the records of one file that hold samples in time.

    Args:
        path: A file.
        on_damage: Told once for each stretch of bytes that is no record.
    """
    with path.open("rb") as file:
        if path.stat().st_size == 0:
            return
        with (
            mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content,
            memoryview(content) as view,
        ):
            yield from _scan(path, view, on_damage)


def _scan(
    path: Path, content: memoryview, on_damage: Callable[[PacketError], None]
) -> Iterator[RecordPlace]:
    offset = 0
    while offset < len(content):
        with content[offset:] as rest:
            place = _header_or_reason(path, offset, rest)
        if isinstance(place, str):
            on_damage(PacketError(f"{path}:byte {offset}", f"no record here: {place}"))
            following = _HEADER.search(content, offset + 1)
            offset = following.start() if following else len(content)
            continue
        offset += place.length
        if place.rate_hz > 0 and place.end_ns >= place.start_ns:
            yield place


def _header_or_reason(path: Path, offset: int, content: memoryview) -> RecordPlace | str:
    """Return a header, or why there is none: an error on its way would keep the memory mapped."""
    try:
        return _parse_header(path, offset, content)
    except (MiniSEEDError, ValueError) as error:
        return str(error)


def _parse_header(path: Path, offset: int, content: memoryview) -> RecordPlace:
    record = MS3Record.parse(content)
    network, station, location, channel = sourceid2nslc(record.sourceid)
    return RecordPlace(
        path=path,
        offset=offset,
        length=record.reclen,
        network=network,
        station=station,
        location=location,
        channel=channel,
        start_ns=record.starttime,
        end_ns=record.endtime,
        rate_hz=record.samprate if record.samplecnt > 0 else 0.0,
    )


def read_samples(place: RecordPlace) -> NDArray[np.float64]:
    """Return a record's samples as they are stored, shape (n,).

    Raises:
        PacketError: The record cannot be decoded, fails the integrity check of its encoding, or
            holds no finite numbers.
    """
    try:
        with place.path.open("rb") as file:
            file.seek(place.offset)
            content = file.read(place.length)
    except OSError as error:
        raise PacketError(str(place), f"cannot be read: {error}") from None
    return _samples(_parse(content, str(place)), str(place))


@dataclass(frozen=True, slots=True)
class Record:
    """A record that came by itself, with its samples."""

    codes: tuple[str, str, str, str]
    """Network, station, location, channel."""
    start_ns: int
    rate_hz: float
    samples: NDArray[np.float64]
    """As they are stored, shape (n,)."""


def decode_record(content: bytes, place: str) -> Record:
    """Return what a record holds.

    Args:
        content: One record of either version.
        place: Where it came from, for messages.

    Raises:
        PacketError: As for `read_samples`.
    """
    record = _parse(content, place)
    if record.samprate <= 0:
        raise PacketError(place, "has no sampling rate")
    return Record(
        codes=_codes(record, place),
        start_ns=record.starttime,
        rate_hz=record.samprate,
        samples=_samples(record, place),
    )


def _codes(record: MS3Record, place: str) -> tuple[str, str, str, str]:
    try:
        return sourceid2nslc(record.sourceid)
    except (MiniSEEDError, ValueError) as error:
        raise PacketError(place, f"its codes cannot be read: {error}") from None


def _parse(content: bytes, place: str) -> MS3Record:
    try:
        record = MS3Record.parse(content, unpack_data=True)
    except (MiniSEEDError, ValueError) as error:
        raise PacketError(place, f"cannot be decoded: {error}") from None
    if complaints := get_error_messages():
        raise PacketError(place, complaints[-1])
    return record


def _samples(record: MS3Record, place: str) -> NDArray[np.float64]:
    if record.sampletype not in {"i", "f", "d"}:
        raise PacketError(place, "holds text, not samples")
    try:
        samples = np.asarray(record.np_datasamples, dtype=np.float64)
    except (MiniSEEDError, ValueError) as error:
        raise PacketError(place, f"cannot be decoded: {error}") from None
    if len(samples) == 0 or not np.isfinite(samples).all():
        raise PacketError(place, "holds no samples or some that are not finite")
    return samples
