"""The files of a repository.

    metadata/   VERSION.ROLE.json and timestamp.json: what stations fetch
    targets/    models/SHA256.NAME, rollout/SHA256.RING.json, software/SHA256.NAME
    staging/    ROLE.json: drafts that wait for signatures; not served
    audit.jsonl who did what; not served

A publication writes targets first and timestamp.json last, each as a whole: a power cut in between
leaves what was published before.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, TypeVar

from tuf.api.exceptions import RepositoryError
from tuf.api.metadata import Metadata, Root, Snapshot, TargetFile, Targets, Timestamp
from tuf.api.serialization import DeserializationError
from tuf.api.serialization.json import JSONSerializer

from cloud.errors import ReleaseError
from cloud.release.roles import MODELS, ROLLOUT, ROOT, SNAPSHOT, TARGETS, TIMESTAMP
from edge.update.disk import Disk, make_folder

AnyMetadata = Metadata[Any]
Kind = TypeVar("Kind", Root, Targets, Snapshot, Timestamp)
_COMPACT: Final = JSONSerializer(compact=True)


class Repository:
    """A repository in a folder.

    Args:
        folder: The folder.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.metadata = folder / "metadata"
        self.targets = folder / "targets"
        self.staging = folder / "staging"
        self._disk = Disk()

    def prepare(self) -> None:
        """Make the folders.

        Raises:
            ReleaseError: They cannot be made.
        """
        try:
            for folder in (self.folder, self.metadata, self.targets, self.staging):
                make_folder(folder)
        except OSError as error:
            raise ReleaseError(str(self.folder), f"cannot be made: {error.strerror}") from error

    @property
    def is_published(self) -> bool:
        """Whether stations find anything."""
        return (self.metadata / "timestamp.json").is_file()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Hold the place of the only one who changes what is published."""
        make_folder(self.folder)
        number = os.open(self.folder / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(number, fcntl.LOCK_EX)
            yield
        finally:
            os.close(number)

    def version(self, role: str) -> int:
        """Return the newest published version of a role; 0 where there is none."""
        suffix = f".{role}.json"
        names = (path.name.removesuffix(suffix) for path in self.metadata.glob(f"*{suffix}"))
        return max((int(name) for name in names if name.isdecimal()), default=0)

    def published(self, role: str) -> AnyMetadata | None:
        """Return what is published of a role; None where nothing is.

        Raises:
            ReleaseError: It is damaged.
        """
        if role == TIMESTAMP:
            path = self.metadata / "timestamp.json"
            return read_metadata(path) if path.is_file() else None
        version = self.version(role)
        return read_metadata(self.metadata / f"{version}.{role}.json") if version else None

    def draft(self, role: str) -> AnyMetadata | None:
        """Return the draft of a role; None where there is none.

        Raises:
            ReleaseError: It is damaged.
        """
        path = self.staging / f"{role}.json"
        return read_metadata(path) if path.is_file() else None

    def newest(self, role: str) -> AnyMetadata:
        """Return the draft of a role, or what is published of it.

        Raises:
            ReleaseError: There is neither.
        """
        found = self.draft(role) or self.published(role)
        if found is None:
            reason = f"has no {role}; `cloud-aggregator release init` begins a repository"
            raise ReleaseError(str(self.folder), reason)
        return found

    def published_root(self) -> Root:
        """Return whose keys count for stations.

        Raises:
            ReleaseError: Nothing is published.
        """
        return _as(self._there(ROOT), Root)

    def published_targets(self) -> Targets:
        """Return who signs models and rollout, for stations.

        Raises:
            ReleaseError: Nothing is published.
        """
        return _as(self._there(TARGETS), Targets)

    def _there(self, role: str) -> AnyMetadata:
        found = self.published(role)
        if found is None:
            reason = f"no {role} is published; sign the drafts, then `release publish`"
            raise ReleaseError(str(self.folder), reason)
        return found

    def root(self) -> Root:
        """Return whose keys count, with a draft of it where there is one."""
        return _as(self.newest(ROOT), Root)

    def targets_role(self) -> Targets:
        """Return who signs models and rollout, with a draft of it where there is one."""
        return _as(self.newest(TARGETS), Targets)

    def models(self) -> Targets:
        """Return what may run, with a draft of it where there is one."""
        return _as(self.newest(MODELS), Targets)

    def rollout(self) -> Targets:
        """Return what is to run; nothing before the first publication."""
        found = self.published(ROLLOUT)
        return Targets() if found is None else _as(found, Targets)

    def snapshot(self) -> Snapshot | None:
        """Return which files belong together; None before the first publication."""
        found = self.published(SNAPSHOT)
        return None if found is None else _as(found, Snapshot)

    def timestamp(self) -> Timestamp | None:
        """Return the newest of all; None before the first publication."""
        found = self.published(TIMESTAMP)
        return None if found is None else _as(found, Timestamp)

    def keep_draft(self, role: str, draft: AnyMetadata) -> None:
        """Keep a draft."""
        make_folder(self.staging)
        self._put(self.staging / f"{role}.json", draft)

    def drop_draft(self, role: str) -> None:
        """Forget a draft."""
        self._disk.remove(self.staging / f"{role}.json")

    def publish(self, role: str, metadata: AnyMetadata) -> None:
        """Write metadata where stations fetch them."""
        name = "timestamp.json" if role == TIMESTAMP else f"{metadata.signed.version}.{role}.json"
        self._put(self.metadata / name, metadata)

    def target_file(self, target: TargetFile) -> Path:
        """Return where a target lies: its hash goes before its name."""
        folder, _, name = target.path.rpartition("/")
        return self.targets / folder / f"{target.hashes['sha256']}.{name}"

    def keep_target(self, target: TargetFile, content: bytes) -> None:
        """Write a target."""
        path = self.target_file(target)
        make_folder(path.parent)
        if not path.is_file() or path.read_bytes() != content:
            self._disk.put(path, content)

    def _put(self, path: Path, metadata: AnyMetadata) -> None:
        try:
            self._disk.put(path, metadata.to_bytes(_COMPACT))
            path.chmod(0o644)
        except OSError as error:
            raise ReleaseError(str(path), f"cannot be written: {error.strerror}") from error


def read_metadata(path: Path) -> AnyMetadata:
    """Return the metadata of a file.

    Raises:
        ReleaseError: It cannot be read, or holds none.
    """
    try:
        return Metadata.from_bytes(path.read_bytes())
    except OSError as error:
        raise ReleaseError(str(path), f"cannot be read: {error.strerror}") from error
    except (DeserializationError, RepositoryError) as error:
        raise ReleaseError(str(path), f"holds no metadata: {error}") from error


def _as(metadata: AnyMetadata, kind: type[Kind]) -> Kind:
    signed = metadata.signed
    if not isinstance(signed, kind):
        raise ReleaseError(str(signed.type), f"is no {kind.__name__}")
    return signed
