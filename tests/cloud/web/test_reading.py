"""A centre that reads by token shows nothing without one."""

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from cloud.board import Board
from cloud.config import ServiceConfig
from cloud.holdings import open_holdings
from cloud.store.tokens import Tokens
from cloud.web import Behind, WebConfig, create_app
from cloud.web.reading import shown_tokens


@pytest.fixture(scope="module")
def centre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[TestClient, str]]:
    """Return a client of an application that wants a token, and a token."""
    folder = tmp_path_factory.mktemp("centre")
    with open_holdings(ServiceConfig(state_dir=folder)) as holdings:
        token = Tokens(holdings.store.engine).add("wall", 0)
        behind = Behind(holdings.store, holdings.keeper, holdings.waveforms, 1_000_000)
        config = WebConfig(static=Path("nowhere"), reading="token")
        with TestClient(create_app(Board(), lambda: 0, config, behind)) as client:
            yield client, token


CLOSED = (
    "/",
    "/api/v1/snapshot",
    "/api/v1/stream",
    "/api/v1/events/e1/cap",
    "/api/v1/openapi.json",
    "/assets/x.js",
    "/fdsnws/event/1/query",
    "/fdsnws/dataselect/1/query?start=2020-01-01&end=2020-01-02",
    "/nothing",
)


@pytest.mark.parametrize("path", CLOSED)
def test_without_a_token_nothing_is_shown(centre: tuple[TestClient, str], path: str) -> None:
    """A browser is told how to ask its user for one."""
    client, _ = centre
    answers = [
        client.get(path, headers=headers)
        for headers in ({}, {"Authorization": "Bearer no"}, {"Authorization": "Basic =="})
    ]

    assert {401} == {answer.status_code for answer in answers}
    assert answers[0].headers["www-authenticate"].startswith("Basic")
    assert "nosniff" == answers[0].headers["x-content-type-options"]


def test_with_a_token_everything_is(centre: tuple[TestClient, str]) -> None:
    """As a bearer, and as the password of any user."""
    client, token = centre
    basic = base64.b64encode(f"anybody:{token}".encode()).decode()

    for value in (f"Bearer {token}", f"bearer {token}", f"Basic {basic}"):
        answer = client.get("/api/v1/snapshot", headers={"Authorization": value})

        assert 200 == answer.status_code


@pytest.mark.parametrize(
    "path",
    [
        "/healthz",
        "/fdsnws/event/1/version",
        "/fdsnws/station/1/application.wadl",
        "/fdsnws/event/1/",
    ],
)
def test_what_tells_nothing_of_the_network_is_open(
    centre: tuple[TestClient, str], path: str
) -> None:
    """For a service manager, and for clients that look for services first."""
    client, _ = centre

    assert 200 == client.get(path).status_code


def test_what_comes_over_the_network_is_read_with_care() -> None:
    """Nothing of it raises."""
    headers = ["Bearer", "Basic \xff", "Basic " + "A" * 1_000, "Negotiate x", "", "Basic Zm9v"]

    assert ["", ""] == list(shown_tokens(headers))


def test_tokens_need_a_database() -> None:
    """An application without one cannot know who may read."""
    with pytest.raises(ValueError, match="needs the database"):
        create_app(Board(), lambda: 0, WebConfig(reading="token"))
