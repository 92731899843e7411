"""A block device by what the kernel says of it, and whether it is a card that may be written."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from edge.errors import FlashError

LARGEST_GB: Final = 256.0
"""Gigabytes (10^9 bytes) up to which a device may be a memory card."""
_DEV: Final = Path("/dev")
_SECTOR_BYTES: Final = 512
"""Unit of `size` in sysfs, whatever the device's own."""
_DEVICE_FIELD, _PLACE_FIELD, _SOURCE_FIELD_AFTER_DASH = 2, 4, 2
_LEAST_FIELDS: Final = 5
_CARD: Final = "SD"
"""What `device/type` says of a card in a slot; soldered memory says MMC."""


@dataclass(frozen=True)
class Kernel:
    """Where the kernel tells; tests put trees of their own."""

    sys: Path = Path("/sys")
    proc: Path = Path("/proc")

    def text(self, path: Path) -> str:
        """Return what a file says; nothing where there is none."""
        try:
            return path.read_text(encoding="utf-8", errors="replace").strip()
        except OSError:
            return ""


@dataclass(frozen=True)
class Device:
    """A whole device."""

    path: Path
    name: str
    """The kernel's, such as sdb or mmcblk0."""
    model: str
    size_bytes: int
    is_removable: bool
    is_read_only: bool
    is_partition: bool
    mounts: tuple[str, ...]
    """Places where it or one of its partitions is mounted."""
    users: tuple[str, ...]
    """What else has it: swap, RAID, LVM, encryption."""

    @classmethod
    def read(cls, path: Path, kernel: Kernel | None = None) -> Self:
        """Return what the kernel says of a device.

        Args:
            path: Such as /dev/sdb, or a link to it.
            kernel: Where it is told.

        Raises:
            FlashError: It is no block device.
        """
        kernel = kernel or Kernel()
        place = path.resolve()
        folder = kernel.sys / "class" / "block" / place.name
        if not place.is_block_device() or not folder.is_dir():
            advice = "without a device `edge-agent flash IMAGE` lists those that there are"
            raise FlashError(str(path), [f"is no block device; {advice}"])
        own = folder.resolve()
        parts = sorted(entry.parent for entry in own.glob("*/partition"))
        numbers = {kernel.text(part / "dev") for part in [own, *parts]} - {""}
        names = {part.name for part in [own, *parts]}
        return cls(
            path=place,
            name=place.name,
            model=" ".join(_said(kernel, own, ("device/vendor", "device/model", "device/name"))),
            size_bytes=int(kernel.text(own / "size") or 0) * _SECTOR_BYTES,
            is_removable=_is_removable(kernel, own),
            is_read_only=kernel.text(own / "ro") == "1",
            is_partition=(own / "partition").exists(),
            mounts=tuple(_mounts(kernel, numbers, names)),
            users=tuple(_users(kernel, [own, *parts], names)),
        )

    def reasons_against(self, image_bytes: int | None, largest_gb: float = LARGEST_GB) -> list[str]:
        """Return why nothing is to be written to it; none where it is a card and free.

        Args:
            image_bytes: Of the image; None where it is packed and not known.
            largest_gb: Gigabytes up to which it may be a card.
        """
        size_gb = self.size_bytes / 1e9
        places = ", ".join(self.mounts)
        checks = [
            (self.is_partition, "is a partition; give the whole device, such as /dev/sdb"),
            (
                not self.is_removable,
                "is no card and no stick: it is built in. Use a card reader",
            ),
            (self.is_read_only, "is read-only; look at the slider of the card"),
            (self.size_bytes == 0, "is empty: there is no card in the reader"),
            (
                size_gb > largest_gb,
                f"has {size_gb:.0f} GB; where that is a card indeed: --largest {size_gb:.0f}",
            ),
            (
                image_bytes is not None and 0 < self.size_bytes < image_bytes,
                f"has {self.size_bytes / 1e6:.0f} MB, the image {(image_bytes or 0) / 1e6:.0f} MB",
            ),
            (bool(self.mounts), f"is mounted at {places}; unmount it first (umount)"),
            (bool(self.users), f"is in use by {', '.join(self.users)}"),
        ]
        return [reason for holds, reason in checks if holds]


def devices(kernel: Kernel | None = None) -> list[Device]:
    """Return all whole devices that have a size, by name.

    Args:
        kernel: Where it is told.
    """
    kernel = kernel or Kernel()
    names = sorted(entry.name for entry in (kernel.sys / "block").glob("*"))
    paths = [_DEV / name for name in names]
    found = [Device.read(path, kernel) for path in paths if path.is_block_device()]
    return [device for device in found if device.size_bytes]


def _is_removable(kernel: Kernel, own: Path) -> bool:
    """Tell whether it can be taken out: its medium, or itself, by USB or out of a card's slot."""
    return (
        kernel.text(own / "removable") == "1"
        or any(part.startswith("usb") for part in own.parts)
        or kernel.text(own / "device" / "type") == _CARD
    )


def _said(kernel: Kernel, own: Path, names: tuple[str, ...]) -> list[str]:
    return [text for name in names if (text := kernel.text(own / name))]


def _mounts(kernel: Kernel, numbers: set[str], names: set[str]) -> list[str]:
    """Return places by device number, and by source: Btrfs mounts have numbers of their own."""
    found = []
    for line in kernel.text(kernel.proc / "self" / "mountinfo").splitlines():
        fields = line.split(" ")
        if len(fields) < _LEAST_FIELDS:
            continue
        after = fields[fields.index("-") :] if "-" in fields else []
        source = after[_SOURCE_FIELD_AFTER_DASH] if len(after) > _SOURCE_FIELD_AFTER_DASH else ""
        is_source = source.startswith("/dev/") and Path(source).resolve().name in names
        if fields[_DEVICE_FIELD] in numbers or is_source:
            found.append(fields[_PLACE_FIELD])
    return sorted(set(found))


def _users(kernel: Kernel, parts: list[Path], names: set[str]) -> list[str]:
    holders = [holder.name for part in parts for holder in (part / "holders").glob("*")]
    rows = kernel.text(kernel.proc / "swaps").splitlines()[1:]
    swaps = [row.split()[0] for row in rows if row.split() and Path(row.split()[0]).name in names]
    return sorted(set(holders)) + [f"swap ({path})" for path in swaps]
