"""From topic and payload to a message of a station, or the reason why it is none."""

from pydantic import ValidationError

from cloud.errors import BrokenMessageError
from edge.messages import Health, State, Trigger
from edge.messages.topics import split_station_topic

StationMessage = State | Trigger | Health

KINDS: dict[str, type[StationMessage]] = {"state": State, "trigger": Trigger, "health": Health}
"""What stations publish, by the last part of the topic."""

MAX_PAYLOAD_BYTES = 65_536
"""Ten times the largest honest message."""


def read_station_message(topic: str, payload: bytes) -> StationMessage:
    """Return the message.

    Args:
        topic: Where it was published.
        payload: UTF-8 JSON.

    Raises:
        BrokenMessageError: Unknown topic, too large, no such message, or from another station
            than its topic says.
    """
    parts = split_station_topic(topic)
    if parts is None or parts[2] not in KINDS:
        raise BrokenMessageError(topic, "no topic of a station's state, trigger or health")
    network, station, kind = parts
    if len(payload) > MAX_PAYLOAD_BYTES:
        raise BrokenMessageError(
            topic, f"{len(payload)} bytes; a message has {MAX_PAYLOAD_BYTES} at most"
        )
    try:
        message = KINDS[kind].from_wire(payload)
    except ValidationError as error:
        raise BrokenMessageError(topic, _first_problem(error)) from error
    if (message.network, message.station) != (network, station):
        claimed = f"{message.network}.{message.station}"
        raise BrokenMessageError(topic, f"the payload says it comes from {claimed}")
    return message


def _first_problem(error: ValidationError) -> str:
    problem = error.errors(include_url=False)[0]
    place = ".".join(str(part) for part in problem["loc"]) or "payload"
    seen = repr(problem["input"])[:80]
    more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
    return f"{place}: {problem['msg']}, not {seen}{more}"
