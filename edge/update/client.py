"""The TUF client: what the repository says, checked against keys that only people have.

python-tuf checks signatures, versions, expiry and sizes. Around it, what it leaves to its user:
the trusted root comes from a file that no update writes, at every look; its cache is brought to
the disk; and whatever goes wrong on the line ends in one kind of error.
"""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Literal, overload

import urllib3
from pydantic import BaseModel, ValidationError
from tuf.api.exceptions import DownloadError, RepositoryError
from tuf.api.metadata import TargetFile
from tuf.ngclient import Updater, UpdaterConfig

from edge.errors import UpdateError
from edge.timestamps import NANOSECONDS_PER_SECOND
from edge.update.decide import Facts, Offer
from edge.update.disk import Disk
from edge.update.fetch import Fetcher
from edge.update.large import Signed, Told, fetch_large, tell_nobody
from edge.update.targets import (
    MOST_ASSIGNMENT_BYTES,
    Assignment,
    ConfigurationAssignment,
    Kind,
    ModelFacts,
    Order,
    Return,
    SoftwareAssignment,
    read_order,
    rollout_path,
)

_METADATA: Final = "metadata/"
_TARGETS: Final = "targets/"
_TIMESTAMP: Final = "timestamp.json"
_MOST_TIMESTAMP_BYTES: Final = 16_384
_CONFIG: Final = UpdaterConfig(
    max_root_rotations=64,
    max_delegations=8,
    root_max_length=100_000,
    timestamp_max_length=_MOST_TIMESTAMP_BYTES,
    snapshot_max_length=100_000,
    targets_max_length=1_000_000,
)


class TufClient:
    """One look at a repository.

    Args:
        base: Address of the repository, with a slash at its end.
        fetcher: Fetches.
        folder: Where metadata are kept; one process at a time.
        root: The trusted root metadata.
        staging: Where targets are fetched to.
        disk: Writes.
    """

    def __init__(
        self,
        base: str,
        fetcher: Fetcher,
        folder: Path,
        root: bytes,
        staging: Path,
        disk: Disk | None = None,
    ) -> None:
        self._base = base
        self._fetcher = fetcher
        self._folder = folder
        self._root = root
        self._staging = staging
        self._disk = disk or Disk()
        self._updater: Updater | None = None

    def is_unchanged(self, settled: str | None, now_ns: int) -> bool:
        """Return whether the repository is as it was when there was nothing to do: one request.

        The answer is believed no longer than what was signed then holds.

        Args:
            settled: SHA-256 of the timestamp metadata after which there was nothing to do.
            now_ns: The wall clock, nanoseconds since 1970 UTC.

        Raises:
            UpdateError: The repository does not answer.
        """
        kept = self.timestamp()
        if settled is None or kept is None or hashlib.sha256(kept).hexdigest() != settled:
            return False
        if _expiry_ns(kept) <= now_ns:
            return False
        url = f"{self._base}{_METADATA}{_TIMESTAMP}"
        with _told(self._base):
            news = self._fetcher.unless_same(url, settled, _MOST_TIMESTAMP_BYTES)
        if news is None or news == kept:
            return True
        self._fetcher.know(url, news)
        return False

    def timestamp(self) -> bytes | None:
        """Return the timestamp metadata that are kept; None where none are."""
        try:
            return (self._folder / _TIMESTAMP).read_bytes()
        except OSError:
            return None

    def refresh(self) -> None:
        """Bring the metadata up to date.

        Raises:
            UpdateError: They cannot be had, or are not signed as they must be.
        """
        with _told(self._base):
            self._updater = Updater(
                str(self._folder),
                f"{self._base}{_METADATA}",
                str(self._staging),
                f"{self._base}{_TARGETS}",
                fetcher=self._fetcher,
                config=_CONFIG,
                bootstrap=self._root,
            )
            self._updater.refresh()

    @overload
    def assignment(
        self, rings: tuple[str, ...], kind: Literal[Kind.MODEL] = Kind.MODEL
    ) -> tuple[str, Assignment | Return] | None: ...

    @overload
    def assignment(
        self, rings: tuple[str, ...], kind: Literal[Kind.SOFTWARE]
    ) -> tuple[str, SoftwareAssignment | Return] | None: ...

    @overload
    def assignment(
        self, rings: tuple[str, ...], kind: Literal[Kind.CONFIGURATION]
    ) -> tuple[str, ConfigurationAssignment | Return] | None: ...

    def assignment(
        self, rings: tuple[str, ...], kind: Kind = Kind.MODEL
    ) -> tuple[str, Order] | None:
        """Return what the first of some rings is to run that is to run something of a kind.

        Raises:
            UpdateError: It cannot be had, or makes no sense.
        """
        for ring in rings:
            target = self._target(rollout_path(ring, kind))
            if target is None:
                continue
            if target.length > MOST_ASSIGNMENT_BYTES:
                reason = f"{target.path} has {target.length} bytes, at most {MOST_ASSIGNMENT_BYTES}"
                raise UpdateError("repository", reason)
            path = self._staging / "assignment.json"
            self._download(target, path)
            try:
                return ring, read_order(kind, path.read_bytes())
            except ValidationError as error:
                raise UpdateError("repository", f"{target.path}: {_first(error)}") from error
            except ValueError as error:
                raise UpdateError("repository", f"{target.path}: {error}") from error
            finally:
                path.unlink()
        return None

    @overload
    def offer(self, path: str) -> Offer[ModelFacts] | None: ...

    @overload
    def offer(self, path: str, form: type[Facts]) -> Offer[Facts] | None: ...

    def offer(self, path: str, form: type[BaseModel] = ModelFacts) -> Offer[Any] | None:
        """Return a file as the role models lists it; None where it does not.

        Args:
            path: Its name in the repository.
            form: What is signed of its kind: `ModelFacts`, `SoftwareFacts`, `ConfigurationFacts`.

        Raises:
            UpdateError: The list cannot be had, or what it says of the file makes no sense.
        """
        target = self._target(path)
        if target is None or "sha256" not in target.hashes:
            return None
        try:
            facts = form.model_validate(target.custom or {})
        except ValidationError as error:
            raise UpdateError("repository", f"{path}: {_first(error)}") from error
        return Offer(path, target.hashes["sha256"], target.length, facts)

    def fetch(self, offer: Offer[Any], to: Path) -> None:
        """Fetch a small file; on the disk when this returns, if it is what was signed.

        Raises:
            UpdateError: It cannot be had, or is something else.
        """
        target = self._target(offer.path)
        if target is None:
            raise UpdateError("repository", f"{offer.path} is not listed any more")
        self._download(target, to)
        with _told(self._base):
            self._disk.write(to, to.read_bytes())
            self._disk.sync(to.parent)

    def fetch_large(
        self, offer: Offer[Any], to: Path, more_s: float, told: Told = tell_nobody
    ) -> None:
        """Fetch a large file, or go on with it; what came stays where the line is cut.

        Args:
            offer: What.
            to: Where to.
            more_s: Seconds that it may take beside the look.
            told: Hears how far it is.

        Raises:
            UpdateError: It cannot be had, or is something else.
        """
        folder, _, name = offer.path.rpartition("/")
        url = f"{self._base}{_TARGETS}{folder}/{offer.sha256}.{name}"
        self._fetcher.allow(more_s)
        with _told(self._base):
            signed = Signed(offer.length, offer.sha256)
            fetch_large(self._fetcher, url, signed, to, told)

    def keep(self) -> None:
        """Bring what was fetched of metadata to the disk: versions seen are not to be forgotten."""
        with _told(self._base):
            for path in sorted(self._folder.glob("*.json")):
                if not path.is_symlink():
                    self._disk.put(path, path.read_bytes())

    def _target(self, path: str) -> TargetFile | None:
        if self._updater is None:
            raise UpdateError("repository", "it was not asked yet")
        with _told(self._base):
            return self._updater.get_targetinfo(path)

    def _download(self, target: TargetFile, to: Path) -> None:
        if self._updater is None:
            raise UpdateError("repository", "it was not asked yet")
        with _told(self._base):
            self._updater.download_target(target, str(to))


@contextmanager
def _told(base: str) -> Iterator[None]:
    """Turn whatever goes wrong into one kind of error.

    python-tuf lets errors of the line through where they come in the middle of a file.
    """
    try:
        yield
    except (DownloadError, RepositoryError, urllib3.exceptions.HTTPError, OSError) as error:
        cause = f": {error.__cause__}" if error.__cause__ is not None else ""
        reason = f"{base}: {str(error) or type(error).__name__}{cause}"
        raise UpdateError("repository", reason) from error


def _expiry_ns(metadata: bytes) -> int:
    """Return when metadata run out; 0 for what are none."""
    try:
        expires = datetime.fromisoformat(json.loads(metadata)["signed"]["expires"])
        return int(expires.timestamp()) * NANOSECONDS_PER_SECOND
    except (ValueError, KeyError, TypeError, RecursionError):
        return 0


def _first(error: ValidationError) -> str:
    first = error.errors()[0]
    return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
