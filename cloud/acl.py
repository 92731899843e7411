"""Who may do what at the broker, as an ACL file of Mosquitto.

    text = acl_file(read_station_names(path), centre="centre")

A station's name at the broker is its place in the topics, `XX/KARA1`: the user of a password, or
the common name of a client certificate under `use_identity_as_username true`. What the file does
not allow is forbidden. Its grammar is that of mosquitto.conf(5), `acl_file`.
"""

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter, ValidationError

from edge.errors import ConfigError
from edge.messages.base import Code
from edge.messages.topics import ALL_ALARMS, ALL_EVENTS, ROOT, STATION_READS, STATION_WRITES

_CODE: Final[TypeAdapter[str]] = TypeAdapter(Code)
_COLUMNS: Final = ("network", "station")
_USER: Final = re.compile(r"[A-Za-z0-9._@-]{1,64}")
"""Without `/`, so that it is no station's; without what the file or a topic could misread."""

_READERS_SEE: Final = (
    ALL_EVENTS,
    ALL_ALARMS,
    *(f"{ROOT}/+/+/{kind}" for kind in ("state", "health", "trigger", "alarm")),
)
"""Not the commands and what is answered to them."""

_HEAD: Final = "# Made by `cloud-aggregator acl`; what is not allowed here is forbidden."


@dataclass(frozen=True, slots=True)
class HomeAssistant:
    """A Home Assistant at the same broker."""

    user: str
    prefix: str = "homeassistant"
    """Its discovery prefix."""


def acl_file(
    stations: Iterable[tuple[str, str]] | None,
    centre: str,
    readers: Iterable[str] = (),
    home_assistant: HomeAssistant | None = None,
) -> str:
    """Return the file.

    Args:
        stations: Network and station codes, each to be let in; None for a rule that lets in
            whoever the broker knows as NETWORK/STATION.
        centre: The centre's user name.
        readers: User names that may see events and how stations do, and write nothing.
        home_assistant: Sees what readers see and writes below its prefix; each station may write
            its own discovery message there.

    Raises:
        ConfigError: A user name is none, or is given twice.
    """
    watching = list(readers)
    _check_users([centre, *watching, *([home_assistant.user] if home_assistant else [])])
    blocks = [
        [
            f"user {centre}",
            f"topic read {ROOT}/#",
            *(f"topic write {ROOT}/+/+/{kind}" for kind in STATION_READS),
            f"topic write {ALL_EVENTS}",
            f"topic write {ALL_ALARMS}",
        ],
        *([f"user {name}", *(f"topic read {seen}" for seen in _READERS_SEE)] for name in watching),
    ]
    if home_assistant is not None:
        seen = [f"topic read {topic}" for topic in _READERS_SEE]
        everything = f"topic readwrite {home_assistant.prefix}/#"
        blocks.append([f"user {home_assistant.user}", *seen, everything])
    if stations is None:
        blocks.append(list(_station_lines("pattern", "%u", home_assistant)))
    else:
        names = sorted({f"{network}/{station}" for network, station in stations})
        blocks += [
            [f"user {name}", *_station_lines("topic", name, home_assistant)] for name in names
        ]
    return "\n\n".join([_HEAD, *("\n".join(lines) for lines in blocks)]) + "\n"


def read_station_names(path: Path) -> list[tuple[str, str]]:
    """Return network and station codes of a CSV with these columns; others are passed over.

    Raises:
        ConfigError: The table cannot be read; each bad row is named with its line.
    """
    try:
        with path.open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ConfigError(path, [f"cannot be read: {error}"]) from error
    if not rows or any(name not in rows[0] for name in _COLUMNS):
        raise ConfigError(path, [f"has no rows with the columns {', '.join(_COLUMNS)}"])
    names, problems = [], []
    for line, row in enumerate(rows, start=2):
        network, station = (row[name] for name in _COLUMNS)
        try:
            names.append((_CODE.validate_python(network), _CODE.validate_python(station)))
        except ValidationError:
            problems.append(
                f"line {line}: {network!r}, {station!r} are not two codes of 1 to 12 letters, "
                "digits, - or _"
            )
    if problems:
        raise ConfigError(path, problems)
    return names


def _station_lines(word: str, name: str, home_assistant: HomeAssistant | None) -> Iterator[str]:
    for kind in STATION_WRITES:
        yield f"{word} write {ROOT}/{name}/{kind}"
    for kind in STATION_READS:
        yield f"{word} read {ROOT}/{name}/{kind}"
    if home_assistant is not None:
        yield f"{word} write {home_assistant.prefix}/device/{name}/config"


def _check_users(names: list[str]) -> None:
    problems = [
        f"{name!r} is no user name here; use 1 to 64 letters, digits or . _ @ -"
        for name in names
        if _USER.fullmatch(name) is None
    ]
    problems += [f"{name!r} is named twice" for name in sorted(set(names)) if names.count(name) > 1]
    if problems:
        raise ConfigError(None, problems)
