"""Writes chunks into an SDS tree: a file a channel and day, and the journal beside it.

Samples first, journal last: after a power cut the journal does not promise what is not there.
"""

import zlib
from pathlib import Path
from typing import Final

from edge.archive.appending import Appender
from edge.archive.chunk import Chunk
from edge.archive.config import ArchiveFormat
from edge.archive.journal import Entry, Piece, header_of, journal_path, last_entry, sound_length
from edge.archive.rate import StatedRate
from edge.archive.recorder import Recorder
from edge.archive.records import sound_records
from edge.archive.sds import path_of
from edge.config import StationSection
from edge.sources.base import SourceDescription

_SAME_SENSOR: Final = 0.1
"""An oscillator is off by less than this."""


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
        self._folder = folder
        self._recorder = Recorder(station, source, form)
        self._appender = Appender()
        self._begun = False

    def write(self, chunk: Chunk) -> int:
        """Append a chunk; return how many bytes that were. They are on disk.

        Raises:
            OSError: The disk did not take it all; what it took is whole records.
            PacketError: miniSEED has no room for the codes or the time.
        """
        if not self._begun:
            self._go_on()
        pieces = []
        for index, (records, counted) in self._recorder.records(chunk).items():
            path = path_of(self._folder, self._recorder.codes[index], chunk.day)
            content = b"".join(records)
            piece = Piece(
                component=index,
                path=str(path.relative_to(self._folder)),
                offset=self._appender.append(path, content, sound_records),
                length=len(content),
                checksum=zlib.crc32(content),
                counts_per_m_s2=counted.counts_per_m_s2,
                exceptions=counted.exceptions,
            )
            pieces.append(piece)
        headers = tuple(header_of(block) for block in chunk.blocks)
        stated_hz = self._recorder.rate.rate_hz
        entry = Entry(chunk.start_ns, chunk.end_ns, headers, tuple(pieces), stated_hz).to_bytes()
        self._appender.append(journal_path(self._folder, chunk.day), entry, sound_length)
        return len(entry) + sum(piece.length for piece in pieces)

    def _go_on(self) -> None:
        """State the rate of the last run, where it was one of this sensor."""
        last = last_entry(self._folder)
        nominal_hz = self._recorder.rate.rate_hz
        if last is not None and abs(last.stated_hz / nominal_hz - 1) < _SAME_SENSOR:
            self._recorder.rate = StatedRate(last.stated_hz)
        self._begun = True

    def forget(self, path: Path) -> None:
        """Note that a file was removed."""
        self._appender.forget(path)
