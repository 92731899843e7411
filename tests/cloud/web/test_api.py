"""The read-only API."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from cloud.board import Board
from cloud.web import WebConfig, create_app
from edge.messages import Event, Trigger
from edge.timestamps import seconds_to_ns
from tests.cloud.scene import STATIONS, Scene


@pytest.fixture
def client(board: Board, scene: Scene, tmp_path: Path) -> Iterator[TestClient]:
    """Return a client of an application whose page is not built."""
    with TestClient(create_app(board, scene.clock, WebConfig(static=tmp_path))) as client:
        yield client


def test_the_snapshot_is_the_whole_picture(client: TestClient, board: Board, scene: Scene) -> None:
    """Everything that the screen shows comes in one answer, with the data clock."""
    scene.shake(board, 40)

    snapshot = client.get("/api/v1/snapshot").json()

    assert snapshot["full"]
    assert "2026-03-14T06:52:13.250000Z" == snapshot["now"]
    assert len(STATIONS) == len(snapshot["stations"])
    assert 5.1 == snapshot["events"][0]["magnitude"]


def test_stations_are_sorted_by_name(client: TestClient) -> None:
    """A program finds a station where it was the last time."""
    names = [station["id"] for station in client.get("/api/v1/stations").json()]

    assert sorted(f"MX.{code}" for code in STATIONS) == names


def test_triggers_come_newest_first_and_in_the_wire_form(
    client: TestClient, board: Board, scene: Scene
) -> None:
    """A trigger of the API is the trigger of the broker."""
    scene.shake(board, 40)

    answers = client.get("/api/v1/triggers", params={"limit": 3}).json()
    onsets = [Trigger.model_validate(answer).onset for answer in answers]

    assert 3 == len(onsets)
    assert sorted(onsets, reverse=True) == onsets


def test_events_come_in_the_wire_form(client: TestClient, board: Board, scene: Scene) -> None:
    """An event of the API is the event of the broker."""
    scene.shake(board, 40)

    (answer,) = client.get("/api/v1/events").json()

    assert board.picture().events[0].id == Event.model_validate(answer).id
    assert 24.0 == answer["depth_km"]


def test_the_history_of_a_station(client: TestClient) -> None:
    """The points of the chart, and a clear word about a station that does not exist."""
    (point,) = client.get("/api/v1/stations/MX.001/history").json()
    missing = client.get("/api/v1/stations/MX.999/history")

    assert {"time", "noise_m_s2", "latency_s", "clock_error_s", "temperature_c"} == set(point)
    assert 404 == missing.status_code
    assert "no station 'MX.999'; /api/v1/stations lists them" == missing.json()["detail"]


@pytest.mark.parametrize("limit", ["0", "-1", "1001", "all"])
def test_a_senseless_limit_is_refused(client: TestClient, limit: str) -> None:
    """A limit out of range is an error of the caller, not of the server."""
    assert 422 == client.get("/api/v1/events", params={"limit": limit}).status_code


def test_time_passes_between_two_questions(client: TestClient, board: Board, scene: Scene) -> None:
    """Without any message, a later answer finds silent stations offline."""
    scene.now_ns += seconds_to_ns(60)

    conditions = {station["condition"] for station in client.get("/api/v1/stations").json()}

    assert {"offline"} == conditions


def test_a_service_manager_is_answered(client: TestClient, board: Board) -> None:
    """The check says that the loop turns, how far the picture is, and if there is a page."""
    answer = client.get("/healthz").json()

    assert ("ok", board.sequence, False) == (answer["status"], answer["sequence"], answer["page"])


def test_the_api_describes_itself(client: TestClient) -> None:
    """OpenAPI names every route and its answer; no page loads scripts from elsewhere."""
    paths = client.get("/api/v1/openapi.json").json()["paths"]

    expected = {
        "/api/v1/snapshot",
        "/api/v1/stations",
        "/api/v1/stations/{station}",
        "/api/v1/stations/{station}/history",
        "/api/v1/events",
        "/api/v1/triggers",
        "/api/v1/stream",
        "/healthz",
    }
    assert expected == set(paths)
    assert 404 == client.get("/docs").status_code


def test_nothing_can_be_changed(client: TestClient) -> None:
    """The API reads only."""
    for path in ("/", "/api/v1/snapshot", "/api/v1/events", "/healthz"):
        assert 405 == client.post(path).status_code, path


def test_large_answers_are_compressed(client: TestClient) -> None:
    """A thousand stations must fit a thin line."""
    assert "gzip" == client.get("/api/v1/snapshot").headers["Content-Encoding"]
