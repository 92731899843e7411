"""One agent an archive: two would write into each other's records."""

import errno
import fcntl
import os
from pathlib import Path

from edge.archive.journal import FOLDER


class FolderLock:
    """Held by one process at a time, and given back when it ends, however it ends.

    Args:
        folder: Root of the tree.

    Raises:
        OSError: Another process holds it, or the disk does not let us.
    """

    def __init__(self, folder: Path) -> None:
        path = folder / FOLDER / "lock"
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._file)
            reason = "another agent keeps its archive here; give each its own archive.folder"
            raise OSError(errno.EBUSY, reason, str(folder)) from None

    def release(self) -> None:
        """Give it back."""
        os.close(self._file)
