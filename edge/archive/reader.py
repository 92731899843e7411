"""Reads a station's archive: the blocks as the detectors got them, bit for bit.

Use: `for block in ArchiveReader(folder).read(start_ns, end_ns): ...`. `edge.archive.place` says
where a station's archive lies.

What the agent gathers at this moment (`archive.flush_s`) is not there yet. A stretch whose records
are damaged or gone is left out; the block after it says `continues=False`.
"""

import zlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

import numpy as np
import structlog
from numpy.typing import NDArray

from edge.archive.counts import restore, to_samples
from edge.archive.journal import FOLDER, Entry, Piece, read_day, read_entries, read_spans
from edge.errors import MissingExtraError, PacketError
from edge.packet import COMPONENTS, Block, Samples

try:
    from pymseed import MS3Record, clear_error_messages
    from pymseed.exceptions import MiniSEEDError
except ImportError as missing:
    raise MissingExtraError("edge", "pymseed") from missing

_log = structlog.get_logger(__name__)


class Span(NamedTuple):
    """From when to when there is something."""

    start_ns: int
    end_ns: int


class ArchiveReader:
    """Reads; any number may, while an agent writes.

    Args:
        folder: Root of the tree; one that does not exist holds nothing.

    Attributes:
        damaged: Stretches that were left out, since the start.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.damaged = 0

    def read(self, start_ns: int, end_ns: int) -> Iterator[Block]:
        """Yield the blocks that overlap a span of time, day by day as they were written.

        Args:
            start_ns: Begin, nanoseconds since 1970 UTC.
            end_ns: End; a block that begins there is not given.
        """
        previous: Block | None = None
        for entry in self.entries(start_ns, end_ns):
            try:
                samples = self._samples(entry)
            except (PacketError, OSError) as error:
                self.damaged += 1
                _log.warning("archive_damaged", reason=str(error))
                continue
            for block in _blocks(entry, samples):
                if block.start_ns >= end_ns or block.end_ns <= start_ns:
                    continue
                seam = previous is None or previous.end_ns == block.start_ns
                previous = block if seam else replace(block, continues=False)
                yield previous

    def entries(self, start_ns: int, end_ns: int) -> Iterator[Entry]:
        """Yield what the journals say of a span of time."""
        for day, path in self._journals():
            # A chunk belongs to the day of its first sample and may end on the next.
            if _day_ns(day + timedelta(days=2)) > start_ns and _day_ns(day) < end_ns:
                yield from read_entries(path.read_bytes(), start_ns, end_ns)

    def span(self) -> Span | None:
        """Return from when to when the archive has something; None where it is empty."""
        journals = self._journals()
        ends = {path for _, path in (*journals[:1], *journals[-1:])}
        spans = [span for path in ends for span in read_spans(path.read_bytes())]
        if not spans:
            return None
        return Span(min(start for start, _ in spans), max(end for _, end in spans))

    def _journals(self) -> list[tuple[date, Path]]:
        paths = (self.folder / FOLDER).glob("*")
        return sorted((day, path) for path in paths if (day := read_day(path)))

    def _samples(self, entry: Entry) -> Samples:
        count = sum(header.count for header in entry.headers)
        samples = np.full((count, len(COMPONENTS)), np.nan, dtype=np.float32)
        for piece in entry.pieces:
            samples[:, piece.component] = self._column(piece, count)
        return samples

    def _column(self, piece: Piece, count: int) -> NDArray[np.float32]:
        path = self.folder / piece.path
        with path.open("rb") as file:
            file.seek(piece.offset)
            content = file.read(piece.length)
        place = f"{path}:byte {piece.offset}"
        if zlib.crc32(content) != piece.checksum:
            raise PacketError(place, "other records than those that were written")
        stored = _decode(content, place)
        if len(stored) != count:
            raise PacketError(place, f"{len(stored)} samples where the journal says {count}")
        column = to_samples(stored, piece.counts_per_m_s2)
        restore(column, piece.exceptions)
        return column


def _blocks(entry: Entry, samples: Samples) -> Iterator[Block]:
    first, start_ns = 0, entry.start_ns
    for header in entry.headers:
        end = first + header.count
        block = header.block(start_ns, np.ascontiguousarray(samples[first:end]))
        yield block
        first, start_ns = end, block.end_ns


def _decode(content: bytes, place: str) -> NDArray[np.generic]:
    """Return the samples of records that follow one another.

    Raises:
        PacketError: They are damaged.
    """
    parts = []
    offset = 0
    view = memoryview(content)
    try:
        while offset < len(content):
            record = MS3Record.parse(view[offset:], unpack_data=True)
            parts.append(np.array(record.np_datasamples))
            offset += record.reclen
    except (MiniSEEDError, ValueError) as error:
        clear_error_messages()
        raise PacketError(place, f"cannot be decoded: {error}") from None
    if not parts:
        raise PacketError(place, "is not there")
    return np.concatenate(parts)


def _day_ns(day: date) -> int:
    return (day - date(1970, 1, 1)).days * 86_400 * 1_000_000_000
