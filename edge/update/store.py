"""The file that keeps the record of a kind, and the folder of what it brought.

update/metadata/         the TUF client's, for all kinds; may be lost
update/record.json       replaced as a whole: a power cut leaves old or new
update/staging/          what is being fetched; may be lost
update/models/SHA256.tremor
software/                the same for agent software: record.json, staging/, releases/SHA256/
configuration/           the same for settings: record.json, staging/, files/SHA256.toml
"""

import fcntl
import os
import shutil
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

import structlog
from pydantic import ValidationError

from edge.errors import UpdateError
from edge.update.disk import Disk, hand_over, make_folder
from edge.update.record import Record
from edge.update.targets import Kind

_log = structlog.get_logger(__name__)


class _Layout(NamedTuple):
    folder: str
    places: str
    suffix: str


LAYOUTS: Final = {
    Kind.MODEL: _Layout("update", "models", ".tremor"),
    Kind.SOFTWARE: _Layout("software", "releases", ""),
    Kind.CONFIGURATION: _Layout("configuration", "files", ".toml"),
}


class UpdateStore:
    """What one station keeps of updates of one kind.

    Args:
        state_dir: The station's.
        disk: Writes.
        kind: Which.
    """

    def __init__(self, state_dir: Path, disk: Disk | None = None, kind: Kind = Kind.MODEL) -> None:
        layout = LAYOUTS[kind]
        self.kind = kind
        self.folder = state_dir / layout.folder
        self.path = self.folder / "record.json"
        self.metadata = state_dir / LAYOUTS[Kind.MODEL].folder / "metadata"
        self.staging = self.folder / "staging"
        self.places = self.folder / layout.places
        self.disk = disk or Disk()
        self._suffix = layout.suffix

    def place(self, sha256: str) -> Path:
        """Return where something lies that is what was signed, or would."""
        return self.places / f"{sha256}{self._suffix}"

    def staged(self, sha256: str) -> Path:
        """Return where something lies until it is verified."""
        return self.staging / f"{sha256}.part"

    def prepare(self) -> None:
        """Make the folders.

        Raises:
            UpdateError: They cannot be made.
        """
        try:
            for folder in (self.folder, self.metadata, self.staging, self.places):
                make_folder(folder)
        except OSError as error:
            raise UpdateError("files", f"{self.folder} cannot be made: {error.strerror}") from error

    def read(self) -> Record:
        """Return what is kept; an empty record where nothing is, or nothing that can be read.

        Whoever reads it must be able to start, so that a damaged file is logged, not raised.
        """
        try:
            return Record.model_validate_json(self.path.read_bytes())
        except FileNotFoundError:
            return Record()
        except (OSError, ValidationError) as error:
            _log.error("update_record_unreadable", path=str(self.path), reason=str(error))
            return Record()

    def changed_ns(self) -> int:
        """Return when the record was replaced last; 0 where there is none."""
        try:
            return self.path.stat().st_mtime_ns
        except OSError:
            return 0

    def change(self, edit: Callable[[Record], Record]) -> Record:
        """Replace the record by what an edit makes of it; on disk when this returns.

        Raises:
            UpdateError: It cannot be written; what was kept is still there.
        """
        try:
            make_folder(self.folder)
            with self._locked("record.lock", fcntl.LOCK_EX):
                before = self.read()
                after = edit(before)
                if after != before:
                    content = after.model_dump_json(indent=1).encode()
                    self.disk.put(self.path, content)
                return after
        except OSError as error:
            reason = f"{self.path} cannot be written: {error.strerror}; is the disk full?"
            raise UpdateError("files", reason) from error

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Hold the place of the only updater.

        Raises:
            UpdateError: Another one is at work.
        """
        try:
            with self._locked("updater.lock", fcntl.LOCK_EX | fcntl.LOCK_NB):
                yield
        except BlockingIOError as error:
            raise UpdateError("lock", "another updater is at work; let it end") from error

    def hand_over(self) -> None:
        """Give all that root made here, the TUF client's files too, to the folder's owner."""
        if os.geteuid() != 0:
            return
        owner = self.folder.stat()
        for path in self.folder.rglob("*"):
            os.chown(path, owner.st_uid, owner.st_gid, follow_symlinks=False)

    def tidy(self, sought: Collection[str] | None = ()) -> None:
        """Remove what nobody will want again, and what was left half-fetched.

        Args:
            sought: Hashes of what is wanted, and may be half-fetched; None: that is not known.
        """
        self.tidy_places(())
        self.tidy_staging(sought)

    def tidy_places(self, running: Collection[str]) -> None:
        """Remove what lies where it would run from, and nobody will want again.

        Args:
            running: Hashes of what is in use, wanted or not.
        """
        record = self.read()
        known = (record.candidate, record.committed, record.previous)
        kept = {self.place(one.sha256) for one in known if one is not None}
        self._remove_but({*kept, *map(self.place, running)}, self.places)

    def tidy_staging(self, sought: Collection[str] | None) -> None:
        """Remove what was left half-fetched.

        Args:
            sought: Hashes of what is wanted, and may be half-fetched; None: that is not known.
        """
        if sought is None:
            return
        candidate = self.read().candidate
        known = () if candidate is None else (candidate.sha256,)
        self._remove_but({self.staged(sha256) for sha256 in (*sought, *known)}, self.staging)

    def _remove_but(self, kept: Collection[Path], folder: Path) -> None:
        for path in folder.glob("*"):
            if path in kept:
                continue
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                self.disk.remove(path)

    @contextmanager
    def _locked(self, name: str, how: int) -> Iterator[None]:
        number = os.open(self.folder / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            hand_over(number, self.folder)
            fcntl.flock(number, how)
            yield
        finally:
            os.close(number)
