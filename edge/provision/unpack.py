"""Unpacking a system's image while its hash is taken; holes stay holes."""

import gzip
import hashlib
import lzma
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import IO, Final, cast

from edge.errors import ProvisionError

Progress = Callable[[int, int], None]
"""Told the bytes of the given file that were read, and how many it has."""
PIECE_BYTES: Final = 4 * 1024 * 1024
MOST_BYTES: Final = 256 * 10**9
"""Of an unpacked image: no card is larger, and a small file can hold more than any disk."""
DAMAGED: Final = (OSError, EOFError, lzma.LZMAError, zlib.error)
"""What unpacking raises."""
_SUFFIXES: Final = (".img", ".xz", ".gz", ".raw")


class Counted:
    """A file that takes the hash of what is read from it.

    Args:
        file: Open for reading, in binary.
        told: Progress.
        size: Of the whole file, bytes.
    """

    def __init__(self, file: IO[bytes], told: Progress, size: int) -> None:
        self._file, self._told, self._size = file, told, size
        self._hash = hashlib.sha256()
        self._read = 0

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes."""
        piece = self._file.read(size)
        self._hash.update(piece)
        self._read += len(piece)
        self._told(self._read, self._size)
        return piece

    def sha256(self) -> str:
        """Return the hash of the whole file, also of what the unpacker had no use for."""
        while self.read(PIECE_BYTES):
            pass
        return self._hash.hexdigest()


def open_image(path: Path, counted: Counted) -> IO[bytes]:
    """Return the unpacked image as a stream.

    Raises:
        ProvisionError: It is packed in another way.
    """
    if path.suffix not in _SUFFIXES:
        raise ProvisionError(
            str(path), f"is not one of {', '.join(_SUFFIXES)}; unpack it to an .img first"
        )
    packed = cast("IO[bytes]", counted)
    match path.suffix:
        case ".xz":
            return cast("IO[bytes]", lzma.open(packed))
        case ".gz":
            return cast("IO[bytes]", gzip.open(packed))
    return packed


def unpack(path: Path, out: Path, told: Progress = lambda _read, _size: None) -> str:
    """Write the unpacked image to a file; returns the hash of the given one.

    Args:
        path: `.img`, `.img.xz` or `.img.gz`.
        out: Written anew.
        told: Progress.

    Raises:
        ProvisionError: It cannot be read or is damaged.
    """
    try:
        with path.open("rb") as file, out.open("wb") as target:
            counted = Counted(file, told, path.stat().st_size)
            _copy(open_image(path, counted), target)
            return counted.sha256()
    except DAMAGED as error:
        raise ProvisionError(str(path), f"cannot be unpacked ({error})") from error


def _copy(stream: IO[bytes], target: IO[bytes]) -> None:
    size = 0
    while piece := stream.read(PIECE_BYTES):
        size += len(piece)
        if size > MOST_BYTES:
            raise OSError(f"unpacks to more than {MOST_BYTES / 1e9:g} GB, which no card has")
        if piece == bytes(len(piece)):
            target.seek(len(piece), 1)
        else:
            target.write(piece)
    target.truncate()
