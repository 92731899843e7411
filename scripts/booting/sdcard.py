"""A card's image as Raspberry Pi OS has it: MBR, a FAT that the firmware reads, ext4."""

import os
import shutil
import struct
import tempfile
from pathlib import Path
from typing import Final

from scripts.booting.system import DISK_ID, Architecture
from scripts.booting.tools import BootError, program, run

SECTOR: Final = 512
_MIB: Final = 1024 * 1024
START: Final = 8192
"""First sector of the boot partition, as on Raspberry Pi OS."""
BOOT_MIB: Final = 512
ROOT_MIB: Final = 2048
CARD_MIB: Final = 4096
"""A card is larger than its image; the first boot takes what is left."""
KERNEL: Final = "kernel8.img"
INITRAMFS: Final = "initramfs8"
_UNCHECKED: Final = {"MTOOLS_SKIP_CHECK": "1"}
_FAT32: Final = 0x0C
_LINUX: Final = 0x83
_DISK_ID_AT: Final = 440


def partition_table(parts: list[tuple[int, int, int]]) -> bytes:
    """Return a master boot record.

    Args:
        parts: Kind, first sector and number of sectors of each partition.
    """
    entries = [
        struct.pack("<B3sB3sII", 0, b"\0" * 3, kind, b"\0" * 3, start, sectors)
        for kind, start, sectors in parts
    ]
    head = b"\0" * _DISK_ID_AT + struct.pack("<I2x", int(DISK_ID, 16))
    return head + b"".join(entries).ljust(64, b"\0") + b"\x55\xaa"


def boot_files(root: Path, kind: Architecture) -> dict[str, bytes]:
    """Return what the maker of the image puts on the boot partition.

    Args:
        root: Of the system.
        kind: Decides the serial port.

    Raises:
        BootError: The system has no kernel.
    """
    kernels, initrds = sorted(root.glob("boot/vmlinuz-*")), sorted(root.glob("boot/initrd.img-*"))
    if not kernels or not initrds:
        raise BootError(f"{root}/boot has no kernel; remove {root.parent} and try again")
    return {
        KERNEL: kernels[-1].read_bytes(),
        INITRAMFS: initrds[-1].read_bytes(),
        "config.txt": b"arm_64bit=1\nauto_initramfs=1\n[all]\n",
        # The journal goes to the console, for whoever watches from outside.
        "cmdline.txt": (
            f"console={kind.console},115200 root=PARTUUID={DISK_ID}-02 rootfstype=ext4 "
            "fsck.repair=yes rootwait systemd.journald.forward_to_console=1\n"
        ).encode(),
        "user-data": b"#cloud-config\n# An example, all of it commented out.\n",
        "network-config": b"# An example, all of it commented out.\n",
        # With an underscore, which NoCloud does not know: the mistake of the real image.
        "meta-data": b"instance_id: rpi-image\n",
        "issue.txt": b"Raspberry Pi reference, made of Debian\n",
    }


def make_image(root: Path, kind: Architecture, out: Path) -> None:
    """Make the image, without a loop device and without mounting anything.

    Args:
        root: Of the system.
        kind: Of computer.
        out: The image.

    Raises:
        BootError: A program is missing or fails.
    """
    boot_sectors, root_sectors = (mib * _MIB // SECTOR for mib in (BOOT_MIB, ROOT_MIB))
    parts = [(_FAT32, START, boot_sectors), (_LINUX, START + boot_sectors, root_sectors)]
    part = out.with_suffix(".part")
    with part.open("wb") as file:
        file.write(partition_table(parts))
        file.truncate((START + boot_sectors + root_sectors) * SECTOR)
    _write_fat(part, boot_files(root, kind))
    offset = (START + boot_sectors) * SECTOR
    run(
        *(program("mke2fs", "e2fsprogs"), "-q", "-F", "-t", "ext4", "-L", "rootfs"),
        *("-E", f"offset={offset}", "-d", root, part, f"{ROOT_MIB}M"),
    )
    part.replace(out)


def _write_fat(image: Path, files: dict[str, bytes]) -> None:
    where = f"{image}@@{START * SECTOR}"
    shape = ("-F", "-v", "bootfs", "-T", str(BOOT_MIB * _MIB // SECTOR), "-h", "64", "-s", "32")
    run(program("mformat", "mtools"), "-i", where, *shape, "::")
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        for name, content in files.items():
            (folder / name).write_bytes(content)
        names = sorted(folder.iterdir())
        run(program("mcopy", "mtools"), "-i", where, "-Q", *names, "::/", environment=_UNCHECKED)


def read_boot(image: Path, name: str) -> bytes | None:
    """Return a file of the boot partition; None where there is none."""
    with tempfile.TemporaryDirectory() as scratch:
        copy = Path(scratch) / "file"
        try:
            run(
                *(program("mcopy", "mtools"), "-i", f"{image}@@{START * SECTOR}", "-n"),
                *(f"::/{name}", copy),
                environment=_UNCHECKED,
            )
        except BootError:
            return None
        return copy.read_bytes()


def write_card(image: Path, card: Path) -> None:
    """Write an image to a card, which is larger."""
    shutil.rmtree(card, ignore_errors=True)
    run("cp", "--sparse=always", image, card)
    os.truncate(card, CARD_MIB * _MIB)
