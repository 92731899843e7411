"""Configuration of recordings in miniSEED: files, or folders of them in any layout (SDS, say).

Samples are counts; a sensitivity turns them into m/s2: `counts_per_m_s2`, or a StationXML, or
the sensor's profile, in this order. Velocity channels are refused: differentiating them would
bring a noise that no accelerometer has, for which the kit's thresholds and networks are not
made.
"""

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from edge.sources.base import Paths
from edge.sources.sensitivity import SensitivitySettings

if TYPE_CHECKING:
    from edge.sources.miniseed_source import MiniSeedSource


class MiniSeedConfig(SensitivitySettings):
    """Recorded miniSEED of one station."""

    type: Literal["miniseed"] = "miniseed"
    paths: Paths = Field(title="Paths", description="Files, or folders that are searched")
    station: str | None = Field(
        default=None,
        pattern=r"^[A-Za-z0-9]+\.[A-Za-z0-9]+$",
        title="Station",
        description="NETWORK.STATION; may be left out where the files hold only one",
    )
    channels: str | None = Field(
        default=None,
        pattern=r"^[A-Z]{2}$",
        title="Channels",
        description="Band and instrument code, HN for example; the accelerometer where left out",
    )
    clock_error_s: float = Field(
        default=0.01, ge=0, title="Clock error", description="Error of the sample times, seconds"
    )

    def open(self) -> "MiniSeedSource":
        """Return the source.

        Raises:
            SourceError: Nothing can be read, or the sensitivity is unknown.
            ConfigError: The StationXML or the sensor profile has a mistake.
            MissingExtraError: The package that decodes miniSEED is not installed.
        """
        from edge.sources.miniseed_source import MiniSeedSource  # noqa: PLC0415 - needs pymseed

        return MiniSeedSource(self)
