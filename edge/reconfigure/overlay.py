"""Laying entries over the data of a station file, key by key, in their order.

The younger word holds: an entry remembers what the file said when it was made. Where the file says
another thing now, somebody edited that key since, and the file is followed.
"""

import copy
import re
from collections.abc import Mapping, Sequence
from datetime import date, time
from typing import Any, Final

from edge.errors import ChangesError
from edge.reconfigure.record import Entry

Data = dict[str, Any]

_KEY: Final = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*")
ABSENT: Final = object()
"""Stands for a key that is not there."""


def entry_for(key: str, file: Data, wanted: Mapping[str, Any], made: Mapping[str, Any]) -> Entry:
    """Return an entry.

    Args:
        key: Which.
        file: What the station file says.
        wanted: The fields `value` or `unset`.
        made: The fields `command` and `time`.

    Raises:
        ChangesError: It is no key.
    """
    if not _KEY.fullmatch(key):
        raise ChangesError(None, f"{key!r} is no key; write it like detection.sta_lta.on_ratio")
    said = lookup(file, key)
    return Entry(
        key=key,
        file_value=None if said is ABSENT else said,
        file_unset=said is ABSENT,
        **wanted,
        **made,
    )


def with_entry(entries: Sequence[Entry], new: Entry) -> tuple[Entry, ...]:
    """Return entries with another one on top; those of its key and below it are covered and go."""
    return (*without(entries, new.key), new)


def without(entries: Sequence[Entry], key: str) -> tuple[Entry, ...]:
    """Return entries without those of a key and below it."""
    return tuple(one for one in entries if not is_within(one.key, key))


def is_within(key: str, table: str) -> bool:
    """Tell whether a key is a table's own or one below it."""
    return key == table or key.startswith(f"{table}.")


def in_force(file: Data, entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """Return the entries that the file has not overtaken."""
    return tuple(one for one in entries if not _overtaken(file, one))


def laid_over(file: Data, entries: Sequence[Entry]) -> Data:
    """Return the data of a file with entries over it.

    Raises:
        ChangesError: A key leads through something that is no table.
    """
    data = copy.deepcopy(file)
    for entry in entries:
        _apply(data, entry)
    return data


def plain(value: Any) -> Any:  # noqa: ANN401 - whatever TOML knows
    """Return data of TOML as JSON knows it: times as text."""
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    if isinstance(value, list):
        return [plain(one) for one in value]
    return value.isoformat() if isinstance(value, date | time) else value


def _overtaken(file: Data, entry: Entry) -> bool:
    said = lookup(file, entry.key)
    if said is ABSENT or entry.file_unset:
        return (said is ABSENT) != entry.file_unset
    return bool(said != entry.file_value)


def lookup(data: Data, key: str) -> Any:  # noqa: ANN401 - a value of any type
    """Return the value of a key with dots; `ABSENT` where there is none."""
    value: Any = data
    for part in key.split("."):
        if not isinstance(value, dict) or part not in value:
            return ABSENT
        value = value[part]
    return value


def _apply(data: Data, entry: Entry) -> None:
    *tables, last = entry.key.split(".")
    table: Any = data
    for part in tables:
        if entry.unset and part not in table:
            return
        table = table.setdefault(part, {})
        if not isinstance(table, dict):
            raise ChangesError(None, f"{entry.key}: {part!r} is no table")
    if entry.unset:
        table.pop(last, None)
    else:
        table[last] = copy.deepcopy(entry.value)
