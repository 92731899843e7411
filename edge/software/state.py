"""Copies of what a station keeps, on which new software may show what it would do to it."""

import shutil
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from edge.errors import ChangesError, OutboxError, UpdateError, UpdateRefusedError
from edge.outbox import Lane, Outbox
from edge.reconfigure.store import Store
from edge.update.store import LAYOUTS, UpdateStore
from edge.update.targets import Kind

OUTBOX: Final = "outbox.sqlite"
_SOME: Final = 100
_RECORD: Final = "record.json"
_PLAIN: Final = ("configure.json", "thresholds.json")


@dataclass(frozen=True, slots=True)
class Kept:
    """What a copy held before the new software had it."""

    waiting: int
    """Messages in the outbox."""
    records: dict[str, Any]
    """What came over the air, by kind, and what was changed by command."""


def copy_state(state_dir: Path, outbox: Outbox, folder: Path) -> Kept:
    """Copy what new software must be able to read; networks too, releases not.

    Args:
        state_dir: The station's.
        outbox: The agent's: nobody else may open its file.
        folder: For the copy; what is there is removed.

    Raises:
        UpdateError: It cannot be copied.
    """
    try:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for name in _PLAIN:
            if (state_dir / name).is_file():
                shutil.copyfile(state_dir / name, folder / name)
        for kind, layout in LAYOUTS.items():
            source, target = state_dir / layout.folder, folder / layout.folder
            if (source / _RECORD).is_file():
                target.mkdir()
                shutil.copyfile(source / _RECORD, target / _RECORD)
            if kind is not Kind.SOFTWARE and (source / layout.places).is_dir():
                shutil.copytree(source / layout.places, target / layout.places)
        outbox.copy_to(folder / OUTBOX)
        return Kept(outbox.depth, _records(folder))
    except (OSError, OutboxError) as error:
        raise UpdateError("files", f"no copy of the station's state: {error}") from error


def check_copy(folder: Path, kept: Kept) -> None:
    """Check that what new software left can be read by this one: the way back.

    Args:
        folder: The copy, after the new software had it.
        kept: What the copy held before.

    Raises:
        UpdateRefusedError: It cannot.
    """
    try:
        waiting, durable = _waiting(folder)
    except (OutboxError, sqlite3.Error) as error:
        raise UpdateRefusedError(f"it leaves an outbox that cannot be read: {error}") from error
    if not durable or waiting < kept.waiting:
        raise UpdateRefusedError(
            f"it leaves {waiting} of {kept.waiting} messages in the outbox, as this software reads "
            "it: triggers would be lost on the way back"
        )
    after = _records(folder)
    for name, record in kept.records.items():
        if not _holds(record, after.get(name)):
            raise UpdateRefusedError(f"it leaves another {name} than there was, as this reads it")


def _waiting(folder: Path) -> tuple[int, bool]:
    """Return what waits in a copy of the outbox, and whether it is on the disk; uses it, too."""
    outbox = Outbox(folder / OUTBOX)
    try:
        waiting = outbox.depth
        outbox.batch(_SOME)
        number = outbox.put("", b"", lane=Lane.REPLY)
        outbox.delete([] if number is None else [number])
        return waiting, outbox.durable
    finally:
        outbox.close()


def _records(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = {
        f"record of what came as {kind.value}": UpdateStore(folder, kind=kind).read().model_dump()
        for kind in Kind
    }
    try:
        found["configuration"] = Store(folder).read().model_dump()
    except ChangesError:
        # It cannot be read now either, and the agent runs without it.
        found["configuration"] = {}
    return found


def _holds(before: object, after: object) -> bool:
    """Return whether all that was there still is; what was added is let pass."""
    if isinstance(before, dict) and isinstance(after, dict):
        return all(key in after and _holds(one, after[key]) for key, one in before.items())
    return before == after
