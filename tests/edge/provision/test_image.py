"""An image is believed only as far as it can be read."""

import struct
from pathlib import Path

import pytest

from edge.errors import ProvisionError
from edge.provision.image import Image, Partition
from tests.edge.provision.images import BOOT_MIB, PI_GEN, ROOT_64, START, write_image

_MIB = 1024 * 1024


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an image with both partitions."""
    return write_image(tmp_path_factory.mktemp("image") / "a.img", PI_GEN, ROOT_64)


@pytest.mark.parametrize("is_gpt", [False, True])
def test_partitions_are_found(tmp_path: Path, is_gpt: bool) -> None:  # noqa: FBT001 - a column
    """In either kind of table, at their places in bytes."""
    path = write_image(tmp_path / "a.img", PI_GEN, ROOT_64, is_gpt=is_gpt)

    found = Image.read(path)

    assert Partition(START * 512, BOOT_MIB * _MIB) == found.boot
    assert found.root is not None
    assert START * 512 + BOOT_MIB * _MIB == found.root.start_bytes


def test_image_without_a_system_of_linux_has_no_root(tmp_path: Path) -> None:
    """Then nothing can be seen of it."""
    assert Image.read(write_image(tmp_path / "a.img", PI_GEN)).root is None


def _changed(image: Path, tmp_path: Path, offset: int, content: bytes) -> Path:
    path = tmp_path / "changed.img"
    path.write_bytes(image.read_bytes())
    with path.open("rb+") as file:
        file.seek(offset)
        file.write(content)
    return path


@pytest.mark.parametrize(
    ("offset", "content", "reason"),
    [
        (510, b"\0\0", "no partition table"),
        (446, b"\0" * 64, "without partitions"),
        (446 + 4, b"\xee", "GPT has no header"),
        (446 + 12, struct.pack("<I", 2**31), "partition 1 ends behind the file"),
        (START * 512 + 82, b"NTFS    ", "first partition is no FAT"),
        (START * 512 + 510, b"\0\0", "first partition is no FAT"),
    ],
)
def test_damaged_or_foreign_image_is_refused(
    image: Path, tmp_path: Path, offset: int, content: bytes, reason: str
) -> None:
    """With what is wrong with it, before a byte is written."""
    with pytest.raises(ProvisionError, match=reason):
        Image.read(_changed(image, tmp_path, offset, content))


@pytest.mark.parametrize("size", [0, 100, 512])
def test_file_that_is_too_short_is_refused(image: Path, tmp_path: Path, size: int) -> None:
    """A download that was cut off."""
    path = tmp_path / "short.img"
    path.write_bytes(image.read_bytes()[:size])

    with pytest.raises(ProvisionError, match=r"no partition table|cut off"):
        Image.read(path)


def test_gpt_with_impossible_entries_is_refused(tmp_path: Path) -> None:
    """Its sizes are anybody's numbers."""
    path = write_image(tmp_path / "a.img", PI_GEN, is_gpt=True)

    with pytest.raises(ProvisionError, match="entries of 7 bytes"):
        Image.read(_changed(path, tmp_path, 512 + 84, struct.pack("<I", 7)))


def test_errors_call_the_image_as_the_person_does(tmp_path: Path) -> None:
    """Not by the name under which it lies for the moment."""
    path = tmp_path / ".part"
    path.write_bytes(bytes(1024))

    with pytest.raises(ProvisionError, match=r"raspios\.img\.xz"):
        Image.read(path, called="raspios.img.xz")


def test_missing_image_is_told(tmp_path: Path) -> None:
    """With its name."""
    with pytest.raises(ProvisionError, match="cannot be read"):
        Image.read(tmp_path / "none.img")
