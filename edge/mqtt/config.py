"""Where the broker is and how to be let in."""

import ssl
from enum import StrEnum
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from edge.errors import ConfigError


class Protocol(StrEnum):
    """Which version of MQTT to speak."""

    AUTO = "auto"
    V5 = "5"
    V311 = "3.1.1"


class TlsConfig(BaseModel):
    """Certificates; the broker's certificate and name are always verified."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    ca_file: Path | None = Field(
        default=None,
        title="CA file",
        description="PEM file with the authorities to trust; the system's own where left out",
    )
    cert_file: Path | None = Field(
        default=None,
        title="Client certificate",
        description="PEM file with the certificate that this client shows to the broker",
    )
    key_file: Path | None = Field(
        default=None, title="Client key", description="PEM file with the key of the certificate"
    )

    @model_validator(mode="after")
    def _certificate_has_key(self) -> Self:
        if (self.cert_file is None) != (self.key_file is None):
            raise ValueError("cert_file and key_file belong together: give both or neither")
        return self

    def context(self) -> ssl.SSLContext:
        """Return the context for a connection.

        Raises:
            ConfigError: A file is missing or is no certificate.
        """
        try:
            context = ssl.create_default_context(cafile=self.ca_file)
            if self.cert_file is not None:
                context.load_cert_chain(self.cert_file, self.key_file)
        except (OSError, ssl.SSLError) as error:
            files = [str(f) for f in (self.ca_file, self.cert_file, self.key_file) if f]
            raise ConfigError(
                None, [f"mqtt.tls: cannot use {', '.join(files)}: {error}"]
            ) from error
        return context


class MqttConfig(BaseModel):
    """The broker."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str = Field(
        default="127.0.0.1", min_length=1, title="Host", description="Name or address of the broker"
    )
    port: int = Field(
        default=1883, ge=1, le=65535, title="Port", description="TCP port, 8883 for TLS"
    )
    protocol: Protocol = Field(
        default=Protocol.AUTO,
        title="Protocol",
        description="MQTT version: auto tries 5 and falls back to 3.1.1",
    )
    username: str | None = Field(default=None, title="User", description="Name at the broker")
    password: SecretStr | None = Field(
        default=None, title="Password", description="Better kept in password_file"
    )
    password_file: Path | None = Field(
        default=None, title="Password file", description="File whose first line is the password"
    )
    tls: TlsConfig | None = Field(
        default=None, title="TLS", description="Present, even empty, for an encrypted connection"
    )
    client_id: str | None = Field(
        default=None,
        min_length=1,
        max_length=64,
        title="Client id",
        description="Unique at the broker; made from the station's codes where left out",
    )
    keepalive_s: int = Field(
        default=30, ge=5, le=3600, title="Keep-alive", description="Seconds between signs of life"
    )
    connect_timeout_s: float = Field(
        default=5.0,
        gt=0,
        le=60,
        title="Connect timeout",
        description="Seconds to wait for a broker; up to eight times as long where no answer came",
    )
    ack_timeout_s: float = Field(
        default=20.0,
        gt=0,
        le=600,
        title="Acknowledgement timeout",
        description="Seconds to wait for an acknowledgement before connecting anew; likewise",
    )
    retry_max_s: float = Field(
        default=60.0, ge=0.5, title="Longest retry", description="Most seconds between attempts"
    )

    @model_validator(mode="after")
    def _one_password(self) -> Self:
        if self.password is not None and self.password_file is not None:
            raise ValueError("password and password_file exclude each other: give one")
        if self.username is None and (self.password or self.password_file):
            raise ValueError("a password needs a username")
        return self

    def read_password(self) -> str | None:
        """Return the password, read anew from its file so that it can be changed there.

        Raises:
            ConfigError: The file cannot be read.
        """
        if self.password_file is None:
            return self.password.get_secret_value() if self.password else None
        try:
            text = self.password_file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            problem = f"mqtt.password_file: cannot read {self.password_file}: {error}"
            raise ConfigError(None, [problem]) from error
        return text.partition("\n")[0].rstrip("\r")
