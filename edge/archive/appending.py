"""Appends to files so that they hold nothing but whole records, whatever happens in between.

What is appended is on disk when `append` returns. A write that fails half-way is taken back; one
that a power cut tore off is cut away before the file is next written to.
"""

import os
from collections.abc import Callable
from pathlib import Path

import structlog

_log = structlog.get_logger(__name__)


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
