"""Events with their revisions and documents, from the database."""

import io
from collections.abc import Iterator
from pathlib import Path

import obspy
import pytest
from lxml import etree
from starlette.testclient import TestClient

from cloud.board import Board
from cloud.config import ServiceConfig
from cloud.holdings import open_holdings
from cloud.store.deliveries import DeliveryLog
from cloud.web import Behind, WebConfig, create_app
from edge.messages import EventStatus
from tests.cloud.fdsnws.conftest import quake


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """Return a client of an application that remembers one event and one delivery."""
    folder = tmp_path_factory.mktemp("centre")
    with open_holdings(ServiceConfig(state_dir=folder)) as holdings:
        for revision, status in enumerate((EventStatus.PRELIMINARY, EventStatus.DECLARED)):
            holdings.store.save(quake(1, revision=revision, status=status), 0)
        DeliveryLog(holdings.store.engine).begin("home", "e1", 1, 5_000)
        behind = Behind(holdings.store, holdings.keeper, holdings.waveforms, 1_000_000)
        app = create_app(Board(), lambda: 0, WebConfig(static=Path("nowhere")), behind)
        with TestClient(app) as made:
            yield made


def test_all_revisions_of_an_event(client: TestClient) -> None:
    """Oldest first, in the wire form."""
    answer = client.get("/api/v1/events/e1").json()

    assert [(0, "preliminary"), (1, "declared")] == [
        (one["revision"], one["status"]) for one in answer
    ]


def test_an_event_as_quakeml(client: TestClient) -> None:
    """The newest revision, or one that is asked for."""
    versions = []
    for query in ("", "?revision=0"):
        answer = client.get(f"/api/v1/events/e1/quakeml{query}")
        (event,) = obspy.read_events(io.BytesIO(answer.content))
        versions.append(event.creation_info.version)

    assert ["1", "0"] == versions


def test_an_event_as_cap(client: TestClient) -> None:
    """Each revision has its message."""
    kinds = []
    for query in ("", "?revision=0"):
        answer = client.get(f"/api/v1/events/e1/cap{query}")
        kinds.append(etree.fromstring(answer.content).findtext("{*}msgType"))

    assert ["Update", "Alert"] == kinds
    assert "application/cap+xml" == answer.headers["content-type"]


@pytest.mark.parametrize("path", ["e2", "e1/quakeml?revision=7", "e2/cap", "e1/cap?revision=9"])
def test_what_there_is_not_is_said(client: TestClient, path: str) -> None:
    """404, and where to look."""
    answer = client.get(f"/api/v1/events/{path}")

    assert 404 == answer.status_code
    assert "/api/v1/events lists them" in answer.json()["detail"]


@pytest.mark.parametrize("revision", ["-1", "x", str(2**31)])
def test_a_revision_that_makes_no_sense_is_refused(client: TestClient, revision: str) -> None:
    """Before the database is asked."""
    assert 422 == client.get(f"/api/v1/events/e1/cap?revision={revision}").status_code


def test_what_was_told_to_whom(client: TestClient) -> None:
    """The delivery log, with times as everywhere."""
    (answer,) = client.get("/api/v1/deliveries").json()

    assert ("home", "e1", 1, "waiting") == tuple(
        answer[name] for name in ("rule", "event_id", "revision", "status")
    )
    assert "1970-01-01T00:00:00.000005Z" == answer["created"]


def test_the_service_manager_is_told_of_the_database(client: TestClient) -> None:
    """Whether it takes messages, and how many wait."""
    store = client.get("/healthz").json()["store"]

    assert {"away": False, "waiting": 0, "durable": True, "lost": 0, "refused": 0} == store
