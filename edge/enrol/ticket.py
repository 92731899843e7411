"""The file on the card: where to enrol, whom to believe there, and a token that works once."""

from pathlib import Path
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from edge.errors import EnrolError
from edge.messages.base import Code
from edge.timestamps import Timestamp

LARGEST_BYTES: Final = 4096
"""What fits a card's kit."""


class Ticket(BaseModel):
    """What the centre gives a station to begin with."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Literal[1] = 1
    network: Code
    station: Code
    url: str = Field(pattern=r"^https://[^\s/]+/$", max_length=255, description="Of the centre")
    broker: str = Field(min_length=1, max_length=255, description="Name or address")
    broker_port: int = Field(ge=1, le=65535)
    token: str = Field(pattern=r"^[0-9a-f]{8}\.[A-Za-z0-9_-]{43}$")
    issued: Timestamp
    expires: Timestamp
    authority: str = Field(max_length=3000, description="Certificate to believe, PEM")

    @property
    def token_id(self) -> str:
        """What may be shown of the token."""
        return self.token.partition(".")[0]

    def to_bytes(self) -> bytes:
        """Return the file's content."""
        return self.model_dump_json(indent=1).encode() + b"\n"


def read_ticket(path: Path) -> Ticket | None:
    """Return the ticket of a file; None where there is no such file, or it was wiped.

    Raises:
        EnrolError: It cannot be read, or is none.
    """
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_BYTES + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise EnrolError("token", f"{path} cannot be read: {error}") from error
    if not content.strip(b"\0"):
        return None  # the power went off between wiping and removing
    try:
        return Ticket.model_validate_json(content)
    except ValidationError as error:
        # Without the values: the token is among them.
        keys = ", ".join(".".join(str(part) for part in one["loc"]) for one in error.errors())
        reason = f"{path} is no token file of `cloud-aggregator station add` ({keys or 'no JSON'})"
        raise EnrolError("token", reason) from None
