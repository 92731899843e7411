"""Writing so that a power cut leaves the old or the new, never half of one.

In this order: the content, fsync of the file, the new name, fsync of the folder. Left out, either
fsync lets a file system bring the name to the disk before the content.
"""

import ctypes
import os
from pathlib import Path


class Disk:
    """The few ways in which the updater changes a disk; tests watch them one by one."""

    def write(self, path: Path, content: bytes) -> None:
        """Write a file that nobody reads yet, down to the disk."""
        number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with os.fdopen(number, "wb") as file:
            hand_over(file.fileno(), path.parent)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())

    def rename(self, source: Path, target: Path) -> None:
        """Give a file another name, on the same disk."""
        source.replace(target)

    def sync(self, folder: Path) -> None:
        """Bring the names in a folder to the disk."""
        number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(number)
        finally:
            os.close(number)

    def sync_all(self, folder: Path) -> None:
        """Bring all that was written on a folder's file system to the disk (syncfs(2)).

        For a tree of thousands of files: to sync each of them takes a card minutes.

        Raises:
            OSError: Something could not be written.
        """
        number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            if ctypes.CDLL(None, use_errno=True).syncfs(number) != 0:
                code = ctypes.get_errno()
                raise OSError(code, os.strerror(code), str(folder))
        finally:
            os.close(number)

    def remove(self, path: Path) -> None:
        """Remove a file, if it is there."""
        path.unlink(missing_ok=True)

    def put(self, path: Path, content: bytes) -> None:
        """Replace a file as a whole; on the disk when this returns.

        Raises:
            OSError: It cannot be written; what was there still is.
        """
        partial = path.with_name(f"{path.name}.part")
        self.write(partial, content)
        self.rename(partial, path)
        self.sync(path.parent)


def make_folder(path: Path) -> None:
    """Make a folder and bring its name to the disk."""
    if path.is_dir():
        return
    make_folder(path.parent)
    path.mkdir(mode=0o755, exist_ok=True)
    number = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        hand_over(number, path.parent)
    finally:
        os.close(number)
    Disk().sync(path.parent)


def hand_over(number: int, folder: Path) -> None:
    """Give what root made to the folder's owner: the agent must read it.

    Args:
        number: An open file.
        folder: Whose owner gets it.
    """
    if os.geteuid() == 0:
        owner = folder.stat()
        os.fchown(number, owner.st_uid, owner.st_gid)
