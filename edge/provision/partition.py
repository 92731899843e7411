"""The boot partition: in an image, through mtools and without root, or mounted, as a folder."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Protocol

from edge.errors import ProvisionError
from edge.provision.image import Image
from edge.provision.tree import Tree, hashes_below, sha256_of, size_of, write_tree

_CLUSTER_BYTES: Final = 32_768
"""Largest piece in which a FAT of some gigabytes gives out room."""
_PACKAGE: Final = "mtools"
_LONGEST_S: Final = 900.0
"""Of one tool on a slow disk; a FAT whose folders lead into themselves never ends."""
_EPOCH: Final = "1577836800"
"""Time of every file, 2020-01-01: the same card, the same bytes (SOURCE_DATE_EPOCH)."""


class BootPartition(Protocol):
    """Files that the firmware and the first boot read."""

    def names(self) -> list[str]:
        """Return the names in the root folder."""
        ...

    def read(self, name: str) -> bytes:
        """Return a file of the root folder."""
        ...

    def free_bytes(self) -> int:
        """Return how much more fits."""
        ...

    def replace(self, folder: str, tree: Tree) -> None:
        """Write files; what an earlier card left in the folder goes."""
        ...

    def hashes(self, tree: Tree) -> dict[str, str]:
        """Return the hashes of the files of a tree as they lie there now, by path."""
        ...


class FatInImage:
    """The first partition of an image.

    Args:
        image: Unpacked; written in place.
    """

    def __init__(self, image: Image) -> None:
        self._where = f"{image.path}@@{image.boot.start_bytes}"
        self._path = image.called

    def names(self) -> list[str]:
        """Return the names in the root folder."""
        listed = self._run("mdir", ["-b", "::/"]).decode(errors="replace").splitlines()
        return sorted(line.removeprefix("::/").strip("/") for line in listed if line.strip())

    def read(self, name: str) -> bytes:
        """Return a file of the root folder."""
        return self._run("mtype", [f"::/{name}"])

    def free_bytes(self) -> int:
        """Return how much more fits."""
        last = self._run("mdir", ["::/"]).decode(errors="replace").strip().splitlines()[-1]
        digits = last.replace("bytes free", "").replace(" ", "")
        if not digits.isdecimal():
            raise ProvisionError(self._path, f"mtools says no free space but {last!r}")
        return int(digits)

    def replace(self, folder: str, tree: Tree) -> None:
        """Write files; what an earlier card left in the folder goes."""
        if folder in self.names():
            self._run("mdeltree", [f"::/{folder}"])
        with tempfile.TemporaryDirectory(prefix="edge-kit-") as scratch:
            write_tree(tree, Path(scratch))
            tops = sorted(str(path) for path in Path(scratch).iterdir())
            self._run("mcopy", ["-s", "-o", "-Q", *tops, "::/"])

    def hashes(self, tree: Tree) -> dict[str, str]:
        """Return the hashes of the files of a tree as they lie there now, by path."""
        tops = sorted({path.partition("/")[0] for path in tree})
        with tempfile.TemporaryDirectory(prefix="edge-kit-") as scratch:
            self._run("mcopy", ["-s", "-Q", "-n", *(f"::/{top}" for top in tops), scratch])
            return hashes_below(Path(scratch))

    def _run(self, tool: str, arguments: Sequence[str]) -> bytes:
        program = shutil.which(tool)
        if program is None:
            raise ProvisionError(
                tool, f"is not installed; mend it with: sudo apt install {_PACKAGE}"
            )
        environment = {
            **os.environ,
            "MTOOLSRC": "/dev/null",
            # Images have no geometry; what mtools would check is one.
            "MTOOLS_SKIP_CHECK": "1",
            "SOURCE_DATE_EPOCH": _EPOCH,
            "LC_ALL": "C.UTF-8",
        }
        try:
            done = subprocess.run(  # noqa: S603 - our own arguments
                [program, "-i", self._where, *arguments],
                capture_output=True,
                check=False,
                env=environment,
                stdin=subprocess.DEVNULL,
                timeout=_LONGEST_S,
            )
        except subprocess.TimeoutExpired as error:
            reason = f"{tool} did not end within {_LONGEST_S:g} s; is its FAT damaged?"
            raise ProvisionError(self._path, reason) from error
        if done.returncode != 0:
            said = done.stderr.decode(errors="replace").strip()
            raise ProvisionError(self._path, f"{tool} failed: {said}")
        return done.stdout


class MountedFolder:
    """The boot partition of a card that is mounted.

    Args:
        folder: Where it is mounted.

    Raises:
        ProvisionError: It is no folder.
    """

    def __init__(self, folder: Path) -> None:
        if not folder.is_dir():
            raise ProvisionError(str(folder), "is no folder; give where the card is mounted")
        self._folder = folder

    def names(self) -> list[str]:
        """Return the names in the root folder."""
        return sorted(path.name for path in self._folder.iterdir())

    def read(self, name: str) -> bytes:
        """Return a file of the root folder."""
        try:
            return (self._folder / name).read_bytes()
        except OSError as error:
            raise ProvisionError(str(self._folder / name), f"cannot be read ({error})") from error

    def free_bytes(self) -> int:
        """Return how much more fits."""
        return shutil.disk_usage(self._folder).free

    def replace(self, folder: str, tree: Tree) -> None:
        """Write files; what an earlier card left in the folder goes."""
        try:
            shutil.rmtree(self._folder / folder, ignore_errors=True)
            write_tree(tree, self._folder)
            os.sync()
        except OSError as error:
            raise ProvisionError(str(self._folder), f"cannot be written ({error})") from error

    def hashes(self, tree: Tree) -> dict[str, str]:
        """Return the hashes of the files of a tree as they lie there now, by path."""
        there = [path for path in tree if (self._folder / path).is_file()]
        return {path: sha256_of(self._folder / path) for path in there}


def room_for(tree: Tree) -> int:
    """Return how many bytes files take at most on a FAT: each begins a piece of its own."""
    return sum(-(-size_of(content) // _CLUSTER_BYTES) * _CLUSTER_BYTES for content in tree.values())
