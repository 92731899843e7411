"""fdsnws-event gives what the query asks for, or says why not."""

import io

import obspy
import pytest
from obspy.io.quakeml.core import _validate
from starlette.testclient import TestClient

URL = "/fdsnws/event/1/query"


def ids(client: TestClient, query: str) -> list[str]:
    """Return the ids of the text answer to a query."""
    answer = client.get(f"{URL}?format=text&{query}")
    if answer.status_code == 204:
        return []
    assert 200 == answer.status_code, answer.text
    return [line.split("|")[0] for line in answer.text.splitlines()[1:]]


QUERIES = {
    "all, newest first": ("", "e5 e4 e3 e2 e1 e0"),
    "oldest first": ("orderby=time-asc", "e0 e1 e2 e3 e4 e5"),
    "by magnitude": ("orderby=magnitude&limit=2", "e5 e4"),
    "a page": ("limit=2&offset=3", "e3 e2"),
    "in time": ("starttime=2026-03-14T02:00:00&endtime=2026-03-14T03:30:00", "e3 e2"),
    "short names": ("start=2026-03-14T02:00:00&end=2026-03-14T03:30:00", "e3 e2"),
    "a day without hours": ("start=2026-03-15", ""),
    "names in capitals": ("StartTime=2026-03-14T04:30:00", "e5"),
    "by magnitude from to": ("minmag=4&maxmag=5", "e4 e3 e2"),
    "no magnitude fits none": ("maxmag=9&orderby=time-asc&limit=1", "e1"),
    "by type of magnitude": ("magtype=mpd&limit=1", "e5"),
    "another type": ("magtype=Mw", ""),
    "by depth": ("mindepth=10&maxdepth=15", "e3 e2"),
    "in a box": ("minlat=11.5&maxlat=13.5&minlon=-101&maxlon=-99", "e3 e2"),
    "in a box over 180 degrees": ("minlon=170&maxlon=-90&limit=1", "e5"),
    "outside": ("minlon=0", ""),
    "in a ring": ("lat=10&lon=-100&minradius=0.9&maxradius=2.1", "e2 e1"),
    "revised since": ("updatedafter=2026-03-14T04:00:30", "e5 e4"),
    "by id": ("eventid=e3", "e3"),
    "by QuakeML's id": ("eventid=smi:local/tremorkit/event/e3", "e3"),
    "an exercise, asked for": ("eventid=drill", "drill"),
    "a retracted one, asked for": ("eventid=gone", "gone"),
    "an unknown id": ("eventid=nobody", ""),
    "by catalogue": ("catalog=tremorkit&contributor=tremorkit&limit=1", "e5"),
    "another catalogue": ("catalog=ISC", ""),
    "another type of event": ("eventtype=explosion", ""),
}


@pytest.mark.parametrize(("query", "expected"), QUERIES.values(), ids=QUERIES.keys())
def test_the_answer_is_what_was_asked_for(client: TestClient, query: str, expected: str) -> None:
    """In the order that was asked for; neither retracted events nor exercises by themselves."""
    assert expected.split() == ids(client, query)


def test_the_document_is_valid_and_of_the_newest_revision(client: TestClient) -> None:
    """By QuakeML's schema; picks and arrivals where asked for."""
    answer = client.get(URL, params={"eventid": "e3", "includearrivals": "true"})
    (event,) = obspy.read_events(io.BytesIO(answer.content))
    (bare,) = obspy.read_events(io.BytesIO(client.get(URL, params={"eventid": "e3"}).content))

    assert "application/xml" == answer.headers["content-type"]
    assert _validate(io.BytesIO(answer.content))
    assert (4.5, "1") == (event.preferred_magnitude().mag, event.creation_info.version)
    assert (1, 0) == (len(event.picks), len(bare.picks))


def test_other_kinds_of_magnitude_come_only_where_asked_for(client: TestClient) -> None:
    """The standard's default is the preferred magnitude alone."""
    kinds = []
    for wanted in ("false", "true"):
        answer = client.get(URL, params={"eventid": "e3", "includeallmagnitudes": wanted})
        (event,) = obspy.read_events(io.BytesIO(answer.content))
        assert "Mpd" == event.preferred_magnitude().magnitude_type
        kinds.append([each.magnitude_type for each in event.magnitudes])

    assert [["Mpd"], ["Mpd", "ML"]] == kinds


SENSELESS = {
    "unknown parameter": ("minmagnitud=3", "minmagnitud: unknown parameter"),
    "doubled parameter": ("minmag=3&minmag=4", "given twice"),
    "no number": ("minmag=big", "minmag: Input should be a valid number"),
    "not finite": ("minmag=nan", "finite"),
    "no time": ("start=yesterday", "'yesterday' is no ISO 8601 time"),
    "time the wrong way": ("start=2026-03-15&end=2026-03-14", "later"),
    "beyond the pole": ("minlat=-91", "minlat"),
    "box upside down": ("minlat=5&maxlat=4", "greater"),
    "half a centre": ("lat=5", "give both or neither"),
    "radius without a centre": ("maxradius=5", "needs latitude"),
    "another format": ("format=json", "xml"),
    "no limit": ("limit=0", "limit"),
    "another nodata": ("nodata=500", "nodata"),
}


@pytest.mark.parametrize(("query", "reason"), SENSELESS.values(), ids=SENSELESS.keys())
def test_a_query_without_sense_is_refused_with_its_reason(
    client: TestClient, query: str, reason: str
) -> None:
    """400, in plain text, with the request and the version."""
    answer = client.get(f"{URL}?{query}")

    assert 400 == answer.status_code
    assert answer.text.startswith("Error 400: Bad Request")
    assert reason in answer.text
    assert query.split("=", maxsplit=1)[0] in answer.text.partition("Request:")[2]


def test_no_data_is_204_or_as_wished(client: TestClient) -> None:
    """Without a body, or 404 with one."""
    silent = client.get(f"{URL}?minmag=9")
    told = client.get(f"{URL}?minmag=9&nodata=404")

    assert (204, b"") == (silent.status_code, silent.content)
    assert 404 == told.status_code
    assert "Error 404" in told.text


def test_too_much_at_once_is_413(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """The answer says to set a limit; with one, it is given."""
    monkeypatch.setattr("cloud.fdsnws.event.MOST_EVENTS", 3)

    answer = client.get(URL)

    assert 413 == answer.status_code
    assert "set a limit" in answer.text
    assert 3 == len(ids(client, "limit=3"))
