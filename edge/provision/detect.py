"""Which system an image is: in which form it wants to be told, how wide its words are, its Python.

The boot partition shows most of it; the root file system, where it can be read (debugfs), the
rest. A form that is only guessed would leave a station without a network and nobody told.
"""

import re
import shutil
import subprocess
from dataclasses import dataclass
from typing import Final, Literal, get_args

from edge.errors import ProvisionError
from edge.provision import cloudinit, firstrun, preseed
from edge.provision.bootlines import CMDLINE
from edge.provision.image import Image
from edge.provision.partition import BootPartition

FirstBoot = Literal["cloud-init", "firstrun", "preseed"]
"""Forms of telling a computer who it is."""
FORMS: Final = {"cloud-init": cloudinit, "firstrun": firstrun, "preseed": preseed}
_KERNELS_32: Final = frozenset({"kernel7.img", "kernel7l.img"})
"""On images of 32 bit beside the 64-bit kernel, on images of 64 bit not at all."""
_LIBRARIES_32: Final = frozenset({"arm-linux-gnueabihf", "arm-linux-gnueabi"})
_LIBRARIES_64: Final = frozenset({"aarch64-linux-gnu", "x86_64-linux-gnu"})
_PYTHON: Final = re.compile(r"python(3\.\d+)")
_NAME_FIELD: Final = 5
_LONGEST_S: Final = 300.0


@dataclass(frozen=True)
class RootFacts:
    """What lies in two folders of the root file system."""

    libraries: frozenset[str]
    programs: frozenset[str]

    @property
    def python(self) -> str | None:
        """Version of the system's Python, such as 3.13."""
        found = [match[1] for name in self.programs if (match := _PYTHON.fullmatch(name))]
        return max(found, key=lambda version: int(version.partition(".")[2])) if found else None


@dataclass(frozen=True)
class Found:
    """What an image is."""

    first_boot: FirstBoot
    python: str | None
    """Of the system; None where it could not be seen."""


def look(
    partition: BootPartition, root: RootFacts | None = None, wanted: FirstBoot | None = None
) -> Found:
    """Return what an image is.

    Args:
        partition: Its boot partition.
        root: What its root file system shows; None where that cannot be read.
        wanted: The form where a person says so.

    Raises:
        ProvisionError: It is a 32-bit system, or its form cannot be told.
    """
    names = frozenset(partition.names())
    must_be_64_bit(names, root)
    form = wanted or _form(partition, names, root)
    return Found(form, root.python if root else None)


def must_be_64_bit(names: frozenset[str], root: RootFacts | None) -> None:
    """Do nothing for a 64-bit system.

    Raises:
        ProvisionError: It has 32 bits.
    """
    by_root = (
        root is not None and _LIBRARIES_32 & root.libraries and not (_LIBRARIES_64 & root.libraries)
    )
    if by_root or (_KERNELS_32 & names):
        raise ProvisionError(
            "the image",
            "is a 32-bit system. NumPy and LiteRT come for 64 bit alone: take the 64-bit image "
            "(arm64), which runs on Raspberry Pi 3, 4, 5 and Zero 2",
        )


def _form(partition: BootPartition, names: frozenset[str], root: RootFacts | None) -> FirstBoot:
    programs = root.programs if root else frozenset()
    libraries = root.libraries if root else frozenset()
    if preseed.FILE in names:
        return "preseed"
    if {cloudinit.USER_DATA, cloudinit.META_DATA} & names:
        return "cloud-init"
    if "rpi-preseed" in programs | libraries:
        return "preseed"
    if "cloud-init" in programs:
        return "cloud-init"
    has_helpers = "raspberrypi-sys-mods" in libraries
    if has_helpers or (
        CMDLINE in names and b"raspberrypi-sys-mods/firstboot" in partition.read(CMDLINE)
    ):
        return "firstrun"
    raise ProvisionError(
        "the image",
        "does not show in which form it wants to be told at its first boot; say so by --format "
        f"{'|'.join(get_args(FirstBoot))}, or take Raspberry Pi OS Lite (64 bit)",
    )


def root_facts(image: Image) -> RootFacts | None:
    """Return what the root file system shows; None where it or debugfs is missing.

    Raises:
        ProvisionError: debugfs cannot read it.
    """
    program = shutil.which("debugfs", path="/usr/sbin:/sbin:/usr/bin:/usr/local/sbin")
    if program is None or image.root is None:
        return None
    where = f"{image.path}?offset={image.root.start_bytes}"
    return RootFacts(
        _listed(program, where, "/usr/lib"),
        _listed(program, where, "/usr/bin"),
    )


def _listed(program: str, where: str, folder: str) -> frozenset[str]:
    try:
        done = subprocess.run(  # noqa: S603 - our own arguments
            [program, "-R", f"ls -p {folder}", where],
            capture_output=True,
            text=True,
            check=False,
            errors="replace",
            stdin=subprocess.DEVNULL,
            timeout=_LONGEST_S,
        )
    except subprocess.TimeoutExpired as error:
        raise ProvisionError(where, f"debugfs did not end within {_LONGEST_S:g} s") from error
    if done.returncode != 0:
        raise ProvisionError(where, f"debugfs failed: {done.stderr.strip()}")
    rows = (line.split("/") for line in done.stdout.splitlines())
    return frozenset(row[_NAME_FIELD] for row in rows if len(row) > _NAME_FIELD)
