"""Reading StationXML: sensitivities, places, and files that are wrong."""

from pathlib import Path

import pytest

from edge.errors import ConfigError
from edge.sources.stationxml import read_station_xml
from edge.timestamps import parse_time
from tests.edge.sources.miniseed_files import station_xml


def test_each_channel_is_read_with_place_and_sensitivity(tmp_path: Path) -> None:
    """Codes, coordinates, span and sensitivity of three channels."""
    channels = read_station_xml(station_xml(tmp_path / "a.xml", sensitivity=1671.8))

    first = channels[0]
    assert ["HNZ", "HNN", "HNE"] == [channel.channel for channel in channels]
    assert ("TW", "HUAL", "00") == (first.network, first.station, first.location)
    assert (23.9, 121.6, 16.0) == (first.latitude, first.longitude, first.elevation_m)
    assert 1671.8 == first.sensitivity
    assert first.start_ns == parse_time("2020-01-01") < first.end_ns


@pytest.mark.parametrize(
    ("units", "expected"),
    [("M/S**2", True), ("m/s**2", True), ("m/s^2", True), ("M/S", False), ("counts", False)],
)
def test_units_tell_an_accelerometer(tmp_path: Path, units: str, expected: bool) -> None:  # noqa: FBT001 - a table of cases
    """All spellings of m/s2 in use count, velocity does not."""
    (first, *_) = read_station_xml(station_xml(tmp_path / "a.xml", units))

    assert expected == first.measures_acceleration


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("<Value>2000.0</Value>", "<Value>much</Value>", r"channel TW\.HUAL\.HNZ"),
        (
            "<Latitude>23.9</Latitude><Longitude>121.6</Longitude><Elevation>16</Elevation>\n",
            "",
            "Latitude is missing",
        ),
        ("<Channel ", "<Kanal ", "no XML"),
        ('startDate="2020-01-01T00:00:00Z"', 'startDate="yesterday"', "yesterday"),
    ],
)
def test_a_mistake_is_told_with_file_and_channel(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    """What is wrong, and where."""
    path = station_xml(tmp_path / "a.xml")
    text = path.read_text()
    head, mark, tail = text.partition("<Channel ")
    path.write_text(head + (mark + tail).replace(old, new))

    with pytest.raises(ConfigError, match=message) as caught:
        read_station_xml(path)

    assert path == caught.value.path


def test_a_file_without_channels_is_refused(tmp_path: Path) -> None:
    """A StationXML at station level says too little."""
    path = tmp_path / "a.xml"
    path.write_text('<FDSNStationXML xmlns="http://www.fdsn.org/xml/station/1"/>')

    with pytest.raises(ConfigError, match="level channel"):
        read_station_xml(path)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    """A path that leads nowhere is a mistake in the configuration."""
    with pytest.raises(ConfigError, match="cannot be read"):
        read_station_xml(tmp_path / "none.xml")
