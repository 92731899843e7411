"""What stations are to run and their enrolment, over the API."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from cloud.board import Board
from cloud.board.wanted import Assigned, Wanted
from cloud.config import ServiceConfig
from cloud.enrolment.registry import Registry
from cloud.holdings import Holdings, open_holdings
from cloud.web import Behind, create_app
from edge.messages.update import UpdateModel, UpdateReport
from edge.timestamps import seconds_to_ns
from edge.update.targets import Kind
from tests.cloud.scene import OFFLINE, STATIONS, Scene, state

SHA = "ab" * 32


@pytest.fixture
def holdings(tmp_path: Path) -> Iterator[Holdings]:
    """Return the disks of a centre."""
    with open_holdings(ServiceConfig(state_dir=tmp_path)) as made:
        yield made


@pytest.fixture
def client(board: Board, scene: Scene, holdings: Holdings) -> Iterator[TestClient]:
    """Return a client of a centre whose canary is in the shadow since twelve minutes."""
    since_ns = scene.now_ns - seconds_to_ns(720)
    candidate = UpdateModel(
        name="quake_cnn", version=2, sha256=SHA, rollout_id="r-2", since=since_ns
    )
    update = UpdateReport(
        ring="canary", phase="shadow", candidate=candidate, figures={"firings": 3.0}
    )
    for code in ("001", OFFLINE):
        board.on_state(state(code, online=code != OFFLINE, update=update), scene.now_ns)
    assigned = Assigned(
        Kind.MODEL, "quake_cnn 2", frozenset({SHA}), "canary", "r-2", since_ns - 1_000_000
    )
    board.want(Wanted({("canary", Kind.MODEL): assigned}))
    behind = Behind(holdings.store, holdings.keeper, holdings.waveforms, 1_000_000)
    with TestClient(create_app(board, scene.clock, behind=behind)) as client:
        yield client


def test_every_station_has_its_twin_in_words(client: TestClient) -> None:
    """Page by page; a silent one is said to be silent, one without updates has none."""
    found = client.get("/api/v1/twins").json()
    words = {one["station"]: one["words"] for one in found}
    behind = client.get("/api/v1/twins?after=MX.014&limit=1").json()

    assert len(STATIONS) == len(found)
    assert {"model": "on its way: shadow, 12 min"} == words["MX.001"]
    assert {"model": "silent: on its way"} == words[f"MX.{OFFLINE}"]
    assert ({}, None) == (words["MX.002"], found[1]["twin"])
    assert ["MX.015"] == [one["station"] for one in behind]


def test_one_station_says_all_that_it_knows(client: TestClient) -> None:
    """Desired and reported beside each other, figures and all; a clear word where it is unknown."""
    found = client.get("/api/v1/stations/MX.001/twin").json()
    missing = client.get("/api/v1/stations/MX.999/twin")
    (kind,) = found["kinds"]

    assert "canary" == found["ring"]
    assert ("quake_cnn 2", "tremor_stream 1") == (
        kind["desired"]["wanted"],
        kind["desired"]["running"],
    )
    assert {"firings": 3.0} == kind["reported"]["figures"]
    assert "on its way: shadow, 12 min" == kind["words"]
    assert (404, "no station 'MX.999'; /api/v1/stations lists them") == (
        missing.status_code,
        missing.json()["detail"],
    )


def test_what_is_assigned_is_listed(client: TestClient) -> None:
    """By ring and kind."""
    (one,) = client.get("/api/v1/assignments").json()

    assert ("canary", "model", "quake_cnn 2", [SHA], []) == (
        one["ring"],
        one["kind"],
        one["what"],
        one["sha256"],
        one["leaving"],
    )


def test_tokens_that_wait_are_listed_without_their_secret(
    client: TestClient, holdings: Holdings, scene: Scene
) -> None:
    """With their end; a filter by how stations stand."""
    until_ns = scene.now_ns + seconds_to_ns(86_400)
    token = Registry(holdings.store.engine).add(("MX", "099"), scene.now_ns, until_ns)
    answer = client.get("/api/v1/enrolments")

    assert [("099", "waiting")] == [(one["station"], one["standing"]) for one in answer.json()]
    assert token.partition(".")[2] not in answer.text
    assert [] == client.get("/api/v1/enrolments?standing=enrolled").json()
    assert 422 == client.get("/api/v1/enrolments?standing=bored").status_code
