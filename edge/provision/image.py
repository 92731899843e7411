"""An image of a memory card: where its partitions are, and what its first one says of itself.

Partition tables by UEFI 2.10, chapter 5 (MBR and GPT); the boot sector by Microsoft's description
of FAT (2005).
"""

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final, Self

from edge.errors import ProvisionError

SECTOR_BYTES: Final = 512
_SIGNATURE: Final = b"\x55\xaa"
_MBR_ENTRIES: Final = range(446, 510, 16)
_PROTECTIVE: Final = 0xEE
_EXTENDED: Final = frozenset({0x05, 0x0F, 0x85})
_MOST_GPT_ENTRIES: Final = 128
_GPT_ENTRY_BYTES: Final = frozenset({128, 256, 512})
_FAT_MARKS: Final = ((82, b"FAT32   "), (54, b"FAT16   "))
_MOST_SECTORS: Final = 1 << 41
"""A pebibyte: whatever points further lies."""
_EXT_MAGIC: Final = (1024 + 56, b"\x53\xef")


@dataclass(frozen=True)
class Partition:
    """A part of an image."""

    start_bytes: int
    size_bytes: int


@dataclass(frozen=True)
class Image:
    """An unpacked image."""

    path: Path
    called: str
    """What a person calls it."""
    partitions: tuple[Partition, ...]

    @classmethod
    def read(cls, path: Path, called: str | None = None) -> Self:
        """Read the partition table.

        Args:
            path: Of the image.
            called: Its name in errors, where it lies under another one.

        Raises:
            ProvisionError: There is none, it points outside, or its first partition is no FAT.
        """
        name = called or str(path)
        try:
            with path.open("rb") as file:
                size = file.seek(0, 2)
                found = _partitions(file, name)
        except (OSError, struct.error) as error:
            raise ProvisionError(name, f"cannot be read ({error})") from error
        if not found:
            raise ProvisionError(name, "has a partition table without partitions")
        for number, part in enumerate(found, 1):
            if part.start_bytes + part.size_bytes > size:
                raise ProvisionError(
                    name, f"partition {number} ends behind the file; was it cut off?"
                )
        image = cls(path, name, tuple(found))
        image.must_start_with_fat()
        return image

    @property
    def boot(self) -> Partition:
        """The first partition, which the firmware reads."""
        return self.partitions[0]

    @property
    def root(self) -> Partition | None:
        """The first partition with a file system of Linux (ext2 to ext4)."""
        offset, magic = _EXT_MAGIC
        for part in self.partitions[1:]:
            if self._at(part, offset, len(magic)) == magic:
                return part
        return None

    def must_start_with_fat(self) -> None:
        """Do nothing where the first partition is a FAT.

        Raises:
            ProvisionError: It is none.
        """
        marks = [self._at(self.boot, offset, len(mark)) == mark for offset, mark in _FAT_MARKS]
        if not any(marks) or self._at(self.boot, SECTOR_BYTES - 2, 2) != _SIGNATURE:
            raise ProvisionError(
                self.called, "its first partition is no FAT; is it an image for a single board?"
            )

    def _at(self, part: Partition, offset: int, size: int) -> bytes:
        with self.path.open("rb") as file:
            file.seek(part.start_bytes + offset)
            return file.read(size)


def _partitions(file: BinaryIO, name: str) -> list[Partition]:
    file.seek(0)
    head = file.read(SECTOR_BYTES)
    if head[-2:] != _SIGNATURE or len(head) < SECTOR_BYTES:
        raise ProvisionError(
            name, "has no partition table; give the image of a whole card (.img or .img.xz)"
        )
    entries = [struct.unpack_from("<4xB3xII", head, offset) for offset in _MBR_ENTRIES]
    if any(kind == _PROTECTIVE for kind, _, _ in entries):
        return _gpt(file, name)
    return [
        Partition(start * SECTOR_BYTES, sectors * SECTOR_BYTES)
        for kind, start, sectors in entries
        if kind and start and sectors and kind not in _EXTENDED
    ]


def _gpt(file: BinaryIO, name: str) -> list[Partition]:
    header = file.read(SECTOR_BYTES)
    if not header.startswith(b"EFI PART"):
        raise ProvisionError(name, "its GPT has no header; was the file cut off?")
    table, count, size = struct.unpack_from("<QII", header, 72)
    if size not in _GPT_ENTRY_BYTES:
        raise ProvisionError(name, f"its GPT has entries of {size} bytes")
    if table > _MOST_SECTORS:
        raise ProvisionError(name, "its GPT says that its entries lie behind the file")
    file.seek(table * SECTOR_BYTES)
    entries = [file.read(size) for _ in range(min(count, _MOST_GPT_ENTRIES))]
    found = []
    for entry in entries:
        kind, first, last = struct.unpack_from("<16s16xQQ", entry)
        if not any(kind):
            continue
        if not 0 < first <= last <= _MOST_SECTORS:
            raise ProvisionError(name, f"its GPT has a partition from {first} to {last}, sectors")
        found.append(Partition(first * SECTOR_BYTES, (last - first + 1) * SECTOR_BYTES))
    return found
