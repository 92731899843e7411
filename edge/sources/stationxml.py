"""Reads from a StationXML (FDSN, 1.0 to 1.2) what the kit needs: sensitivities and places."""

import xml.etree.ElementTree as ET
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from edge.errors import ConfigError
from edge.timestamps import parse_time

_NAMESPACE: Final = {"f": "http://www.fdsn.org/xml/station/1"}
_ACCELERATION: Final = frozenset({"M/S**2", "M/S^2", "M/S2", "M/S/S"})
_FOR_EVER_NS: Final = 2**63 - 1


@dataclass(frozen=True, slots=True)
class ChannelMetadata:
    """One channel over one span of time."""

    network: str
    station: str
    location: str
    channel: str
    latitude: float
    longitude: float
    elevation_m: float
    sensitivity: float | None
    """Counts per input unit; None where the file has no response."""
    input_units: str
    start_ns: int
    end_ns: int

    @property
    def measures_acceleration(self) -> bool:
        """Whether the sensitivity is that of an accelerometer."""
        return self.input_units.upper().replace(" ", "") in _ACCELERATION


def read_station_xml(path: Path) -> list[ChannelMetadata]:
    """Return every channel of a file.

    Raises:
        ConfigError: The file cannot be read, is no StationXML, or lacks a figure.
    """
    try:
        # The operator's own file; the expat of supported Pythons bounds entity expansion.
        root = ET.parse(path).getroot()  # noqa: S314
    except OSError as error:
        raise ConfigError(path, [f"cannot be read: {error.strerror}"]) from None
    except ET.ParseError as error:
        raise ConfigError(path, [f"is no XML: {error}"]) from None
    channels = [
        _channel(path, network, station, channel)
        for network in root.findall("f:Network", _NAMESPACE)
        for station in network.findall("f:Station", _NAMESPACE)
        for channel in station.findall("f:Channel", _NAMESPACE)
    ]
    if not channels:
        raise ConfigError(path, ["holds no channel; is it StationXML at level channel?"])
    return channels


def _channel(
    path: Path, network: ET.Element, station: ET.Element, channel: ET.Element
) -> ChannelMetadata:
    codes = [one.get("code", "") for one in (network, station, channel)]
    try:
        gain = channel.find("f:Response/f:InstrumentSensitivity/f:Value", _NAMESPACE)
        return ChannelMetadata(
            network=codes[0],
            station=codes[1],
            location=(channel.get("locationCode") or "").strip(),
            channel=codes[2],
            latitude=_number(channel, "f:Latitude"),
            longitude=_number(channel, "f:Longitude"),
            elevation_m=_number(channel, "f:Elevation"),
            sensitivity=None if gain is None else float(gain.text or ""),
            input_units=_text(channel, "f:Response/f:InstrumentSensitivity/f:InputUnits/f:Name"),
            start_ns=parse_time(channel.get("startDate") or "1970-01-01"),
            end_ns=_end_ns(channel.get("endDate")),
        )
    except ValueError as error:
        raise ConfigError(path, [f"channel {'.'.join(codes)}: {error}"]) from None


def _end_ns(text: str | None) -> int:
    """Return the end of a span; far dates, as some files have, count as for ever."""
    return parse_time(text) if text and text < "2200" else _FOR_EVER_NS


def _number(channel: ET.Element, name: str) -> float:
    text = _text(channel, name)
    if not text:
        raise ValueError(f"{name.removeprefix('f:')} is missing")
    return float(text)


def _text(channel: ET.Element, name: str) -> str:
    found = channel.find(name, _NAMESPACE)
    return "" if found is None else (found.text or "").strip()
