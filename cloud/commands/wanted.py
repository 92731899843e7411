"""What an operator wants stations to do, as commands that stations understand."""

import json
import secrets
from collections.abc import Iterable
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from cloud.errors import CommandUsageError
from edge.messages.base import Code
from edge.messages.command import Command
from edge.timestamps import parse_time, seconds_to_ns

_CODE: Final[TypeAdapter[str]] = TypeAdapter(Code)
_LEAST_LIFE_S: Final = 60.0


def stations_of(names: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """Return network and station codes of names like XX.KARA1, each once.

    Raises:
        CommandUsageError: A name is none.
    """
    found: dict[tuple[str, str], None] = {}
    for name in names:
        network, _, station = name.partition(".")
        try:
            found[_CODE.validate_python(network), _CODE.validate_python(station)] = None
        except ValidationError:
            reason = f"{name!r} is no station; give NETWORK.STATION, like XX.KARA1"
            raise CommandUsageError(reason) from None
    return tuple(found)


def command_of(name: str, arguments: dict[str, Any], now_ns: int, wait_s: float) -> Command:
    """Return a command with a name of its own.

    Args:
        name: What to do.
        arguments: How.
        now_ns: The wall clock.
        wait_s: How long its answer is waited for; it expires then, or after a minute.
    """
    return Command(
        id=f"cli-{secrets.token_hex(6)}",
        name=name,
        arguments=arguments,
        expires=now_ns + seconds_to_ns(max(wait_s, _LEAST_LIFE_S)),
    )


def time_of(text: str, what: str) -> str:
    """Return an ISO 8601 time as it was given.

    Raises:
        CommandUsageError: It is none.
    """
    try:
        parse_time(text)
    except ValueError as error:
        raise CommandUsageError(f"{what}: {error}") from None
    return text


def settings_of(pairs: Iterable[str]) -> dict[str, Any]:
    """Return settings given as KEY=VALUE, the value in JSON or else a text.

    Raises:
        CommandUsageError: One has no `=`.
    """
    found: dict[str, Any] = {}
    for pair in pairs:
        key, equals, text = pair.partition("=")
        if not key or not equals:
            reason = f"{pair!r} is no setting; give KEY=VALUE, like archive.flush_s=10"
            raise CommandUsageError(reason)
        try:
            found[key] = json.loads(text)
        except ValueError:
            found[key] = text
    return found
