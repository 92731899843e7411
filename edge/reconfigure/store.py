"""The file that keeps changes from afar, replaced as a whole: a power cut leaves old or new.

Agent and technician may both change it; a lock keeps them apart. Reading needs none.
"""

import contextlib
import fcntl
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import structlog
from pydantic import ValidationError

from edge.errors import ChangesError
from edge.reconfigure.record import Record

_log = structlog.get_logger(__name__)


class Store:
    """Changes of one station.

    Args:
        folder: The station's `state_dir`.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / "configure.json"

    def read(self) -> Record:
        """Return what is kept; an empty record where nothing is.

        Raises:
            ChangesError: The file cannot be read, or is damaged.
        """
        try:
            return Record.model_validate_json(self.path.read_bytes())
        except FileNotFoundError:
            return Record()
        except PermissionError as error:
            reason = "cannot be read by this user, only by the agent's and root; try sudo"
            raise ChangesError(self.path, reason) from error
        except OSError as error:
            raise ChangesError(self.path, f"cannot be read: {error.strerror}") from error
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(map(str, first["loc"])) or "the whole file"
            raise ChangesError(self.path, f"is damaged: {where}: {first['msg']}") from error

    def change(self, edit: Callable[[Record], Record]) -> Record:
        """Replace the file by what an edit makes of it; on disk when this returns.

        A damaged file is set aside and a new one begun.

        Raises:
            ChangesError: The file cannot be written; what was kept is still there.
        """
        try:
            with self._locked():
                before = self._read_or_set_aside()
                after = edit(before)
                if after != before:
                    self._write(after)
                return after
        except OSError as error:
            reason = f"cannot be written: {error.strerror}; is the disk full or read-only?"
            raise ChangesError(self.path, reason) from error

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        number = os.open(self.path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            self._hand_over(number)
            fcntl.flock(number, fcntl.LOCK_EX)
            yield
        finally:
            os.close(number)

    def _read_or_set_aside(self) -> Record:
        try:
            return self.read()
        except ChangesError as error:
            if isinstance(error.__cause__, OSError):
                raise error.__cause__ from None
            aside = self.path.with_suffix(".damaged")
            self.path.replace(aside)
            _log.error("changes_set_aside", reason=str(error), kept_as=str(aside))
            return Record()

    def _write(self, record: Record) -> None:
        partial = self.path.with_suffix(".part")
        number = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(number, "wb") as file:
            self._hand_over(file.fileno())
            file.write(record.model_dump_json(indent=1).encode())
            file.flush()
            os.fsync(file.fileno())
        partial.replace(self.path)
        folder = os.open(self.path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def _hand_over(self, number: int) -> None:
        """Give what root made to the folder's owner: the agent must read it."""
        if os.geteuid() == 0:
            owner = self.path.parent.stat()
            os.fchown(number, owner.st_uid, owner.st_gid)
