"""The writer: streams an image to a device, and reads back what the device has, past the cache.

The first piece, with the partition table, is wiped first and written last: a card that was pulled
out half-way starts nothing at all, in place of half a system.
"""

import fcntl
import hashlib
import mmap
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Final

from edge.errors import FlashError
from edge.provision.unpack import DAMAGED, PIECE_BYTES, Counted, open_image

Told = Callable[[str, int, int], None]
"""Told the step, how much of it is done and how much there is, bytes."""
_FLUSH_BUFFERS: Final = 0x1261
"""BLKFLSBUF of linux/fs.h: forget what is cached of a block device."""


def write_card(image: Path, device: Path, told: Told = lambda _step, _done, _of: None) -> str:
    """Write an image and read all of it back; returns the hash of what is on the device.

    Args:
        image: `.img`, `.img.xz` or `.img.gz`.
        device: Written from its first byte on.
        told: Progress.

    Raises:
        FlashError: It cannot be written, or reads back otherwise.
        ProvisionError: The image is packed in a way that is not known.
    """
    try:
        size, digest = _write(image, device, told)
        seen = _read_back(device, size, told)
    except PermissionError as error:
        raise FlashError(str(device), ["may not be written by you; say sudo before it"]) from error
    except DAMAGED as error:
        raise FlashError(str(device), [f"could not be written: {error}"]) from error
    if seen != digest:
        raise FlashError(
            str(device),
            ["reads back otherwise than was written; the card is bad or too small, use another"],
        )
    return digest


def _write(image: Path, device: Path, told: Told) -> tuple[int, str]:
    # Exclusively: the kernel refuses where somebody has it mounted after all.
    target = os.open(device, os.O_WRONLY | os.O_EXCL | os.O_CLOEXEC)
    try:
        with image.open("rb") as file:
            packed = image.stat().st_size
            counted = Counted(file, lambda done, of: told("writing", done, of), packed)
            written = _write_from(open_image(image, counted), target)
        os.fsync(target)
    finally:
        os.close(target)
    return written


def _write_from(stream: IO[bytes], target: int) -> tuple[int, str]:
    first = stream.read(PIECE_BYTES)
    digest = hashlib.sha256(first)
    size = len(first)
    _write_at(target, bytes(len(first)), 0)
    os.fsync(target)
    while piece := stream.read(PIECE_BYTES):
        _write_at(target, piece, size)
        digest.update(piece)
        size += len(piece)
    os.fsync(target)
    _write_at(target, first, 0)
    return size, digest.hexdigest()


def _write_at(target: int, piece: bytes, offset: int) -> None:
    rest = memoryview(piece)
    while rest:
        count = os.pwrite(target, rest, offset)
        rest, offset = rest[count:], offset + count


def _read_back(device: Path, size: int, told: Told) -> str:
    digest = hashlib.sha256()
    done = 0
    for piece in _pieces(device):
        part = piece[: size - done]
        digest.update(part)
        done += len(part)
        told("reading back", done, size)
        if done >= size:
            break
    return digest.hexdigest()


def _pieces(device: Path) -> Iterator[memoryview]:
    """Yield what is on a device, past the cache where the kernel allows it."""
    source = _open_past_cache(device)
    # Pages begin where blocks of every size begin, which direct reading asks for.
    buffer = mmap.mmap(-1, PIECE_BYTES)
    try:
        while count := os.readv(source, [buffer]):
            with memoryview(buffer) as view:
                yield view[:count]
    finally:
        os.close(source)


def _open_past_cache(device: Path) -> int:
    try:
        return os.open(device, os.O_RDONLY | os.O_DIRECT | os.O_CLOEXEC)
    except OSError:
        # A file system without direct reading, as of a file in memory.
        source = os.open(device, os.O_RDONLY | os.O_CLOEXEC)
        if device.is_block_device():
            fcntl.ioctl(source, _FLUSH_BUFFERS)
        os.posix_fadvise(source, 0, 0, os.POSIX_FADV_DONTNEED)
        return source
