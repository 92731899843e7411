"""The emulator, of the same release as the system on the card, unpacked into a folder.

Older ones make mistakes with its kernel: QEMU 7.2 of Debian 12 loses its way when the kernel
patches itself. Nothing of this machine's own packages is touched, and it needs no root.
"""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from scripts.booting.system import SUITE, Architecture
from scripts.booting.tools import BootError, program, run
from scripts.emulated.debian import mirror_of
from scripts.emulated.emulator import EmulationError

_KEYS: Final = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
_PACKAGE: Final = "qemu-system-x86"
_STAMP: Final = "whole"
_LIBRARIES: Final = "usr/lib/x86_64-linux-gnu"


@dataclass(frozen=True)
class Emulator:
    """QEMU in a folder, with the libraries that it was made for."""

    root: Path

    def words(self, kind: Architecture) -> list[str]:
        """Return program and first arguments."""
        libraries = self.root / _LIBRARIES
        return [
            *(str(libraries / "ld-linux-x86-64.so.2"), "--library-path", str(libraries)),
            str(self.root / "usr/bin" / f"qemu-system-{kind.platform}"),
            *("-L", str(self.root / "usr/share/qemu"), "-L", str(self.root / "usr/share/seabios")),
        ]

    @property
    def environment(self) -> dict[str, str]:
        """What it wants in its environment: it would load modules of another QEMU."""
        return {**os.environ, "QEMU_MODULE_DIR": str(self.root / _LIBRARIES / "qemu")}

    def version(self, kind: Architecture) -> str:
        """Return which one it is."""
        said = run(*self.words(kind), "--version", environment=self.environment)
        return "QEMU " + said.split()[3]


def apt_configuration(folder: Path) -> str:
    """Return an apt.conf that keeps everything in a folder."""
    return "\n".join(
        [
            f'Dir::State "{folder}/state";',
            f'Dir::State::status "{folder}/status";',
            f'Dir::Cache "{folder}/cache";',
            f'Dir::Etc "{folder}/etc";',
            'Dir::Etc::sourcelist "sources.list";',
            'Acquire::Languages "none";',
            'APT::Install-Recommends "false";',
            'APT::Sandbox::User "";',
            "",
        ]
    )


def host_mirror() -> str:
    """Return the Debian mirror that this machine is set up to use.

    Raises:
        BootError: It has none, or no keys for it.
    """
    if not _KEYS.is_file():
        raise BootError(f"{_KEYS} is missing: apt-get install debian-archive-keyring")
    form = "$(ORIGIN)|$(REPO_URI)|$(COMPONENT)"
    said = run(program("apt-get", "apt"), "indextargets", "--format", form, "Created-By: Packages")
    try:
        return mirror_of(said)
    except EmulationError as error:
        raise BootError("this machine has no Debian mirror in its apt sources") from error


def unpack_emulator(folder: Path) -> Emulator:
    """Return the emulator; downloaded where it is not there.

    Args:
        folder: Keeps it from one run to the next.

    Raises:
        BootError: A tool is missing, or a package cannot be had.
    """
    root, stamp = folder / "root", folder / _STAMP
    if stamp.is_file():
        return Emulator(root)
    for name in ("state/lists/partial", "cache/archives/partial"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    for name in ("etc/apt.conf.d", "etc/preferences.d"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / "status").touch()
    configuration = folder / "apt.conf"
    configuration.write_text(apt_configuration(folder))
    source = f"deb [signed-by={_KEYS}] {host_mirror()} {SUITE} main\n"
    (folder / "etc/sources.list").write_text(source)
    apt, own = program("apt-get", "apt"), {"APT_CONFIG": str(configuration)}
    run(apt, "--quiet", "update", environment=own)
    run(apt, "--quiet", "install", "--download-only", "--yes", _PACKAGE, environment=own)
    for archive in sorted((folder / "cache/archives").glob("*.deb")):
        run(program("dpkg-deb", "dpkg"), "--extract", archive, root)
        archive.unlink()
    stamp.touch()
    return Emulator(root)
