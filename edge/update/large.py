"""Large files over bad links: a fetch goes on where the one before it was cut off.

What comes is compared with the signed hash when all of it is here, so that it does not matter when,
by how many fetches or from whom its parts came.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tuf.api.exceptions import DownloadError, LengthOrHashMismatchError

from edge.update.disk import hand_over
from edge.update.fetch import Fetcher

_CHUNK_BYTES: Final = 1 << 20


Told = Callable[[int, int], None]
"""Hears how many bytes of how many are here."""


def tell_nobody(_done: int, _whole: int) -> None:
    """Hear how far a fetch is, and say nothing."""


@dataclass(frozen=True, slots=True)
class Signed:
    """What holders of keys signed of a file."""

    length: int
    sha256: str


def fetch_large(
    fetcher: Fetcher, url: str, signed: Signed, to: Path, told: Told = tell_nobody
) -> None:
    """Fetch a file, or the rest of it; a cut leaves what came for the next time.

    Args:
        fetcher: Fetches.
        url: Address of the file.
        signed: What it must be.
        to: The file; what is there already is gone on with.
        told: Hears how far it is.

    Raises:
        DownloadError: It cannot be had, or more comes than was signed.
        LengthOrHashMismatchError: It is something else; nothing of it is left.
        OSError: It cannot be written.
    """
    length = signed.length
    to.touch()
    here = to.stat().st_size
    if here > length:
        to.write_bytes(b"")
        here = 0
    if here < length:
        _append(fetcher, url, length, to, told)
    if to.stat().st_size < length:
        raise DownloadError(f"{url} ended after {to.stat().st_size} of {length} bytes")
    if _digest(to) != signed.sha256:
        to.unlink()
        raise LengthOrHashMismatchError(f"{url} is not what was signed: another hash")


def _append(fetcher: Fetcher, url: str, length: int, to: Path, told: Told) -> None:
    begin, chunks = fetcher.rest(url, to.stat().st_size)
    with to.open("r+b" if begin else "wb") as file:
        hand_over(file.fileno(), to.parent)
        file.seek(begin)
        file.truncate()
        for chunk in chunks:
            begin += len(chunk)
            if begin > length:
                raise DownloadError(f"{url} has more than the {length} bytes that were signed")
            file.write(chunk)
            told(begin, length)


def _digest(path: Path) -> str:
    found = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            found.update(chunk)
    return found.hexdigest()
