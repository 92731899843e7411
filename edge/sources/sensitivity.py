"""Counts per m/s2 of a channel: as given, or from a StationXML, or from the sensor's profile."""

from pathlib import Path

from pydantic import Field

from edge.errors import SourceError
from edge.sensor import load_sensor_profile
from edge.sources.base import SourceSettings
from edge.sources.stationxml import ChannelMetadata, read_station_xml


class SensitivitySettings(SourceSettings):
    """What the configurations have of sources that deliver counts."""

    counts_per_m_s2: float | None = Field(
        default=None, gt=0, title="Sensitivity", description="Counts per m/s2 of all components"
    )
    station_xml: Path | None = Field(
        default=None, title="StationXML", description="File with the sensitivity of each channel"
    )
    sensor: str | None = Field(
        default=None,
        title="Sensor",
        description="Name or path of a sensor profile; gives the sensitivity where nothing else"
        " does",
    )


class Sensitivities:
    """Finds the sensitivity of channels.

    Args:
        source: The source's type, for messages.
        place: Where its samples come from, for messages.
        settings: Where to look, in the order of its fields.

    Raises:
        ConfigError: The StationXML or the sensor profile has a mistake.
    """

    def __init__(self, source: str, place: str, settings: SensitivitySettings) -> None:
        self._source = source
        self._place = place
        self._given = settings.counts_per_m_s2
        path = settings.station_xml
        self._channels = read_station_xml(path) if path is not None else []
        sensor = settings.sensor
        self._of_profile = load_sensor_profile(sensor).counts_per_m_s2 if sensor else None

    def counts_per_m_s2(self, codes: tuple[str, str, str, str], time_ns: int) -> float:
        """Return the sensitivity of a channel.

        Args:
            codes: Network, station, location, channel.
            time_ns: When.

        Raises:
            SourceError: Nothing tells it, or the channel measures something else.
        """
        if self._given is not None:
            return self._given
        for channel in self._channels:
            if _describes(channel, codes, time_ns) and channel.sensitivity:
                if not channel.measures_acceleration:
                    units = channel.input_units
                    raise self._fail(f"{codes[3]} measures {units!r}, not acceleration")
                return channel.sensitivity
        if self._of_profile is None:
            reason = f"sensitivity of {'.'.join(codes)} is unknown"
            raise self._fail(f"{reason}; set `counts_per_m_s2`, `station_xml` or `sensor`")
        return self._of_profile

    def _fail(self, reason: str) -> SourceError:
        return SourceError(self._source, self._place, reason)


def _describes(channel: ChannelMetadata, codes: tuple[str, str, str, str], time_ns: int) -> bool:
    own = (channel.network, channel.station, channel.location, channel.channel)
    return own == codes and channel.start_ns <= time_ns < channel.end_ns
