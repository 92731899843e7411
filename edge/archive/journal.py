"""The journal beside the tree: what miniSEED has no place for, so that reading is bit for bit.

The journal of a day, `.blocks/YEAR.DAY`, has an entry a chunk: the blocks' times, rates, clocks
and flags, and where in the tree their samples lie. An entry is a head of fixed size with a
checksum, then JSON, compressed. The file only grows; an entry that a power cut tore off is
recognised and cut away when the file is next written to.
"""

import dataclasses
import json
import re
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

from edge.messages import ClockState
from edge.packet import Block, Samples

FOLDER: Final = ".blocks"
_HEAD: Final = struct.Struct("<4sIIqq")
"""Mark, checksum of what follows it, length of the payload, time from, time to."""
_MARK: Final = b"TKB1"
_CHECKED_FROM: Final = 8
_NAME: Final = re.compile(r"([0-8]\d{3})\.(\d{3})")
_LEVEL: Final = 6
_PLAIN: Final = tuple(
    one.name
    for one in dataclasses.fields(Block)
    if one.init and one.name not in {"samples", "clock", "start_ns", "arrival_ns"}
)


@dataclass(frozen=True, slots=True)
class Piece:
    """Where one component of a chunk lies."""

    component: int
    """0 Z, 1 N, 2 E."""
    path: str
    """File of the tree, from its root."""
    offset: int
    length: int
    """Bytes of whole records."""
    checksum: int
    """CRC-32 of these bytes: after a power cut others may lie in their place."""
    counts_per_m_s2: float | None
    """None where the records hold m/s2."""
    exceptions: dict[int, int] = field(default_factory=dict)
    """Bits of the float32 samples that the counts would not bring back, by index."""


@dataclass(frozen=True, slots=True)
class Header:
    """A block without its samples."""

    count: int
    arrival_ns: int
    clock: ClockState
    plain: dict[str, Any]
    """The other fields of a block. It starts where the one before it ends."""

    def block(self, start_ns: int, samples: Samples) -> Block:
        """Return the block with its time and samples."""
        return Block(
            start_ns=start_ns,
            samples=samples,
            clock=self.clock,
            arrival_ns=self.arrival_ns,
            **self.plain,
        )


@dataclass(frozen=True, slots=True)
class Entry:
    """One chunk as the journal knows it."""

    start_ns: int
    end_ns: int
    headers: tuple[Header, ...]
    pieces: tuple[Piece, ...]
    stated_hz: float
    """The rate that the records state."""

    def to_bytes(self) -> bytes:
        """Return the entry as it is on disk."""
        clocks = [header.clock.model_dump(mode="json") for header in self.headers]
        content = {
            "count": [header.count for header in self.headers],
            "arrived": [header.arrival_ns - self.start_ns for header in self.headers],
            "plain": {name: [header.plain[name] for header in self.headers] for name in _PLAIN},
            "clock": {name: [clock[name] for clock in clocks] for name in clocks[0]},
            "stated_hz": self.stated_hz,
            "pieces": [dataclasses.asdict(piece) for piece in self.pieces],
        }
        payload = zlib.compress(json.dumps(content, separators=(",", ":")).encode(), _LEVEL)
        head = _HEAD.pack(_MARK, 0, len(payload), self.start_ns, self.end_ns)
        checked = head[_CHECKED_FROM:] + payload
        return _MARK + struct.pack("<I", zlib.crc32(checked)) + checked


def header_of(block: Block) -> Header:
    """Return a block's header."""
    plain = {name: getattr(block, name) for name in _PLAIN}
    return Header(len(block.samples), block.arrival_ns, block.clock, plain)


def journal_path(folder: Path, day: date) -> Path:
    """Return the journal of a day.

    Args:
        folder: Root of the tree.
        day: The day, UTC.
    """
    return folder / FOLDER / f"{day.year}.{day.timetuple().tm_yday:03d}"


def read_day(path: Path) -> date | None:
    """Return the day of a journal; None for another file."""
    match = _NAME.fullmatch(path.name)
    if match is None or not int(match[1]) or not int(match[2]):
        return None
    return date(int(match[1]), 1, 1) + timedelta(int(match[2]) - 1)


def read_entries(content: bytes | memoryview, start_ns: int, end_ns: int) -> Iterator[Entry]:
    """Yield the entries that overlap a span of time, as they were written.

    Args:
        content: A journal; what comes after a torn entry is not read.
        start_ns: Begin of the span.
        end_ns: Its end.
    """
    for payload, first_ns, last_ns in _walk(content):
        if first_ns < end_ns and last_ns > start_ns:
            yield _entry(payload, first_ns, last_ns)


def last_entry(folder: Path) -> Entry | None:
    """Return the newest entry of a tree's journals; None where there is none.

    Raises:
        OSError: The disk cannot be read.
    """
    days = {day: path for path in (folder / FOLDER).glob("*") if (day := read_day(path))}
    for day in sorted(days, reverse=True):
        found = list(_walk(days[day].read_bytes()))
        if found:
            return _entry(*found[-1])
    return None


def read_spans(content: bytes | memoryview) -> Iterator[tuple[int, int]]:
    """Yield from when to when each entry of a journal is."""
    for _, start_ns, end_ns in _walk(content):
        yield start_ns, end_ns


def sound_length(content: bytes | memoryview) -> int:
    """Return how many bytes of a journal are whole entries."""
    return sum(_HEAD.size + len(payload) for payload, _, _ in _walk(content))


def _walk(content: bytes | memoryview) -> Iterator[tuple[bytes, int, int]]:
    """Yield payload, time from and time to of each sound entry."""
    offset = 0
    while offset + _HEAD.size <= len(content):
        mark, checksum, length, start_ns, end_ns = _HEAD.unpack_from(content, offset)
        last = offset + _HEAD.size + length
        if mark != _MARK or last > len(content):
            return
        if zlib.crc32(content[offset + _CHECKED_FROM : last]) != checksum:
            return
        yield bytes(content[offset + _HEAD.size : last]), start_ns, end_ns
        offset = last


def _entry(payload: bytes, start_ns: int, end_ns: int) -> Entry:
    content = json.loads(zlib.decompress(payload))
    plain, clock = content["plain"], content["clock"]
    headers = tuple(
        Header(
            count=count,
            arrival_ns=start_ns + content["arrived"][index],
            clock=ClockState(**{name: values[index] for name, values in clock.items()}),
            plain={name: plain[name][index] for name in _PLAIN if name in plain},
        )
        for index, count in enumerate(content["count"])
    )
    pieces = tuple(_piece(one) for one in content["pieces"])
    return Entry(start_ns, end_ns, headers, pieces, content["stated_hz"])


def _piece(content: dict[str, Any]) -> Piece:
    exceptions = {int(index): bits for index, bits in content["exceptions"].items()}
    return Piece(**{**content, "exceptions": exceptions})
