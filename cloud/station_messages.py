"""From topic and payload to a message of a station, or the reason why it is none."""

import re

from pydantic import ValidationError

from cloud.errors import BrokenMessageError
from cloud.waveforms import WaveformMessage
from cloud.waveforms.message import read_waveform
from edge.messages import Health, State, Trigger
from edge.messages.command import Reply
from edge.messages.topics import ROOT, split_station_topic

StationMessage = State | Trigger | Health | Reply | WaveformMessage

KINDS: dict[str, type[State | Trigger | Health | Reply]] = {
    "state": State,
    "trigger": Trigger,
    "health": Health,
    "reply": Reply,
}
"""What stations publish, by the last part of the topic."""

SHARED_TOPICS = (f"{ROOT}/+/+/health", f"{ROOT}/+/+/waveform/+")
"""What several processes may share: Mosquitto forgets shared subscriptions when it is restarted, so
that only what comes again, or is asked for again, may come over one."""
OWN_TOPICS = tuple(f"{ROOT}/+/+/{kind}" for kind in KINDS if kind != "health")
"""What the centre receives itself, over a session that brokers keep."""
TOPICS = (*OWN_TOPICS, *SHARED_TOPICS)
"""What to subscribe to."""

MAX_PAYLOAD_BYTES = 65_536
"""Ten times the largest honest message."""

_WAVEFORM_TOPIC = re.compile(rf"{ROOT}/([^/]+)/([^/]+)/waveform/([^/]+)")
_LAST_REVISION = 2**31 - 1
_LAST_NS = 2**63 - 1


def read_station_message(topic: str, payload: bytes) -> StationMessage:
    """Return the message.

    Args:
        topic: Where it was published.
        payload: UTF-8 JSON, or miniSEED.

    Raises:
        BrokenMessageError: Unknown topic, too large, no such message, or from another station
            than its topic says.
    """
    waveform = _WAVEFORM_TOPIC.fullmatch(topic) if "/waveform/" in topic else None
    if waveform is not None:
        return read_waveform(topic, (waveform[1], waveform[2], waveform[3]), payload)
    parts = split_station_topic(topic)
    if parts is None or parts[2] not in KINDS:
        raise BrokenMessageError(topic, f"no topic of a station's {', '.join(KINDS)}")
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
    if isinstance(message, Trigger):
        _check_trigger(topic, message)
    return message


def _check_trigger(topic: str, trigger: Trigger) -> None:
    """Refuse what no database could keep and no honest station says."""
    if not trigger.id.isprintable():
        raise BrokenMessageError(topic, f"id: {trigger.id!r} has unprintable characters")
    if trigger.revision > _LAST_REVISION:
        raise BrokenMessageError(topic, f"revision: {trigger.revision} is beyond {_LAST_REVISION}")
    for name in ("onset", "sent"):
        if not 0 <= getattr(trigger, name) <= _LAST_NS:
            raise BrokenMessageError(topic, f"{name}: is not between 1970 and 2262")


def _first_problem(error: ValidationError) -> str:
    problem = error.errors(include_url=False)[0]
    place = ".".join(str(part) for part in problem["loc"]) or "payload"
    seen = repr(problem["input"])[:80]
    more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
    return f"{place}: {problem['msg']}, not {seen}{more}"
