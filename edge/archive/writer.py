"""Writes chunks into an SDS tree: a file a channel and day, and the journal beside it.

Samples first, journal last: after a power cut the journal never promises what is not there.
"""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from edge.archive.appending import Appender
from edge.archive.chunk import Chunk
from edge.archive.config import ArchiveFormat
from edge.archive.counts import Counted, to_counts
from edge.archive.journal import Entry, Piece, header_of, journal_path, sound_length
from edge.archive.marks import marks_of
from edge.archive.records import Codes, Stretch, fits_version_2, pack, sound_records
from edge.archive.sds import path_of
from edge.config import StationSection
from edge.sources.base import SourceDescription
from edge.timestamps import ns_to_seconds

_SAMPLES_OFF: Final = 0.25
"""A stated rate is kept as long as it puts no sample of a chunk further off than this, so that
programs which join records see one trace and not one for each record."""
_DIGITS: Final = 7


@dataclass(frozen=True, slots=True)
class Written:
    """What a chunk came to."""

    path: Path
    """The journal, of the chunk's day."""
    size: int
    """Bytes that were appended to all files."""


class ChunkWriter:
    """Writes one station's chunks.

    Args:
        folder: Root of the tree.
        form: Version of miniSEED; codes too long for version 2 are written in version 3.
        station: Its codes.
        source: Channels, nominal rate and sensitivity.
    """

    def __init__(
        self,
        folder: Path,
        form: ArchiveFormat,
        station: StationSection,
        source: SourceDescription,
    ) -> None:
        self.folder = folder
        self.codes = tuple(channel_codes_of(station, channel) for channel in source.channels)
        fits = all(fits_version_2(codes) for codes in self.codes)
        self.form = form if fits else ArchiveFormat.MINISEED_3
        self._counts_per_m_s2 = source.counts_per_m_s2 or (None, None, None)
        self._rate_hz = source.nominal_rate_hz
        self._appender = Appender()

    def write(self, chunk: Chunk) -> Written:
        """Append a chunk; what it says of its size is on disk.

        Raises:
            OSError: The disk did not take it all; what it took is whole records.
        """
        self._rate_hz = _stated_rate_hz(chunk, self._rate_hz)
        samples = np.concatenate([block.samples for block in chunk.blocks])
        error_s = max(block.clock.error_s for block in chunk.blocks)
        pieces = []
        for index in chunk.components:
            counted = to_counts(samples[:, index], self._counts_per_m_s2[index])
            stretch = Stretch(
                self.codes[index], chunk.start_ns, self._rate_hz, counted.stored, error_s
            )
            records = pack(stretch, self.form, marks_of(chunk, index))
            pieces.append(self._append(chunk, index, records, counted))
        headers = tuple(header_of(block) for block in chunk.blocks)
        entry = Entry(chunk.start_ns, chunk.end_ns, headers, tuple(pieces)).to_bytes()
        path = journal_path(self.folder, chunk.day)
        self._appender.append(path, entry, sound_length)
        return Written(path, len(entry) + sum(piece.length for piece in pieces))

    def forget(self, path: Path) -> None:
        """Note that a file was removed."""
        self._appender.forget(path)

    def _append(
        self, chunk: Chunk, index: int, records: Sequence[bytes], counted: Counted
    ) -> Piece:
        path = path_of(self.folder, self.codes[index], chunk.day)
        content = b"".join(records)
        offset = self._appender.append(path, content, sound_records)
        return Piece(
            component=index,
            path=str(path.relative_to(self.folder)),
            offset=offset,
            length=len(content),
            checksum=zlib.crc32(content),
            counts_per_m_s2=counted.counts_per_m_s2,
            exceptions=counted.exceptions,
        )


def channel_codes_of(station: StationSection, channel: str) -> Codes:
    """Return the codes of a channel as SDS and source identifiers can have them."""
    network, name = station.network.replace("_", "-"), station.station.replace("_", "-")
    return network, name, station.location, channel


def _stated_rate_hz(chunk: Chunk, stated_hz: float) -> float:
    """Return the rate to state: the last one where it is right enough, else the chunk's own."""
    true_hz = chunk.count / ns_to_seconds(chunk.end_ns - chunk.start_ns)
    if abs(stated_hz / true_hz - 1) * chunk.count <= _SAMPLES_OFF:
        return stated_hz
    return float(f"{true_hz:.{_DIGITS}g}")
