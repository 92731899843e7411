"""Records of an archive by time and channel, byte for byte as they were written."""

from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path

import structlog
from pymseed import MS3Record, clear_error_messages
from pymseed.exceptions import MiniSEEDError

from edge.archive.reader import ArchiveReader
from edge.archive.sds import read_name

_log = structlog.get_logger(__name__)


def select_records(
    reader: ArchiveReader, start_ns: int, end_ns: int, channels: str
) -> Iterator[bytes]:
    """Yield the records with samples in a span of time.

    Args:
        reader: The archive.
        start_ns: Begin, nanoseconds since 1970 UTC.
        end_ns: End; a sample at this time is not asked for.
        channels: Codes, `?` for any character and `*` for any number of them: `HN?`.
    """
    for entry in reader.entries(start_ns, end_ns):
        for piece in entry.pieces:
            name = read_name(Path(piece.path))
            if name is None or not fnmatchcase(name.channel, channels):
                continue
            path = reader.folder / piece.path
            try:
                with path.open("rb") as file:
                    file.seek(piece.offset)
                    content = file.read(piece.length)
            except OSError as error:
                _log.warning("archive_damaged", path=str(path), reason=str(error))
                continue
            yield from _within(content, path, start_ns, end_ns)


def _within(content: bytes, path: Path, start_ns: int, end_ns: int) -> Iterator[bytes]:
    offset = 0
    while offset < len(content):
        try:
            record = MS3Record.parse(content[offset:])
        except (MiniSEEDError, ValueError) as error:
            clear_error_messages()
            _log.warning("archive_damaged", path=str(path), reason=str(error))
            return
        if record.starttime < end_ns and record.endtime >= start_ns:
            yield content[offset : offset + record.reclen]
        offset += record.reclen
