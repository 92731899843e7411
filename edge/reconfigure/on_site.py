"""What a technician at the station sees of changes from afar, and how they are taken back."""

import json
import time
from collections.abc import Sequence
from typing import Final

from edge.errors import ChangesError
from edge.finding import Finding
from edge.reconfigure.answers import returned
from edge.reconfigure.effective import Effective, StationFile
from edge.reconfigure.overlay import is_within, without
from edge.reconfigure.record import Entry, Outcome, Record
from edge.reconfigure.ring import is_by_rollout
from edge.timestamps import format_time

_ON_SITE: Final = "(on site)"
"""No command can have this id."""


def told(held: Effective) -> list[str]:
    """Return lines on what lies over a station file."""
    lines = [] if held.problem is None else [f"left out, the file alone holds: {held.problem}"]
    lines += [] if held.ring.problem is None else [held.ring.problem]
    lines += [f"{_change(one)}, {_by(one)}" for one in _seen(held)]
    lines += [
        f"{one.key}: follows the file, which was edited since; {_by(one)}"
        for one in held.ring.overtaken
    ]
    lines += [f"{_change(one)}, {_by(one)}" for one in held.entries]
    lines += [
        f"{one.key}: follows the file, which was edited since; {_by(one)}"
        for one in held.overtaken
        if held.problem is None
    ]
    trial = held.record.trial
    if trial is not None:
        lines.append(
            f"on trial by command {trial.command} since {format_time(trial.since)}: "
            f"{', '.join(trial.changed)}"
        )
    if not held.file.config.configure.enabled:
        lines.append("configure.enabled is false: the file alone holds")
    return lines or ["nothing was changed from afar: the file alone holds"]


def findings(held: Effective) -> list[Finding]:
    """Return what `check` says of changes; nothing where there are none."""
    if held.problem is not None:
        remedy = f"`edge-agent config reset -c {held.file.path}` forgets them"
        text = f"{held.problem}; the file alone holds; {remedy}"
        return [Finding("changes from afar", ok=False, text=text)]
    if held.ring.problem is not None:
        remedy = "release settings that fit, or set update.configuration = false"
        return [Finding("changes from afar", ok=False, text=f"{held.ring.problem}; {remedy}")]
    if not held.entries and not held.ring.entries and held.record.trial is None:
        return []
    text = f"{'; '.join(told(held))}; `edge-agent config reset -c {held.file.path}` takes them back"
    return [Finding("changes from afar", ok=True, text=text)]


def take_back(file: StationFile, keys: Sequence[str]) -> list[str]:
    """Let keys follow the station file again; return those that did not.

    Args:
        file: The station file.
        keys: Which; all, and what is on trial, where there are none.

    Raises:
        ChangesError: A key was not changed, one is asked for while a change is on trial, or the
            file of changes cannot be written.
    """
    taken: list[str] = []

    def edit(record: Record) -> Record:
        if not keys:
            return _all_taken_back(record, taken)
        if record.trial is not None:
            reason = f"{record.trial.command!r} is on trial; without keys, reset takes it back too"
            raise ChangesError(file.store.path, reason)
        entries = record.entries
        for key in keys:
            left = without(entries, key)
            if left == entries:
                known = ", ".join(one.key for one in entries) or "none"
                raise ChangesError(None, f"{key!r} was not changed from afar; changed: {known}")
            entries = left
        taken[:] = [one.key for one in record.entries if one not in entries]
        return record.model_copy(update={"entries": entries})

    file.store.change(lambda record: _noted(edit(record), taken))
    return taken


def _noted(record: Record, taken: Sequence[str]) -> Record:
    """Return the record with a reset among its outcomes, for those who ask what held when."""
    if not taken:
        return record
    changed: dict[str, object] = dict.fromkeys(taken)
    return record.and_outcome(
        Outcome(
            command=_ON_SITE,
            ok=True,
            text="reset on site",
            result={"state": "reset", "changed": changed},
            time=time.time_ns(),
            told=True,
        )
    )


def _all_taken_back(record: Record, taken: list[str]) -> Record:
    taken[:] = [one.key for one in record.entries]
    if record.trial is not None:
        taken += [key for key in record.trial.changed if key not in taken]
        record = record.ended(record.trial, returned(record.trial, "reset on site", time.time_ns()))
    return record.model_copy(update={"entries": ()})


def _change(entry: Entry) -> str:
    file = "leaves it out" if entry.file_unset else f"says {json.dumps(entry.file_value)}"
    holds = "left out" if entry.unset else json.dumps(entry.value)
    return f"{entry.key}: {holds}; the file {file}"


def _seen(held: Effective) -> list[Entry]:
    """Return the settings over the air that no command covers."""
    covered = [one.key for one in held.entries]
    return [one for one in held.ring.entries if not any(is_within(one.key, key) for key in covered)]


def _by(entry: Entry) -> str:
    who = entry.command if is_by_rollout(entry) else f"command {entry.command}"
    return f"by {who} at {format_time(entry.time)}"
