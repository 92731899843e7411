"""Who did what, a JSON object a line, each with the hash of the line before it.

A line that is changed or taken out later breaks the chain, which `release doctor` sees. Whoever can
write the file can also write a new chain: keep a copy of its last line elsewhere to be sure.
"""

import fcntl
import getpass
import hashlib
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Final

from edge.timestamps import format_time

NAME: Final = "audit.jsonl"
_FIRST: Final = "0" * 64


def note(folder: Path, action: str, **details: Any) -> None:  # noqa: ANN401 - whatever JSON knows
    """Append what was done; on the disk when this returns.

    Args:
        folder: The repository.
        action: In a word or two.
        details: On what, by whom.
    """
    with _open(folder / NAME) as file:
        lines = file.read().splitlines()
        entry = {
            "time": format_time(time.time_ns()),
            "user": _user(),
            "action": action,
            **details,
            "before": _digest(lines[-1]) if lines else _FIRST,
        }
        file.write(json.dumps(entry, separators=(",", ":")).encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())


def entries(folder: Path) -> list[dict[str, Any]]:
    """Return what was done, oldest first; nothing where there is no log."""
    try:
        return [json.loads(line) for line in (folder / NAME).read_bytes().splitlines()]
    except FileNotFoundError:
        return []


def broken_at(folder: Path) -> int | None:
    """Return the number of the first line that does not follow from the one before, or None."""
    try:
        lines = (folder / NAME).read_bytes().splitlines()
    except FileNotFoundError:
        return None
    before = _FIRST
    for number, line in enumerate(lines, start=1):
        try:
            if json.loads(line)["before"] != before:
                return number
        except (ValueError, KeyError, TypeError):
            return number
        before = _digest(line)
    return None


def _user() -> str:
    """Return who does it; a container's user may have a number and no name."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid {os.getuid()}"


def _digest(line: bytes) -> str:
    return hashlib.sha256(line).hexdigest()


@contextmanager
def _open(path: Path) -> Iterator[IO[bytes]]:
    with path.open("a+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        yield file
