"""The system on the card: Debian, set up as Raspberry Pi OS is, by debootstrap.

Raspberry Pi OS 13 is Debian 13 with a kernel and packages of its own. What matters for a first boot
is done here as its maker (pi-gen) does it: cloud-init looks for NoCloud on the boot partition, the
boot partition is /boot/firmware, interfaces are called eth0, groups of the buses are there.
"""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from scripts.booting.tools import BootError, program, run

SUITE: Final = "trixie"
PYTHON: Final = "3.13"
DISK_ID: Final = "7472656d"
"""Of the partition table: partitions are found by it, as on Raspberry Pi OS."""
HOST: Final = "10.0.2.2"
"""How the emulated computer sees this machine (QEMU's user network)."""
_PACKAGES: Final = (
    *("systemd-sysv", "systemd-resolved", "systemd-timesyncd", "udev", "dbus", "kmod", "iproute2"),
    *(
        "e2fsprogs",
        "dosfstools",
        "logsave",
        "initramfs-tools",
        "python3",
        "cloud-init",
        "cloud-guest-utils",
        "netplan.io",
    ),
    "sudo",
)
"""Of Raspberry Pi OS Lite what takes part in a boot; neither pip nor python3-venv is among them."""
_STAMP: Final = "whole"


@dataclass(frozen=True)
class Architecture:
    """A kind of computer, by the names that Debian, QEMU and the kit have for it."""

    debian: str
    kernel: str
    """Debian's package of a kernel."""
    platform: str
    """Of wheels."""
    board: str
    """Profile of the kit."""
    console: str
    """First serial port."""


AMD64: Final = Architecture("amd64", "linux-image-cloud-amd64", "x86_64", "pc", "ttyS0")


def make_system(folder: Path, kind: Architecture, mirror: str | None = None) -> Path:
    """Return the root of the system; made where it is not there.

    Args:
        folder: Keeps root and packages from one run to the next.
        kind: Of computer.
        mirror: Address of a Debian mirror; debootstrap's own where left out.

    Raises:
        BootError: No root, no debootstrap or no mirror.
    """
    root, stamp = folder / "root", folder / _STAMP
    packages = ",".join([*_PACKAGES, kind.kernel])
    if stamp.is_file() and stamp.read_text() == packages:
        return root
    if os.geteuid() != 0:
        raise BootError("debootstrap needs root: sudo make image-test")
    stamp.unlink(missing_ok=True)
    shutil.rmtree(root, ignore_errors=True)
    cache = folder / "packages"
    cache.mkdir(parents=True, exist_ok=True)
    options = ("--variant=minbase", f"--cache-dir={cache}", f"--include={packages}")
    addresses = [] if mirror is None else [mirror]
    run(program("debootstrap"), *options, SUITE, root, *addresses)
    shutil.rmtree(root / "var/cache/apt/archives", ignore_errors=True)
    _set_up(root)
    stamp.write_text(packages)
    return root


def _set_up(root: Path) -> None:
    for path, content in _files().items():
        place = root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(content)
    # Interfaces keep the kernel's names, as on Raspberry Pi OS.
    _link(root / "etc/systemd/network/99-default.link", "/dev/null")
    # A second keyboard and screen, on which nothing but a person types.
    getty = "/usr/lib/systemd/system/serial-getty@.service"
    _link(root / "etc/systemd/system/getty.target.wants/serial-getty@hvc0.service", getty)
    (root / "boot/firmware").mkdir(exist_ok=True)
    for group in ("spi", "i2c", "gpio"):
        run(program("groupadd", "passwd"), "--root", root, "--force", "--system", group)


def _link(place: Path, target: str) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    place.unlink(missing_ok=True)
    place.symlink_to(target)


def _files() -> dict[str, str]:
    return {
        "etc/cloud/cloud.cfg.d/99_raspberry-pi.cfg": (
            "datasource_list: [NoCloud, None]\n"
            "datasource: {NoCloud: {seedfrom: 'file:///boot/firmware'}}\n"
            "ssh_deletekeys: false\nssh_genkeytypes: []\n"
        ),
        "etc/fstab": (
            f"PARTUUID={DISK_ID}-01 /boot/firmware vfat defaults 0 2\n"
            f"PARTUUID={DISK_ID}-02 / ext4 defaults,noatime 0 1\n"
        ),
        # There is no other keeper of time in this network than the host.
        "etc/systemd/timesyncd.conf.d/host.conf": f"[Time]\nNTP={HOST}\n",
        "etc/hostname": "raspberrypi\n",
    }
