"""Appends to files so that they hold nothing but whole records, whatever happens in between.

What is appended is on disk when `append` returns. A write that fails half-way is taken back; one
that a power cut tore off is cut away before the file is next written to.
"""

import os
import re
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Final

import structlog

_log = structlog.get_logger(__name__)

_HEAD_V3: Final = struct.Struct("<33xBHI")
"""Lengths of source identifier, extra headers and payload in a record of version 3."""
_MARK_V3: Final = b"MS\x03"
_HEAD_V2: Final = re.compile(rb"[0-9]{6}[DRQM][ \0]")
_RECORD_V2_BYTES: Final = 512


class Appender:
    """Appends to files, each one looked after when it is first written to."""

    def __init__(self) -> None:
        self._mended: set[Path] = set()

    def append(self, path: Path, content: bytes, sound: Callable[[bytes], int]) -> int:
        """Append to a file, which is made if need be; return where the content begins.

        Args:
            path: The file.
            content: Whole records.
            sound: Returns how many bytes of a file's content are whole records.

        Raises:
            OSError: The disk did not take it; the file is as it was.
        """
        if path not in self._mended:
            path.parent.mkdir(parents=True, exist_ok=True)
            _mend(path, sound)
            self._mended.add(path)
        with path.open("ab", buffering=0) as file:
            offset = file.seek(0, os.SEEK_END)
            try:
                _write(file.fileno(), content)
            except OSError:
                self._mended.discard(path)
                os.ftruncate(file.fileno(), offset)
                raise
        return offset

    def forget(self, path: Path) -> None:
        """Look at a file anew when it is next written to; it was removed, say."""
        self._mended.discard(path)


def sound_records(content: bytes) -> int:
    """Return how many bytes of a file are whole miniSEED records, from its beginning."""
    offset = 0
    while (length := _record_length(content, offset)) and offset + length <= len(content):
        offset += length
    return offset


def _record_length(content: bytes, offset: int) -> int:
    """Return the length that the record at an offset claims; 0 where there is none."""
    if content[offset : offset + len(_MARK_V3)] == _MARK_V3:
        if offset + _HEAD_V3.size > len(content):
            return 0
        identifier, extra, payload = _HEAD_V3.unpack_from(content, offset)
        return int(_HEAD_V3.size + identifier + extra + payload)
    return _RECORD_V2_BYTES if _HEAD_V2.match(content, offset) else 0


def _write(descriptor: int, content: bytes) -> None:
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(descriptor, rest) :]
    os.fdatasync(descriptor)


def _mend(path: Path, sound: Callable[[bytes], int]) -> None:
    """Cut off what is no whole record at the end of a file."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return
    length = sound(content)
    if length < len(content):
        os.truncate(path, length)
        _log.warning("archive_torn_end", path=str(path), cut_bytes=len(content) - length)
