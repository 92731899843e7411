"""What one computer is to be told at its first boot, whatever the form of telling it."""

from dataclasses import dataclass
from typing import Final

from edge.config import StationConfig
from edge.provision.credentials import pre_shared_key
from edge.provision.system import SystemConfig, WifiSection

BOOT: Final = "/boot/firmware"
"""Where the boot partition is mounted, since Raspberry Pi OS 12 and on Ubuntu."""
KIT: Final = "edge-kit"
"""Folder on the boot partition that holds what is the kit's."""
INSTALL: Final = f"{BOOT}/{KIT}/install.sh"
MARK: Final = "# tremorkit"
"""First line of what the kit wrote and may blank."""
GROUPS: Final = (
    *("users", "adm", "dialout", "plugdev", "netdev"),
    *("input", "gpio", "spi", "i2c", "video", "render", "sudo"),
)
"""Of whoever looks after the station."""


@dataclass(frozen=True)
class Computer:
    """A station's computer."""

    system: SystemConfig
    network: str
    station: str
    instance: str
    """Names this very set of files: the same files, the same name."""

    @property
    def name(self) -> str:
        """Network and station."""
        return f"{self.network}.{self.station}"

    @property
    def hostname(self) -> str:
        """What it calls itself."""
        return self.system.hostname or hostname_of(self.network, self.station)

    @property
    def secret(self) -> str | None:
        """What the radio proves itself with; None in an open network or without one.

        For WPA2 the key of this one network, for WPA3 the password, which has no other form.
        """
        wifi = self.system.wifi
        if wifi is None or wifi.password is None:
            return None
        password = wifi.password.get_secret_value()
        return pre_shared_key(password, wifi.ssid) if wifi.security == "wpa-psk" else password

    @property
    def password_hash(self) -> str | None:
        """The user's, as `crypt` writes it."""
        given = self.system.user.password_hash
        return None if given is None else given.get_secret_value()

    @property
    def wifi(self) -> WifiSection | None:
        """The wireless network."""
        return self.system.wifi


def hostname_of(network: str, station: str) -> str:
    """Return a name that RFC 1123 allows: codes may also have `_`, and `-` at their ends."""
    return f"{network}-{station}".lower().replace("_", "-").strip("-")


def named_after(config: StationConfig, system: SystemConfig, digest: str) -> Computer:
    """Return the computer of a station.

    Args:
        config: The station.
        system: Its system.
        digest: Hash of all that the card carries; eight digits of it name the instance.
    """
    place = config.station
    name = system.hostname or hostname_of(place.network, place.station)
    return Computer(system, place.network, place.station, f"{name}-{digest[:8]}")
