"""What all messages share."""

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field

Code = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,12}$")]
"""A network or station code: letters, digits, `-` and `_`; safe in topics, files and ids."""

LocationCode = Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{0,8}$")]
"""A location code, often `00` or empty."""

Latitude = Annotated[float, Field(ge=-90, le=90)]
Longitude = Annotated[float, Field(ge=-180, le=180)]


class Message(BaseModel):
    """Frozen, finite numbers only; unknown fields are ignored: old and new live together."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)

    def to_wire(self) -> bytes:
        """Return the UTF-8 JSON that goes on the wire."""
        return self.model_dump_json().encode()

    @classmethod
    def from_wire(cls, payload: bytes | str) -> Self:
        """Return the message of a payload.

        Raises:
            pydantic.ValidationError: The payload is no such message.
        """
        return cls.model_validate_json(payload)
