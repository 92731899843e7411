"""Time as the kit keeps it: integer nanoseconds since 1970 UTC inside, ISO 8601 outside.

The wire form has microseconds and a `Z`, for example `2020-01-30T06:51:33.250000Z`.
"""

from datetime import UTC, datetime, timedelta
from typing import Annotated

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

NANOSECONDS_PER_SECOND = 1_000_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_WIRE_EXAMPLE = "2020-01-30T06:51:33.250000Z"


def format_time(time_ns: int) -> str:
    """Return the wire form of a time, rounded to the microsecond.

    Args:
        time_ns: Nanoseconds since 1970 UTC.
    """
    microseconds = (time_ns + 500) // 1_000
    moment = _EPOCH + timedelta(microseconds=microseconds)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def parse_time(text: str) -> int:
    """Return nanoseconds since 1970 UTC for an ISO 8601 time; no zone means UTC.

    Raises:
        ValueError: The text is no ISO 8601 date and time.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text!r} is no ISO 8601 time, like {_WIRE_EXAMPLE}") from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return (moment - _EPOCH) // timedelta(microseconds=1) * 1_000


def seconds_to_ns(seconds: float) -> int:
    """Return a duration or an epoch in seconds as whole nanoseconds."""
    return round(seconds * NANOSECONDS_PER_SECOND)


def ns_to_seconds(nanoseconds: int) -> float:
    """Return nanoseconds as seconds; differences keep their precision, epochs lose some."""
    return nanoseconds / NANOSECONDS_PER_SECOND


def _from_wire(value: object) -> object:
    return parse_time(value) if isinstance(value, str) else value


Timestamp = Annotated[
    int,
    BeforeValidator(_from_wire),
    PlainSerializer(format_time, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "format": "date-time", "examples": [_WIRE_EXAMPLE]}),
]
"""A pydantic field: integer nanoseconds in Python, ISO 8601 in JSON."""
