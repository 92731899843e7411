"""The card's image: the kit takes it for Raspberry Pi OS, and a firmware could start it."""

from pathlib import Path

import pytest

from edge.provision.bootlines import CMDLINE
from edge.provision.detect import look, root_facts
from edge.provision.image import Image
from edge.provision.partition import FatInImage
from scripts.booting.firmware import load
from scripts.booting.sdcard import (
    BOOT_MIB,
    CARD_MIB,
    ROOT_MIB,
    START,
    boot_files,
    make_image,
    read_boot,
    write_card,
)
from scripts.booting.system import AMD64, DISK_ID, PYTHON
from scripts.booting.tools import BootError
from tests.edge.provision.images import need

_MIB = 1024 * 1024
_KIND = AMD64


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the root of a system with hardly anything in it."""
    root = tmp_path_factory.mktemp("system")
    for name in ("usr/bin/cloud-init", f"usr/bin/python{PYTHON}", "usr/lib/x86_64-linux-gnu/x"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    (root / "boot").mkdir()
    for version in ("6.1.0", "6.12.9"):
        (root / f"boot/vmlinuz-{version}").write_text(f"kernel {version}")
        (root / f"boot/initrd.img-{version}").write_text(f"initramfs {version}")
    return root


@pytest.fixture(scope="module")
def image(system: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return its image."""
    need("mformat", "mcopy", "mke2fs", "debugfs")
    out = tmp_path_factory.mktemp("image") / "system.img"
    make_image(system, _KIND, out)
    return out


def test_image_is_taken_for_what_it_imitates(image: Path) -> None:
    """By the kit's own eyes: partitions, form of telling, Python."""
    found = Image.read(image)

    assert [(START * 512, BOOT_MIB * _MIB), (START * 512 + BOOT_MIB * _MIB, ROOT_MIB * _MIB)] == [
        (part.start_bytes, part.size_bytes) for part in found.partitions
    ]
    seen = look(FatInImage(found), root_facts(found))
    assert ("cloud-init", PYTHON) == (seen.first_boot, seen.python)


def test_root_is_found_by_the_partition_table(image: Path) -> None:
    """The kernel is told its number, and the table has it."""
    cmdline = (read_boot(image, CMDLINE) or b"").decode()

    assert f"root=PARTUUID={DISK_ID}-02" in cmdline
    with image.open("rb") as file:
        file.seek(440)
        assert int(DISK_ID, 16) == int.from_bytes(file.read(4), "little")


def test_firmware_takes_the_newest_kernel_from_the_card(image: Path, tmp_path: Path) -> None:
    """And the line that is on the card now, not that of the image."""
    loaded = load(image, tmp_path)

    assert "kernel 6.12.9" == loaded.kernel.read_text()
    assert "initramfs 6.12.9" == loaded.initramfs.read_text()
    assert "\n" not in loaded.cmdline


def test_card_without_a_kernel_does_not_start(image: Path, tmp_path: Path) -> None:
    """As on the Pi, which shows a coloured square."""
    card = tmp_path / "card.img"
    write_card(image, card)
    assert CARD_MIB * _MIB == card.stat().st_size
    with card.open("rb+") as file:
        file.seek(START * 512)
        file.write(bytes(_MIB))

    with pytest.raises(BootError, match=r"has no kernel8\.img"):
        load(card, tmp_path)


def test_system_without_a_kernel_makes_no_image(tmp_path: Path) -> None:
    """A debootstrap that was cut off."""
    (tmp_path / "boot").mkdir()

    with pytest.raises(BootError, match="try again"):
        boot_files(tmp_path, _KIND)


def test_image_takes_no_room_that_it_does_not_need(image: Path) -> None:
    """Two gigabytes of nothing are not written."""
    assert image.stat().st_blocks * 512 < 200 * _MIB
