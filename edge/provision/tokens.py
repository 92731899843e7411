"""The one-time token of a card: whose it is, and until when it can be used."""

from pathlib import Path
from typing import Final

from edge.enrol.ticket import Ticket, read_ticket
from edge.errors import EnrolError, ProvisionError
from edge.mqtt.config import MqttConfig
from edge.timestamps import format_time, seconds_to_ns

_SOON_NS: Final = seconds_to_ns(86_400.0)
"""A card that is made today is often put in tomorrow."""


def read_token(path: Path, name: str, now_ns: int) -> Ticket:
    """Return the token of a file, if the card's station can use it.

    Args:
        path: The file.
        name: Network and station of the card.
        now_ns: The wall clock, nanoseconds since 1970 UTC.

    Raises:
        ProvisionError: It is no token, another station's, or of no use any more.
    """
    try:
        ticket = read_ticket(path)
    except EnrolError as error:
        raise ProvisionError(str(path), f"is no token: {error.reason}") from error
    if ticket is None:
        raise ProvisionError(str(path), "is no token: it is not there, or was wiped")
    owner = f"{ticket.network}.{ticket.station}"
    if owner != name:
        raise ProvisionError(str(path), f"is the token of {owner}, this card is for {name}")
    if ticket.expires <= now_ns:
        raise ProvisionError(
            str(path),
            f"ended {format_time(ticket.expires)}: the station could not enrol with it; get a new "
            f"one: cloud-aggregator station add {name}",
        )
    return ticket


def warnings_of(ticket: Ticket, mqtt: MqttConfig, now_ns: int) -> tuple[str, ...]:
    """Return what a person must hurry for or look at again.

    Args:
        ticket: The token.
        mqtt: What the station file says of the broker.
        now_ns: The wall clock, nanoseconds since 1970 UTC.
    """
    warnings = []
    if ticket.expires - now_ns <= _SOON_NS:
        warnings.append(
            f"the token ends {format_time(ticket.expires)}, within a day: start the station "
            "before, or get a new one: "
            f"cloud-aggregator station add {ticket.network}.{ticket.station}"
        )
    if "host" in mqtt.model_fields_set and mqtt.host != ticket.broker:
        warnings.append(
            f"the station file says mqtt.host = {mqtt.host}, which goes before the token's "
            f"{ticket.broker}; leave [mqtt] out where that is not meant"
        )
    return tuple(warnings)
