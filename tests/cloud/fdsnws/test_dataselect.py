"""fdsnws-dataselect gives the records that the centre holds."""

import io

import httpx2
import obspy
import pytest
from starlette.testclient import TestClient

from cloud.holdings import Holdings
from cloud.station_messages import read_station_message
from cloud.waveforms import WaveformMessage
from tests.cloud.fdsnws.conftest import MOST_BYTES
from tests.cloud.records import START, miniseed, trace

URL = "/fdsnws/dataselect/1/query"
TIMES = {"start": "2026-03-14T06:52:00", "end": "2026-03-14T06:53:00"}


def keep(holdings: Holdings, *traces: obspy.Trace) -> None:
    """Put more records into the archive."""
    read = read_station_message("tremor/v1/XX/A/waveform/s", miniseed(*traces))
    assert isinstance(read, WaveformMessage)
    holdings.waveforms.keep(read)


def stream(answer: httpx2.Response) -> obspy.Stream:
    """Return what ObsPy reads from an answer."""
    assert 200 == answer.status_code, answer.text
    return obspy.read(io.BytesIO(answer.content))


def test_samples_come_back_as_they_were_sent(client: TestClient) -> None:
    """In the media type of the specification."""
    answer = client.get(URL, params=TIMES | {"sta": "A", "cha": "HNZ"})

    (found,) = stream(answer)
    assert "application/vnd.fdsn.mseed" == answer.headers["content-type"]
    assert (trace().data == found.data).all()


SELECTIONS = {
    "all": ({}, 6),
    "by pattern": ({"net": "X?", "cha": "HN?"}, 6),
    "one": ({"sta": "B", "loc": "00", "cha": "HNE"}, 1),
    "a list": ({"cha": "HNZ,HNE"}, 4),
    "nothing": ({"net": "ZZ"}, 0),
    "empty location": ({"loc": "--"}, 0),
    "long ones only": ({"minimumlength": "19"}, 6),
    "longer than there are": ({"minimumlength": "21"}, 0),
}


@pytest.mark.parametrize(("query", "count"), SELECTIONS.values(), ids=SELECTIONS.keys())
def test_channels_are_what_was_asked_for(
    client: TestClient, query: dict[str, str], count: int
) -> None:
    """204 where there is nothing."""
    answer = client.get(URL, params=TIMES | query)
    if count == 0:
        assert 204 == answer.status_code
        return

    assert count == len(stream(answer).merge())


def test_only_the_records_of_the_time_are_given(client: TestClient) -> None:
    """Whole records: some samples more on either side."""
    times = {"start": "2026-03-14T06:52:10", "end": "2026-03-14T06:52:11"}

    (found,) = stream(client.get(URL, params=times | {"sta": "A", "cha": "HNZ"}))

    assert found.stats.starttime <= START + 10
    assert found.stats.endtime >= START + 11
    assert found.stats.npts < 1_000


def test_the_longest_segment_alone(client: TestClient, holdings: Holdings) -> None:
    """Between gaps."""
    tomorrow = START + 86_400
    keep(holdings, trace(start=tomorrow), trace(start=tomorrow + 25, seconds=5))
    query = {"start": str(tomorrow), "end": str(tomorrow + 60)}

    every = stream(client.get(URL, params=query))
    (longest,) = stream(client.get(URL, params=query | {"longestonly": "true"}))

    assert 2 == len(every)
    assert (tomorrow, 2_000) == (longest.stats.starttime, longest.stats.npts)


def test_a_list_of_channels_is_answered_at_once(client: TestClient) -> None:
    """By POST; a record that two lines ask for comes once."""
    line = "XX A 00 HNZ 2026-03-14T06:52:00 2026-03-14T06:52:30\n"
    body = "quality=B\n" + line + line + line.replace("A 00 HNZ", "B -- *")

    answer = client.post(URL, content=body)

    assert miniseed(trace()) == answer.content


SENSELESS = {
    "no time": ("", "starttime: is missing"),
    "half a time": ("start=2026-03-14", "endtime: is missing"),
    "no length": ("start=2026-03-14&end=2026-03-14", "later than starttime"),
    "another format": ("start=2026-03-14&end=2026-03-15&format=sac", "miniseed"),
}


@pytest.mark.parametrize(("query", "reason"), SENSELESS.values(), ids=SENSELESS.keys())
def test_a_query_without_sense_is_refused_with_its_reason(
    client: TestClient, query: str, reason: str
) -> None:
    """400 in plain text."""
    answer = client.get(f"{URL}?{query}")

    assert 400 == answer.status_code
    assert reason in answer.text


@pytest.mark.parametrize(
    ("body", "status", "reason"),
    [
        ("quality=B\n", 400, "has no line"),
        ("XX A 00 HNZ 2026-03-14T06:52:00\n", 400, "5 columns in place of 6"),
        ("XX A 00 HNZ 2026-03-14T06:52:00 later\n", 400, "'later' is no ISO 8601 time"),
        ("# " * 600_000, 413, "too long"),
    ],
    ids=["no line", "short line", "no time", "too long"],
)
def test_a_body_without_sense_is_refused_with_its_reason(
    client: TestClient, body: str, status: int, reason: str
) -> None:
    """400, or 413 where it is too long."""
    answer = client.post(URL, content=body)

    assert status == answer.status_code
    assert reason in answer.text


def test_too_much_at_once_is_413(client: TestClient, holdings: Holdings) -> None:
    """Known before the first byte is sent."""
    day = START + 2 * 86_400
    keep(holdings, trace(start=day, seconds=600))
    query = {"start": str(day), "end": str(day + 600)}

    answer = client.get(URL, params=query)

    assert 413 == answer.status_code
    assert f"more than {MOST_BYTES} bytes" in answer.text
