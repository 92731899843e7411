"""ObsPy reads the station's StationXML and evaluates its response as we compute it."""

import io
import math
from pathlib import Path

import numpy as np
import pytest
from obspy import UTCDateTime, read_inventory
from obspy.core.inventory import Inventory
from typer.testing import CliRunner

from edge.cli import app
from edge.config import StationConfig
from edge.errors import ConfigError
from edge.response.chain import Chain, chains
from edge.response.document import station_document
from edge.response.lowpass import response_at
from edge.response.station import station_xml
from edge.sensor import sensor_names
from edge.sources.base import SourceDescription
from edge.sources.stationxml import read_station_xml

PLACE = {
    "network": "XX",
    "station": "KARA1",
    "latitude": 46.95,
    "longitude": 7.44,
    "elevation_m": 540.0,
}
ADXL355 = {"type": "adxl355"}
FREQUENCIES_HZ = np.array([0.01, 0.1, 1.0, 5.0, 10.0, 20.0, 40.0, 60.0])
TOLERANCE = 1e-9


def _config(source: dict[str, object], **station: object) -> StationConfig:
    return StationConfig.model_validate({"station": {**PLACE, **station}, "source": source})


def _inventory(config: StationConfig) -> Inventory:
    return read_inventory(io.BytesIO(station_xml(config, 0)), format="STATIONXML")


def _analytic(way: Chain) -> np.ndarray:
    """Return counts per m/s2: low-pass, sensitivity, correction of the sample times."""
    shift = np.exp(2j * math.pi * FREQUENCIES_HZ * way.converter.correction_s)
    low_pass = response_at(way.sensor.poles, FREQUENCIES_HZ)
    return low_pass * way.converter.counts_per_m_s2 * shift


@pytest.mark.parametrize("sensor", sensor_names())
def test_evalresp_agrees_for_every_sensor(sensor: str) -> None:
    """Amplitude and phase of each profile's response, within 1e-9."""
    place = _config(ADXL355).station
    source = SourceDescription(
        "test", "a test", sensor, 125.0, ("HNZ", "HNN", "HNE"), (25_000.0,) * 3, True
    )
    ways = chains(source, sensor)
    document = station_document(place, source.channels, ways, 0)
    inventory = read_inventory(io.BytesIO(document), format="STATIONXML")

    for channel, way in zip(inventory[0][0], ways, strict=True):
        evaluated = channel.response.get_evalresp_response_for_frequencies(
            FREQUENCIES_HZ, output="ACC"
        )
        assert np.abs(evaluated / _analytic(way) - 1).max() < TOLERANCE


def test_a_corrected_sensor_has_no_delay_at_low_frequency() -> None:
    """What the driver takes off the sample times is what the low-pass adds."""
    (channel, *_) = _inventory(_config(ADXL355))[0][0]

    (response,) = channel.response.get_evalresp_response_for_frequencies([0.1], output="ACC")

    assert abs(np.angle(response)) / (2 * math.pi * 0.1) < 1e-5
    decimation = channel.response.response_stages[1]
    assert 0.01232 == pytest.approx(decimation.decimation_delay)
    assert 0.01232 == pytest.approx(decimation.decimation_correction)


def test_a_sensor_that_others_read_keeps_its_delay() -> None:
    """Nobody corrected the times of an OpenEEW node: its response is as late as its samples."""
    source = SourceDescription("openeew", "", "openeew", 31.25, ("HNZ", "HNN", "HNE"))

    (way, *_) = chains(source, "openeew")

    assert 0.0 == way.converter.correction_s
    assert 1.49 / 31.25 == pytest.approx(way.converter.delay_s)


def test_codes_places_and_directions() -> None:
    """As the station file says; an underscore, which SEED has no place for, is a hyphen."""
    inventory = _inventory(_config(ADXL355, station="ROOF_2", location="10"))

    (station,) = inventory[0]
    assert ("XX", "ROOF-2") == (inventory[0].code, station.code)
    assert [("HNZ", 0, -90), ("HNN", 0, 0), ("HNE", 90, 0)] == [
        (channel.code, channel.azimuth, channel.dip) for channel in station
    ]
    assert {("10", 46.95, 7.44, 540.0, 125.0)} == {
        (one.location_code, one.latitude, one.longitude, one.elevation, one.sample_rate)
        for one in station
    }


def test_the_overall_sensitivity_is_the_product_of_the_stages() -> None:
    """Stated at 1 Hz, where evalresp computes the same."""
    (channel, *_) = _inventory(_config(ADXL355))[0][0]
    stated = channel.response.instrument_sensitivity.value

    (evaluated,) = channel.response.get_evalresp_response_for_frequencies([1.0], output="ACC")

    assert stated == pytest.approx(abs(evaluated), rel=TOLERANCE)
    assert 256_000 / 9.80665 == pytest.approx(stated, rel=1e-3)


def test_a_source_without_counts_has_a_sensitivity_of_one() -> None:
    """Its records hold m/s2."""
    source = SourceDescription("cwa", "", "force-balance", 100.0, ("HNZ", "HNN", "HNE"))

    (way, *_) = chains(source, source.sensor)

    assert 1.0 == way.sensitivity
    assert 0 == len(way.sensor.poles)


def test_our_own_reader_takes_it(tmp_path: Path) -> None:
    """A station can be replayed from its own archive and its own StationXML."""
    path = tmp_path / "station.xml"
    path.write_bytes(station_xml(_config(ADXL355), 0))

    channels = read_station_xml(path)

    assert ["HNZ", "HNN", "HNE"] == [one.channel for one in channels]
    assert all(one.measures_acceleration for one in channels)
    assert channels[0].sensitivity == pytest.approx(26_100, rel=1e-3)


def test_a_profile_that_is_not_there_is_refused(tmp_path: Path) -> None:
    """A path is meant; it is not passed over for a flat response."""
    source = SourceDescription("iio", "", "own", 100.0, ("HNZ", "HNN", "HNE"))

    with pytest.raises(ConfigError, match="cannot be read"):
        chains(source, str(tmp_path / "own.toml"))


def test_a_station_that_has_a_stationxml_is_sent_there(tmp_path: Path) -> None:
    """Somebody else's digitiser has its own response."""
    source = {
        "type": "seedlink",
        "host": "127.0.0.1",
        "station": "XX.KARA1",
        "station_xml": str(tmp_path / "theirs.xml"),
    }

    with pytest.raises(ConfigError, match=r"theirs\.xml has this station's response"):
        station_xml(_config(source), 0)


def test_the_command_writes_a_file(tmp_path: Path) -> None:
    """`edge-agent stationxml`, since a day."""
    config = tmp_path / "station.toml"
    lines = [f"{key} = {value!r}" for key, value in PLACE.items()]
    config.write_text("[station]\n" + "\n".join(lines) + '\n[source]\ntype = "adxl355"\n')
    out = tmp_path / "station.xml"

    result = CliRunner().invoke(
        app, ["stationxml", "-c", str(config), "--out", str(out), "--start", "2026-03-01"]
    )

    assert 0 == result.exit_code
    inventory = read_inventory(str(out))
    assert UTCDateTime(2026, 3, 1) == inventory[0][0][0].start_date


def test_a_start_that_is_no_time_is_refused(tmp_path: Path) -> None:
    """With the option, the value and an example."""
    result = CliRunner().invoke(app, ["stationxml", "-c", "x.toml", "--start", "spring"])

    assert isinstance(result.exception, ConfigError)
    assert "--start: 'spring'" in str(result.exception)
