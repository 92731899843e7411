"""The section `[enrolment]` of the centre's file."""

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Name = Annotated[str, Field(min_length=1, max_length=253, pattern=r"^[A-Za-z0-9.:_-]+$")]


class EnrolmentConfig(BaseModel):
    """Certificates for stations."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    names: tuple[Name, ...] = Field(
        min_length=1,
        title="Names",
        description="Names or addresses under which stations reach the centre; they are told the "
        "first",
    )
    broker: Name = Field(
        title="Broker", description="Name or address under which stations reach the broker"
    )
    broker_port: int = Field(
        default=8883, ge=1, le=65535, title="Broker's port", description="Its TLS port"
    )
    host: str = Field(
        default="0.0.0.0",  # noqa: S104 - stations come from anywhere; the section opens the door
        title="Address",
        description="Where the centre listens for stations that enrol",
    )
    port: int = Field(
        default=8443, ge=0, le=65535, title="Port", description="TCP port, TLS; 0 for a free one"
    )
    folder: Path | None = Field(
        default=None,
        title="Folder",
        description="The authority's key and certificate; authority/ in state_dir where left out",
    )
    passphrase_file: Path | None = Field(
        default=None,
        title="Passphrase file",
        description="File whose first line is the passphrase of the authority's key, where it "
        "has one",
    )
    broker_folder: Path | None = Field(
        default=None,
        title="Broker's folder",
        description="What Mosquitto reads: its certificate, the authority's, rights, revoked "
        "certificates; broker/ in state_dir where left out",
    )
    reload: tuple[str, ...] = Field(
        default=(),
        title="Reload",
        description="Program and words that let Mosquitto read those files anew, such as "
        '["sudo", "systemctl", "reload", "mosquitto"]',
    )
    station_days: float = Field(
        default=90,
        gt=0,
        le=3650,
        title="Life of a station's",
        description="Days that a station's certificate holds; it is renewed after two thirds",
    )
    server_days: float = Field(
        default=365,
        gt=0,
        le=3650,
        title="Life of a server's",
        description="Days that the certificates of broker and centre hold; likewise",
    )
    grace_days: float = Field(
        default=365,
        ge=0,
        le=3650,
        title="Grace",
        description="Days after its end in which a certificate can still be renewed, for a "
        "station that lay in a drawer; it is let in nowhere else by it",
    )
    token_days: float = Field(
        default=30, gt=0, le=365, title="Life of a token", description="Days that a token holds"
    )
    readers: tuple[str, ...] = Field(
        default=(),
        title="Readers",
        description="Users of the broker who may only watch, as `acl --reader`",
    )
    home_assistant: str | None = Field(
        default=None,
        title="Home Assistant",
        description="Its user at the broker, as `acl --home-assistant`",
    )
