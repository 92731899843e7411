"""Settings that came over the air for a ring of stations: above the station file, below commands.

Whoever commands one station knows it; whoever writes settings for a ring does not. So a key that
was changed by a command keeps the command's value until it is reset, and then takes the ring's.
As with commands the younger word holds: a key that was edited in the station file since the
settings were committed follows the file.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import structlog

from edge.config import StationConfig
from edge.errors import ChangesError, ConfigError
from edge.reconfigure.overlay import Data, entry_for, in_force
from edge.reconfigure.record import Entry
from edge.update.configuration import read_settings
from edge.update.record import Installed
from edge.update.store import UpdateStore
from edge.update.targets import Kind

_log = structlog.get_logger(__name__)

_ROLLOUT: Final = "rollout "
"""No command has a blank in its id."""
_PART: Final = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class RingSettings:
    """What a ring's settings come to on one station."""

    entries: tuple[Entry, ...] = ()
    """In force."""
    overtaken: tuple[Entry, ...] = ()
    """The file was edited since: they do nothing."""
    problem: str | None = None
    """Why they are left out; None where they are not."""


def takes_settings(config: StationConfig) -> bool:
    """Tell whether a station takes settings over the air, by its station file."""
    update = config.update
    return update.enabled and update.configuration and config.configure.enabled


def settings_store(config: StationConfig) -> UpdateStore:
    """Return what keeps a station's settings over the air."""
    return UpdateStore(config.state_dir, kind=Kind.CONFIGURATION)


def committed_settings(config: StationConfig, file: Data) -> RingSettings:
    """Return the settings that were committed on a station; none where none were.

    Args:
        config: By the station file alone.
        file: What the station file says.
    """
    if not takes_settings(config):
        return RingSettings()
    store = settings_store(config)
    committed = store.read().committed
    if committed is None:
        return RingSettings()
    try:
        content = store.place(committed.sha256).read_bytes()
        entries = entries_of(content, committed.sha256, _said(committed), _made(committed))
    except (OSError, ChangesError, ConfigError) as error:
        reason = "; ".join(str(error).splitlines())
        return RingSettings(problem=f"settings of {committed.rollout_id} are left out: {reason}")
    active = in_force(file, entries)
    return RingSettings(active, tuple(one for one in entries if one not in active))


def entries_of(content: bytes, sha256: str, file: Data, made: dict[str, Any]) -> tuple[Entry, ...]:
    """Return a file of settings as entries, one for each key.

    Args:
        content: The file.
        sha256: What was signed.
        file: What the station file says, or said.
        made: The fields `command` and `time` of an entry.

    Raises:
        ChangesError: It is another file, or has a name that no key has.
        ConfigError: It is no file of settings, or changes what is changed on site only.
    """
    found = hashlib.sha256(content).hexdigest()
    if found != sha256:
        raise ChangesError(None, f"the disk gives another content back, sha256 {found}")
    return tuple(
        entry_for(".".join(parts), file, {"value": value}, made)
        for parts, value in _leaves(read_settings(content), ())
    )


def over_of(entries: Sequence[Entry]) -> str:
    """Return what the station file said under some entries, as it is kept of what is committed."""
    said = {one.key: one.file_value for one in entries if not one.file_unset}
    return json.dumps(said, sort_keys=True)


def by_rollout(rollout_id: str, time_ns: int) -> dict[str, Any]:
    """Return the fields `command` and `time` of an entry that came over the air."""
    return {"command": f"{_ROLLOUT}{rollout_id}", "time": time_ns}


def is_by_rollout(entry: Entry) -> bool:
    """Tell whether an entry came over the air."""
    return entry.command.startswith(_ROLLOUT)


def _made(committed: Installed) -> dict[str, Any]:
    return by_rollout(committed.rollout_id, committed.since)


def _said(committed: Installed) -> Data:
    """Return what the station file said when settings were committed, as a file's data."""
    data: Data = {}
    flat: dict[str, Any] = json.loads(committed.over or "{}")
    for key, value in flat.items():
        table = data
        *tables, last = key.split(".")
        for part in tables:
            table = table.setdefault(part, {})
        table[last] = value
    return data


def _leaves(settings: Data, above: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Return path and value of each key.

    Raises:
        ChangesError: A name has other characters: with a dot it would be another key.
    """
    for name, value in settings.items():
        if not _PART.fullmatch(name):
            raise ChangesError(None, f"{name!r} is no name of a key")
        if isinstance(value, dict):
            yield from _leaves(value, (*above, name))
        else:
            yield (*above, name), value
