"""What the firmware of a Raspberry Pi does: kernel, initramfs and command line from the FAT."""

from dataclasses import dataclass
from pathlib import Path

from scripts.booting.sdcard import INITRAMFS, KERNEL, read_boot
from scripts.booting.tools import BootError


@dataclass(frozen=True)
class Loaded:
    """What the firmware hands over."""

    kernel: Path
    initramfs: Path
    cmdline: str


def load(card: Path, folder: Path) -> Loaded:
    """Read a card's boot partition.

    Args:
        card: As it is now, at every boot.
        folder: For kernel and initramfs.

    Raises:
        BootError: One of them is missing: this card does not boot.
    """
    found: dict[str, bytes] = {}
    for name in (KERNEL, INITRAMFS, "cmdline.txt"):
        content = read_boot(card, name)
        if not content:
            raise BootError(f"{card}: the boot partition has no {name}; no Pi would start")
        found[name] = content
    folder.mkdir(parents=True, exist_ok=True)
    for name in (KERNEL, INITRAMFS):
        (folder / name).write_bytes(found[name])
    cmdline = found["cmdline.txt"].decode().strip()
    return Loaded(folder / KERNEL, folder / INITRAMFS, cmdline)
