"""Configuration of a SeedLink source: a station that some other system already digitises.

SeedLink sends whole records, so its samples come seconds late; a sensor of one's own, or the UDP
of a Raspberry Shake, is quicker.
"""

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from edge.sources.live import LiveSettings
from edge.sources.sensitivity import SensitivitySettings

if TYPE_CHECKING:
    from edge.sources.seedlink_source import SeedLinkSource


class SeedLinkConfig(SensitivitySettings, LiveSettings):
    """One station of a SeedLink server, version 3 or 4."""

    type: Literal["seedlink"] = "seedlink"
    host: str = Field(title="Host", description="Name or address of the server")
    port: int = Field(default=18000, ge=1, le=65535, title="Port", description="TCP port")
    station: str = Field(
        pattern=r"^[A-Za-z0-9]{1,8}\.[A-Za-z0-9]{1,8}$",
        title="Station",
        description="NETWORK.STATION",
    )
    location: str = Field(
        default="00", pattern=r"^[A-Za-z0-9]{0,8}$", title="Location", description="Location code"
    )
    channels: str = Field(
        default="HN",
        pattern=r"^[A-Z]N$",
        title="Channels",
        description="Band and instrument code of the accelerometer",
    )
    components: str = Field(
        default="ZNE",
        pattern=r"^[ZNE12]{1,3}$",
        title="Components",
        description="Last letters of the channels that there are",
    )
    rate_hz: float = Field(
        default=100.0, gt=0, title="Rate", description="Nominal sampling rate, hertz"
    )
    silence_s: float = Field(
        default=60.0,
        ge=0.5,
        le=3600,
        title="Silence",
        description="Seconds without a packet after which the connection is made anew",
    )
    keepalive_s: float = Field(
        default=20.0,
        ge=0.2,
        le=3600,
        title="Keep-alive",
        description="Seconds without a packet after which the server is asked for a sign of life",
    )
    clock_error_s: float = Field(
        default=0.01, ge=0, title="Clock error", description="Error of the sample times, seconds"
    )

    def open(self) -> "SeedLinkSource":
        """Return the source; it connects when packets are asked for.

        Raises:
            SourceError: The sensitivity is unknown.
            ConfigError: The StationXML or the sensor profile has a mistake.
            MissingExtraError: The package that decodes miniSEED is not installed.
        """
        from edge.sources.seedlink_source import SeedLinkSource  # noqa: PLC0415 - needs pymseed

        return SeedLinkSource(self)
