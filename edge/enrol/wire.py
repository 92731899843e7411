"""What station and centre say to each other: JSON over HTTPS, in one request and one answer."""

from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from edge.timestamps import Timestamp

ENROL_PATH: Final = "enrolment/v1/enrol"
RENEW_PATH: Final = "enrolment/v1/renew"
UPDATES_PATH: Final = "updates/"
"""The repository of updates is served beside the enrolment, by the same certificate."""
LARGEST_BYTES: Final = 16_384
"""Of a request or an answer."""
RENEWAL_CONTEXT: Final = b"tremorkit certificate renewal 1\n"
"""Goes before what the old key signs, so that its signature means nothing anywhere else."""

_Pem = Field(min_length=1, max_length=6000)


class EnrolRequest(BaseModel):
    """A station with a token wants its first certificate."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Literal[1] = 1
    token: str = Field(max_length=64, pattern=r"^[^\x00]*$")
    request: str = _Pem
    """Certificate request (PKCS #10, PEM): public key and name, signed by its key."""


class RenewRequest(BaseModel):
    """A station with a certificate wants the next."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Literal[1] = 1
    certificate: str = _Pem
    request: str = _Pem
    proof: str = Field(max_length=200)
    """Signature of the old key over `RENEWAL_CONTEXT` and the request (DER); base64."""


class Grant(BaseModel):
    """The centre's answer."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    certificate: str = _Pem
    authority: str = _Pem
    """Whom to believe from now on."""
    broker: str = Field(min_length=1, max_length=255)
    broker_port: int = Field(ge=1, le=65535)
    url: str = Field(pattern=r"^https://[^\s/]+/$", max_length=255)
    not_before: Timestamp
    not_after: Timestamp
