"""How a station's enrolment stands, and what was done, as they are shown."""

from enum import StrEnum
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field

from edge.timestamps import Timestamp


class Standing(StrEnum):
    """How a station's enrolment stands."""

    WAITING = "waiting"
    """It has a token that was not used yet."""
    TOKEN_EXPIRED = "token expired"  # noqa: S105 - no secret
    ENROLLED = "enrolled"
    RAN_OUT = "ran out"
    """Its certificate was not renewed in time; within the grace it still can."""
    REVOKED = "revoked"


class Enrolment(BaseModel):
    """One station."""

    model_config = ConfigDict(frozen=True)

    network: str
    station: str
    standing: Standing
    until: Timestamp | None = Field(description="End of the token or of the certificate")
    serial: str | None = Field(description="Number of the newest certificate that holds")

    @classmethod
    def of(cls, station: Any, token: Any, certificate: Any, now_ns: int) -> Self:  # noqa: ANN401 - rows
        """Return how rows of the database stand."""
        standing, until = Standing.TOKEN_EXPIRED, None
        if station.revoked_ns is not None:
            standing, until = Standing.REVOKED, station.revoked_ns
        elif certificate is not None:
            until = certificate.not_after_ns
            standing = Standing.ENROLLED if until > now_ns else Standing.RAN_OUT
        elif token is not None:
            until = token.expires_ns
            standing = Standing.WAITING if until > now_ns else Standing.TOKEN_EXPIRED
        return cls(
            network=station.network,
            station=station.station,
            standing=standing,
            until=until,
            serial=None if certificate is None else certificate.serial,
        )


class AuditLine(BaseModel):
    """What was done."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    at: Timestamp = Field(validation_alias="at_ns")
    action: str
    station: str | None
    address: str | None
    detail: str
