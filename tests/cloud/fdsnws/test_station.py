"""fdsnws-station tells how each station is set up, and was before."""

import io
from pathlib import Path

import obspy
import pytest
from lxml import etree
from obspy import Inventory, UTCDateTime
from starlette.testclient import TestClient

URL = "/fdsnws/station/1/query"
SCHEMA = Path(obspy.__file__).parent / "io/stationxml/data/fdsn-station-1.2.xsd"


def inventory(client: TestClient, **parameters: str) -> Inventory:
    """Return what ObsPy reads from the answer."""
    answer = client.get(URL, params=parameters)
    assert 200 == answer.status_code, answer.text
    return obspy.read_inventory(io.BytesIO(answer.content))


@pytest.mark.parametrize("level", ["network", "station", "channel", "response"])
def test_every_level_is_valid_by_the_schema(client: TestClient, level: str) -> None:
    """FDSN StationXML 1.2."""
    document = etree.fromstring(client.get(URL, params={"level": level}).content)

    etree.XMLSchema(file=str(SCHEMA)).assertValid(document)


def test_a_station_that_was_moved_has_two_epochs(client: TestClient) -> None:
    """The first ends where the second begins; going offline changes nothing."""
    found = inventory(client, network="XX", station="A")
    first, second = found[0].stations

    assert UTCDateTime("2026-03-14T02:00:00Z") == first.end_date == second.start_date
    assert (18.0, 18.5, None) == (first.latitude, second.latitude, second.end_date)
    assert -99.123456 == first.longitude


def test_channels_point_and_have_the_sensitivity_of_their_sensor(client: TestClient) -> None:
    """m/s2 from the sensor's profile; a sensor of one's own has none."""
    found = inventory(client, level="response", station="A,B", channel="HN?")
    channels = {
        f"{station.code}.{channel.code}": channel
        for station in found[0].stations
        for channel in station.channels
    }

    assert (0.0, -90.0) == (channels["A.HNZ"].azimuth, channels["A.HNZ"].dip)
    assert (90.0, 0.0) == (channels["A.HNE"].azimuth, channels["A.HNE"].dip)
    sensitivity = channels["A.HNZ"].response.instrument_sensitivity
    assert 26_146 == pytest.approx(sensitivity.value, rel=0.002)
    assert "m/s**2" == sensitivity.input_units.lower()
    assert 125.0 == channels["A.HNZ"].sample_rate
    assert channels["B.HNZ"].response is None


def test_real_shaking_comes_out_in_m_s2(client: TestClient) -> None:
    """ObsPy removes the response of the document."""
    found = inventory(client, level="response", station="A")
    trace = obspy.Trace()
    trace.stats.update({"network": "XX", "station": "A", "location": "00", "channel": "HNZ"})
    trace.stats.starttime = UTCDateTime("2026-03-14T06:00:00Z")
    trace.data = trace.data.__class__((1000,)) * 0 + 26_146.0

    trace.remove_sensitivity(found)

    assert 1.0 == pytest.approx(trace.data[0], rel=0.002)


SELECTIONS = {
    "all": ({}, "XX.A XX.A XX.B YY.C"),
    "by network": ({"net": "YY"}, "YY.C"),
    "by pattern": ({"sta": "?", "net": "X*"}, "XX.A XX.A XX.B"),
    "by list": ({"sta": "B,C"}, "XX.B YY.C"),
    "by channel": ({"cha": "HNZ"}, "XX.A XX.A XX.B YY.C"),
    "no such channel": ({"cha": "BHZ"}, ""),
    "empty location": ({"loc": "--"}, ""),
    "at work then": ({"start": "2026-03-14T03:00:00", "sta": "A"}, "XX.A"),
    "ended before": ({"endbefore": "2026-03-14T03:00:00"}, "XX.A"),
    "ended after": ({"endafter": "2026-03-14T03:00:00", "sta": "A"}, "XX.A"),
    "began after": ({"startafter": "2026-03-14T01:00:00"}, "XX.A"),
    "began before": ({"startbefore": "2026-03-14T01:00:00", "sta": "A"}, "XX.A"),
    "set up since": ({"updatedafter": "2026-03-14T01:00:00"}, "XX.A"),
    "in a box": ({"minlat": "18.2", "maxlat": "18.8"}, "XX.A"),
    "in a ring": ({"lat": "18.5", "lon": "-99", "maxradius": "0.3"}, "XX.A"),
}


@pytest.mark.parametrize(("query", "expected"), SELECTIONS.values(), ids=SELECTIONS.keys())
def test_the_answer_is_what_was_asked_for(
    client: TestClient, query: dict[str, str], expected: str
) -> None:
    """Each epoch is a line."""
    answer = client.get(URL, params={"format": "text"} | query)
    lines = [line.split("|") for line in answer.text.splitlines()[1:]]

    assert (200 if expected else 204) == answer.status_code
    assert expected.split() == [f"{line[0]}.{line[1]}" for line in lines]


def test_text_of_networks_and_channels(client: TestClient) -> None:
    """With the columns of the specification."""
    networks = client.get(URL, params={"format": "text", "level": "network"}).text.splitlines()
    channels = client.get(
        URL, params={"format": "text", "level": "channel", "sta": "C", "cha": "HNE"}
    ).text.splitlines()

    assert "XX||2026-03-14T00:00:00.000000||2" == networks[1]
    assert 17 == len(channels[0].split("|")) == len(channels[1].split("|"))
    assert "YY|C|00|HNE|20.00000|-99.12346|250.0|0.0|90.0|0.0|adxl355" in channels[1]


def test_a_list_of_channels_is_answered_at_once(client: TestClient) -> None:
    """By POST; an open time is a star."""
    body = "level=channel\nformat=text\nXX A 00 HNZ 2026-03-14T03:00:00 *\nYY * * HNE * *\n"

    answer = client.post(URL, content=body)

    found = [line.split("|")[:4] for line in answer.text.splitlines()[1:]]
    assert [["XX", "A", "00", "HNZ"], ["YY", "C", "00", "HNE"]] == found


SENSELESS = {
    "text of responses": ("format=text&level=response", "level response"),
    "codes with a slash": ("net=../etc", "net"),
    "availability": ("includeavailability=true", "includeavailability"),
    "another level": ("level=moon", "level"),
    "too many codes": ("sta=" + ",".join(["A"] * 201), "200 codes"),
}


@pytest.mark.parametrize(("query", "reason"), SENSELESS.values(), ids=SENSELESS.keys())
def test_a_query_without_sense_is_refused_with_its_reason(
    client: TestClient, query: str, reason: str
) -> None:
    """400 in plain text."""
    answer = client.get(f"{URL}?{query}")

    assert 400 == answer.status_code
    assert reason in answer.text
