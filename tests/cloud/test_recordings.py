"""A folder of recordings is read as its stations, or refused with what is missing."""

import json
from pathlib import Path

import pytest

from cloud.recordings import read_recording
from cloud.recordings.coordinates import read_station_table
from edge.errors import ConfigError
from edge.sources import OpenEewConfig
from tests.edge.sources.miniseed_files import ramp, records, station_xml

_PACKET = {"device_id": "001", "x": [0.1], "y": [0.1], "z": [0.1], "device_t": 1.0, "cloud_t": 1.1}


def _openeew(root: Path, *, locations: bool = True) -> Path:
    event = root / "2020_1_1"
    for name in ("001", "002"):
        (event / name).mkdir(parents=True)
        (event / name / "00.jsonl").write_text(json.dumps(_PACKET) + "\n")
    (event / "empty").mkdir()
    if locations:
        (root / "devices").mkdir()
        devices = [
            {"device_id": name, "latitude": 16.5 + i, "longitude": -98.4, "elev": 12}
            for i, name in enumerate(("001", "002", "003"))
        ]
        (root / "devices" / "device_locations.json").write_text(json.dumps(devices))
    return event


def _table(folder: Path, text: str) -> Path:
    path = folder / "stations.csv"
    path.write_text(text)
    return path


def test_openeew_event_has_a_station_a_folder(tmp_path: Path) -> None:
    """Each folder with packets is a station, with the coordinates of the device list."""
    recording = read_recording(_openeew(tmp_path))

    assert "openeew" == recording.layout
    assert ["001", "002"] == [c.station.station for c in recording.stations]
    assert (17.5, -98.4, 12.0) == (
        recording.stations[1].station.latitude,
        recording.stations[1].station.longitude,
        recording.stations[1].station.elevation_m,
    )
    assert isinstance(recording.stations[0].source, OpenEewConfig)


def test_station_table_overrides_the_data_set(tmp_path: Path) -> None:
    """A surveyed coordinate wins over a rounded one."""
    table = _table(tmp_path, "network,station,latitude,longitude\nMX,001,16.1234,-98.5678\n")

    recording = read_recording(_openeew(tmp_path), table)

    assert ("MX", 16.1234) == (
        recording.stations[0].station.network,
        recording.stations[0].station.latitude,
    )


def test_station_table_alone_is_enough(tmp_path: Path) -> None:
    """Where it covers every station, the data set needs no device list."""
    table = _table(
        tmp_path, "network,station,latitude,longitude,elevation_m\nMX,001,1,2,3\nMX,002,4,5,6\n"
    )

    recording = read_recording(_openeew(tmp_path, locations=False), table)

    assert 2 == len(recording.stations)


def test_missing_coordinates_are_told_with_the_remedy(tmp_path: Path) -> None:
    """Without a device list the error names the file and the option."""
    with pytest.raises(ConfigError, match=r"device_locations\.json: no coordinates.*--stations"):
        read_recording(_openeew(tmp_path, locations=False))


def test_unknown_layout_is_told_with_the_known_ones(tmp_path: Path) -> None:
    """The error says what a folder may look like."""
    with pytest.raises(ConfigError, match=r"no known way\. Known are openeew: a folder of JSON"):
        read_recording(tmp_path)


def test_missing_folder_is_told(tmp_path: Path) -> None:
    """A path that is no folder is an error, not an empty recording."""
    with pytest.raises(ConfigError, match="nowhere: is no folder"):
        read_recording(tmp_path / "nowhere")


_BAD_TABLES = {
    "missing column": ("network,station\nMX,001\n", "columns latitude, longitude"),
    "latitude beyond the pole": (
        "network,station,latitude,longitude\nMX,001,95,2\n",
        r"line 2, latitude: .* \(seen: '95'\)",
    ),
    "not a number": (
        "network,station,latitude,longitude\nMX,001,north,2\n",
        r"line 2, latitude: .* \(seen: 'north'\)",
    ),
    "empty": ("", "has no rows"),
}


@pytest.mark.parametrize("fault", _BAD_TABLES)
def test_bad_station_table_names_line_and_value(tmp_path: Path, fault: str) -> None:
    """A mistake in the table is told with its place."""
    text, expected = _BAD_TABLES[fault]

    with pytest.raises(ConfigError, match=expected):
        read_station_table(_table(tmp_path, text))


def _miniseed(folder: Path, *, xml: bool = True, units: str = "M/S**2") -> Path:
    for channel in ("HNZ", "HNN", "HNE"):
        path = folder / "2021" / f"TW.HUAL.00.{channel}.mseed"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(records(channel, ramp(500)))
    if xml:
        station_xml(folder / "TW.xml", units=units)
    return folder


def test_miniseed_with_station_xml_is_its_stations(tmp_path: Path) -> None:
    """Files at any depth and one StationXML make a station with place and sensitivity."""
    recording = read_recording(_miniseed(tmp_path))

    (config,) = recording.stations
    assert "miniseed" == recording.layout
    assert ("TW", "HUAL", 23.9, 121.6) == (
        config.station.network,
        config.station.station,
        config.station.latitude,
        config.station.longitude,
    )
    packets = list(config.source.open().packets())
    assert 500 == sum(len(packet.samples) for packet in packets)
    assert 499 / 2000.0 == pytest.approx(float(packets[-1].samples[-1, 0]))


def test_miniseed_station_without_a_place_is_told(tmp_path: Path) -> None:
    """A code that no StationXML describes needs a place by --stations."""
    with pytest.raises(ConfigError, match=r"TW\.HUAL is in no StationXML there.*--stations"):
        read_recording(_miniseed(tmp_path, xml=False))


def test_folder_of_seismometers_is_refused(tmp_path: Path) -> None:
    """Velocity channels are no accelerometer's, and the error says so."""
    with pytest.raises(ConfigError, match="no station there is an accelerometer"):
        read_recording(_miniseed(tmp_path, units="M/S"))
