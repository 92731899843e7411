"""Which release is in charge, as the launcher reads it: the record of updates, by plain JSON.

The record's other readers validate it by pydantic, which takes a while to import. Only what is
needed is looked at here; all else is written back as it was.
"""

import contextlib
import fcntl
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from edge.update.disk import Disk

MOST_STARTS: Final = 3
"""Starts in a row after which a release that never came up is passed over."""
RECORD: Final = "record.json"
_LOCK: Final = "record.lock"
_STARTS: Final = "starts.json"
_PROBATION: Final = "probation"
_BOOT_ID: Final = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True, slots=True)
class Pointed:
    """A release that may be in charge."""

    sha256: str
    version: str
    over: str | None = None
    """What was installed on site when it was committed."""


@dataclass(frozen=True, slots=True)
class Pointer:
    """What is kept of releases."""

    candidate: Pointed | None = None
    """On probation; None: nothing is."""
    tries_left: int = 0
    proven: tuple[Pointed, ...] = ()
    """Committed, then the one before."""


def read_pointer(folder: Path) -> Pointer:
    """Return what is kept of releases; empty where nothing is.

    Args:
        folder: `software` in the station's `state_dir`.

    Raises:
        OSError: It cannot be read.
        ValueError: It makes no sense.
    """
    try:
        said = json.loads((folder / RECORD).read_bytes())
    except FileNotFoundError:
        return Pointer()
    except RecursionError as error:
        raise ValueError(f"{folder / RECORD} is too deep") from error
    try:
        candidate = said.get("candidate")
        on_probation = candidate is not None and candidate["phase"] == _PROBATION
        proven = (said.get("committed"), said.get("previous"))
        return Pointer(
            _pointed(candidate) if on_probation else None,
            int(candidate["tries_left"]) if on_probation else 0,
            tuple(_pointed(one) for one in proven if one is not None),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{folder / RECORD} makes no sense: {error!r}") from error


def count_down(folder: Path, sha256: str, disk: Disk) -> None:
    """Take a try of the candidate, on the disk when this returns.

    Raises:
        OSError: It cannot be written.
        ValueError: Another one is the candidate now, or no try is left.
    """
    with _locked(folder):
        said: dict[str, Any] = json.loads((folder / RECORD).read_bytes())
        candidate = said.get("candidate") or {}
        left = candidate.get("tries_left", 0)
        if candidate.get("sha256") != sha256 or not isinstance(left, int) or left < 1:
            raise ValueError("no try is left")
        candidate["tries_left"] = left - 1
        disk.put(folder / RECORD, json.dumps(said, indent=1).encode())


def starts_of(folder: Path, sha256: str) -> int:
    """Return how often a release was started since the computer was, and did not come up."""
    return _starts(folder).get(sha256, 0)


def count_start(folder: Path, sha256: str, disk: Disk) -> None:
    """Write down that a release is being started.

    Raises:
        OSError: It cannot be written.
    """
    counts = _starts(folder)
    counts[sha256] = counts.get(sha256, 0) + 1
    content = {"boot": _boot_id(), "starts": counts}
    disk.put(folder / _STARTS, json.dumps(content).encode())


def came_up(folder: Path, disk: Disk) -> None:
    """Forget starts: the agent came up.

    Raises:
        OSError: It cannot be written.
    """
    disk.remove(folder / _STARTS)


def _starts(folder: Path) -> dict[str, int]:
    try:
        said = json.loads((folder / _STARTS).read_bytes())
        # Whoever switches a station off and on again gives each release another chance.
        if said["boot"] != _boot_id():
            return {}
        return {str(name): int(count) for name, count in said["starts"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        # None was counted, or half of it: a release is started once too often.
        return {}


def _boot_id() -> str:
    try:
        return _BOOT_ID.read_text(encoding="ascii").strip()
    except OSError:
        return ""


def _pointed(said: dict[str, Any]) -> Pointed:
    over = said.get("over")
    sha256 = str(said["sha256"])
    if not sha256.isalnum():
        raise KeyError("sha256")
    return Pointed(sha256, str(said["version"]), None if over is None else str(over))


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    number = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(number, fcntl.LOCK_EX)
        yield
    finally:
        os.close(number)
