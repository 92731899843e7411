"""A Debian root for arm64, unpacked from packages, and an emulator from the same release.

Nothing of this machine's own packages is touched: apt works with a configuration, lists and a
status file of its own, and `dpkg-deb` only unpacks. Neither needs root.
"""

import hashlib
import os
import shutil
import subprocess
import tarfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from scripts.emulated.emulator import EmulationError, Emulator

SUITE: Final = "trixie"
"""Raspberry Pi OS 13 is made of it."""
PACKAGES: Final = (
    *("base-files", "ca-certificates", "coreutils", "dash", "libc-bin"),
    *("libstdc++6", "python3", "python3-venv"),
)
"""What every system has, as far as the kit and its installation need it; apt adds the rest."""
_KEYS: Final = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
_QEMU: Final = "usr/bin/qemu-aarch64"
_STAMP: Final = ".unpacked"
_SHOWN_CHARACTERS: Final = 2000


@dataclass(frozen=True)
class Unpacked:
    """A root with its emulator."""

    emulator: Emulator
    packages: int
    size_bytes: int
    """Of all packages together, as downloaded."""


def mirror_of(targets: str) -> str:
    """Return the mirror that this machine is set up to use.

    Args:
        targets: Lines `origin|address|component`, as apt lists its indexes.

    Raises:
        EmulationError: None of them is Debian's main archive.
    """
    for line in targets.splitlines():
        origin, address, component = line.split("|")
        if origin == "Debian" and component == "main" and "security" not in address:
            return address
    raise EmulationError("this machine has no Debian mirror in its apt sources; give --mirror URI")


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
            'APT::Architecture "arm64";',
            'APT::Architectures { "arm64"; "amd64"; };',
            'APT::Install-Recommends "false";',
            'APT::Sandbox::User "";',
            "",
        ]
    )


def sources_list(mirror: str) -> str:
    """Return the line of the release."""
    return f"deb [arch=arm64,amd64 signed-by={_KEYS}] {mirror} {SUITE} main\n"


class Debian:
    """Packages of a release.

    Args:
        folder: Keeps lists and packages from one run to the next.
        mirror: Address of a Debian mirror; that of this machine where left out.
    """

    def __init__(self, folder: Path, mirror: str | None = None) -> None:
        self._folder = folder
        self._mirror = mirror

    def unpack(self, root: Path) -> Unpacked:
        """Download what is missing, and make the root anew where its packages are others.

        Raises:
            EmulationError: A tool is missing, or a package cannot be had.
        """
        self._prepare()
        self._apt("install", "--download-only", "--yes", *PACKAGES)
        archives = sorted((self._folder / "cache" / "archives").glob("*.deb"))
        names = "\n".join(path.name for path in archives)
        stamp = hashlib.sha256(names.encode()).hexdigest()
        if not _is_stamped(root, stamp):
            shutil.rmtree(root, ignore_errors=True)
            _unpack_all(archives, root)
            _finish(root)
            (root / _STAMP).write_text(stamp)
        size = sum(path.stat().st_size for path in archives)
        return Unpacked(Emulator(root, self._emulator()), len(archives), size)

    def _prepare(self) -> None:
        for tool in ("apt-get", "dpkg-deb"):
            if shutil.which(tool) is None:
                raise EmulationError(f"{tool} is missing: this needs a Debian or Ubuntu")
        if not _KEYS.is_file():
            raise EmulationError(f"{_KEYS} is missing: apt-get install debian-archive-keyring")
        for name in ("state/lists/partial", "cache/archives/partial", "etc"):
            (self._folder / name).mkdir(parents=True, exist_ok=True)
        (self._folder / "status").touch()
        mirror = self._mirror or mirror_of(_host_targets())
        (self._folder / "apt.conf").write_text(apt_configuration(self._folder))
        sources = self._folder / "etc" / "sources.list"
        if sources.is_file() and sources.read_text() == sources_list(mirror):
            return
        sources.write_text(sources_list(mirror))
        try:
            self._apt("update")
        except EmulationError:
            sources.unlink()
            raise

    def _emulator(self) -> Path:
        """Return the emulator: that of the release, for it is static and has no known faults."""
        place = self._folder / "qemu"
        if not (place / _QEMU).is_file():
            downloads = self._folder / "tools"
            downloads.mkdir(exist_ok=True)
            self._apt("download", "qemu-user:amd64", folder=downloads)
            (archive,) = downloads.glob("qemu-user_*.deb")
            _unpack_one(archive, _QEMU, place)
            archive.unlink()
        return place / _QEMU

    def _apt(self, *arguments: str, folder: Path | None = None) -> None:
        environment = {**os.environ, "APT_CONFIG": str(self._folder / "apt.conf")}
        _tool(["apt-get", "--quiet", *arguments], environment, folder)


def _host_targets() -> str:
    form = "$(ORIGIN)|$(REPO_URI)|$(COMPONENT)"
    return _tool(["apt-get", "indextargets", "--format", form, "Created-By: Packages"])


def _is_stamped(root: Path, stamp: str) -> bool:
    path = root / _STAMP
    return path.is_file() and path.read_text() == stamp


def _unpack_all(archives: Sequence[Path], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    # base-files first: its links make /lib and /usr/lib one folder.
    for archive in sorted(archives, key=lambda path: not path.name.startswith("base-files_")):
        _tool(["dpkg-deb", "--extract", str(archive), str(folder)])


def _unpack_one(archive: Path, member: str, folder: Path) -> None:
    """Unpack one file of a package: the emulators of all processors are half a gigabyte."""
    folder.mkdir(parents=True, exist_ok=True)
    files = archive.with_suffix(".tar")
    _tool(["sh", "-c", 'dpkg-deb --fsys-tarfile "$0" >"$1"', str(archive), str(files)])
    with tarfile.open(files) as tar:
        tar.extract(f"./{member}", folder, filter="data")
    files.unlink()


def _finish(root: Path) -> None:
    """Do what the packages' own scripts would: pip does not start without a list of authorities."""
    authorities = sorted((root / "usr/share/ca-certificates").rglob("*.crt"))
    bundle = root / "etc/ssl/certs/ca-certificates.crt"
    bundle.parent.mkdir(parents=True, exist_ok=True)
    bundle.write_text("".join(path.read_text() for path in authorities))
    # Names of this machine, for what runs in there and asks for localhost.
    (root / "etc/hosts").write_text("127.0.0.1 localhost\n")


def _tool(
    words: Sequence[str], environment: dict[str, str] | None = None, folder: Path | None = None
) -> str:
    done = subprocess.run(  # noqa: S603 - our own arguments
        words, capture_output=True, text=True, check=False, env=environment, cwd=folder
    )
    if done.returncode != 0:
        said = done.stderr.strip()[-_SHOWN_CHARACTERS:]
        raise EmulationError(f"{' '.join(words)} ended with {done.returncode}:\n{said}")
    return done.stdout
