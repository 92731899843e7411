"""The system file: the computer that a station runs on, and how people and packets reach it.

board      which computer; decides what config.txt switches on
[user]     who may log in
[wifi]     a wireless network; a cable needs nothing

One file serves a whole fleet: what differs between stations stands in the station files.
"""

import re
from pathlib import Path
from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, model_validator

from edge.board import board_names
from edge.provision.credentials import checked_keys, checked_passphrase, checked_ssid
from edge.settings import load_settings

_SECTION: Final = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)
_SYSTEM_NAMES: Final = frozenset(
    {
        *("adm", "audio", "avahi", "backup", "bin", "bluetooth", "cdrom", "clock", "crontab"),
        *("daemon", "dhcpcd", "dialout", "dip", "disk", "edge-agent", "fax", "floppy", "games"),
        *("gpio", "i2c", "input", "irc", "kmem", "kvm", "list", "lp", "lpadmin", "mail", "man"),
        *("messagebus", "netdev", "news", "nobody", "nogroup", "operator", "plugdev", "polkitd"),
        *("proxy", "render", "root", "sasl", "sgx", "shadow", "spi", "src", "ssh", "sshd"),
        *("staff", "sudo", "sync", "sys", "tape", "tty", "users", "utmp", "uucp", "uuidd"),
        *("video", "voice", "www-data"),
    }
)
"""Accounts and groups of a Debian (base-passwd 3.6) or a Raspberry Pi OS.

A user of such a name cannot be made, because each gets a group of its own name; cloud-init goes
on without one, and nobody can log in.
"""
_CRYPT: Final = re.compile(r"\$(5|6|y|gy|7|2b)\$[./A-Za-z0-9$=,-]{20,}")

HostName = Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$")]
"""One label of RFC 1123, lower case."""
Security = Literal["open", "wpa-psk", "sae"]


def _board(name: str) -> str:
    if name not in board_names():
        raise ValueError(f"no board profile of this name; there are: {', '.join(board_names())}")
    return name


class UserSection(BaseModel):
    """Who may log in."""

    model_config = _SECTION

    name: str = Field(
        pattern=r"^[a-z][a-z0-9-]{0,30}$",
        title="Name",
        description="Account: lower-case letters, digits, `-`; made at the first boot",
    )
    ssh_keys: tuple[str, ...] = Field(
        default=(),
        title="SSH keys",
        description="Public keys that may log in, as `authorized_keys` has them",
    )
    password_hash: SecretStr | None = Field(
        default=None,
        title="Password hash",
        description="For keyboard and screen; from `openssl passwd -6`. By SSH only keys let in",
    )
    passwordless_sudo: bool | None = Field(
        default=None,
        title="sudo without a password",
        description="Left out: yes where there is no password, else no",
    )

    @model_validator(mode="before")
    @classmethod
    def _one_key_a_text(cls, data: object) -> object:
        keys = data.get("ssh_keys") if isinstance(data, dict) else None
        if not isinstance(data, dict) or not isinstance(keys, str | list | tuple):
            return data
        texts = [keys] if isinstance(keys, str) else list(keys)
        if not all(isinstance(text, str) for text in texts):
            return data
        try:
            return {**data, "ssh_keys": tuple(key for text in texts for key in checked_keys(text))}
        except ValueError as error:
            raise ValueError(f"ssh_keys: {error}") from None

    @model_validator(mode="after")
    def _someone_can_come_in(self) -> Self:
        if self.name in _SYSTEM_NAMES or self.name.startswith("systemd-"):
            raise ValueError(
                f"{self.name} is an account or a group of the system; take another name"
            )
        if not self.ssh_keys and self.password_hash is None:
            raise ValueError("nobody could log in: give ssh_keys, password_hash or both")
        if self.password_hash is None and self.passwordless_sudo is False:
            raise ValueError("without a password sudo asks for one that there is not")
        if self.password_hash and not _CRYPT.fullmatch(self.password_hash.get_secret_value()):
            raise ValueError("password_hash is no hash; make one with: openssl passwd -6")
        return self

    @property
    def has_free_sudo(self) -> bool:
        """Whether sudo asks for no password."""
        if self.passwordless_sudo is None:
            return self.password_hash is None
        return self.passwordless_sudo


class WifiSection(BaseModel):
    """A wireless network."""

    model_config = _SECTION

    ssid: Annotated[str, AfterValidator(checked_ssid)] = Field(
        title="Name", description="Of the network, at most 32 bytes"
    )
    password: SecretStr | None = Field(
        default=None,
        title="Password",
        description="8 to 63 bytes, or 64 hexadecimal digits; left out for an open network",
    )
    security: Security = Field(
        default="wpa-psk",
        title="Security",
        description="wpa-psk is WPA2 and WPA2 beside WPA3, sae is WPA3 alone",
    )
    country: str = Field(
        pattern=r"^[A-Z]{2}$",
        title="Country",
        description="Two letters (ISO 3166), by whose rules the radio sends",
    )
    hidden: bool = Field(default=False, title="Hidden", description="The network hides its name")

    @model_validator(mode="after")
    def _password_fits(self) -> Self:
        is_open = self.security == "open"
        if is_open != (self.password is None):
            raise ValueError(
                'give a password, or security = "open"'
                if self.password is None
                else "an open network has no password"
            )
        if self.password is not None:
            try:
                secret = self.password.get_secret_value()
                checked_passphrase(secret, is_sae=self.security == "sae")
            except ValueError as error:
                raise ValueError(f"password {error}") from None
        return self


class SystemConfig(BaseModel):
    """The whole file."""

    model_config = _SECTION

    board: Annotated[str, AfterValidator(_board)] = Field(
        title="Board", description="Name of a board profile, such as raspberry-pi-4"
    )
    hostname: HostName | None = Field(
        default=None,
        title="Host name",
        description="network-station in lower case where left out; for one station alone",
    )
    timezone: str = Field(
        default="Etc/UTC",
        pattern=r"^[A-Z][A-Za-z0-9_+-]*(/[A-Z][A-Za-z0-9_+-]*){0,2}$",
        title="Time zone",
        description="Of the system's own log; the station itself speaks UTC",
    )
    user: UserSection
    wifi: WifiSection | None = Field(default=None)


def load_system_config(path: Path) -> SystemConfig:
    """Return the configuration of a system file.

    Raises:
        ConfigError: With every problem, its line, key path and remedy.
    """
    return load_settings(path, SystemConfig)
