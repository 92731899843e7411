"""The page as files: where it comes from, what it may load, what is said when it is missing."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from cloud.board import Board
from cloud.web import WebConfig, create_app
from tests.cloud.scene import Scene

FORBIDDEN = ("https://", "http://", "//cdn", "data:text/javascript")


@pytest.fixture
def client(board: Board, scene: Scene, built_page: Path) -> Iterator[TestClient]:
    """Return a client of an application with the built page."""
    with TestClient(create_app(board, scene.clock, WebConfig(static=built_page))) as client:
        yield client


def test_the_page_is_served_and_not_kept(client: TestClient) -> None:
    """A new version of the page appears with the next load."""
    answer = client.get("/")

    assert 200 == answer.status_code
    assert "text/html; charset=utf-8" == answer.headers["Content-Type"]
    assert "no-cache" == answer.headers["Cache-Control"]


def test_files_with_a_hash_in_their_name_are_kept(client: TestClient, built_page: Path) -> None:
    """The browser asks once for what can never change."""
    for file in (built_page / "assets").iterdir():
        answer = client.get(f"/assets/{file.name}")

        assert 200 == answer.status_code
        assert "immutable" in answer.headers["Cache-Control"], file.name


def test_the_page_refers_to_its_own_server_only(built_page: Path) -> None:
    """No tag and no style of the built page names another host."""
    page = (built_page / "index.html").read_text()
    references = re.findall(r'(?:src|href)="([^"]+)"', page)
    for style in (built_page / "assets").glob("*.css"):
        references += re.findall(r"url\(([^)]+)\)", style.read_text())

    assert len(references) > 5
    assert [] == [ref for ref in references if ref.startswith(FORBIDDEN)]
    assert [] == [ref for ref in references if not ref.startswith(("/assets/", "/api/v1/", "#"))]


def test_every_file_of_the_page_exists(client: TestClient) -> None:
    """Whatever file the page names, its server has."""
    references = re.findall(r'(?:src|href)="(/assets/[^"]+)"', client.get("/").text)

    assert len(references) > 2
    assert {200} == {client.get(reference).status_code for reference in references}


def test_the_policy_allows_this_server_only(client: TestClient) -> None:
    """Every answer, even an error, forbids scripts, styles and connections to elsewhere."""
    for path in ("/", "/api/v1/snapshot", "/assets/none.js", "/none"):
        policy = client.get(path).headers["Content-Security-Policy"]

        assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'")
        assert "unsafe" not in policy
        assert "http" not in policy


@pytest.mark.parametrize(
    "path",
    [
        "/assets/../index.html",
        "/assets/%2e%2e/index.html",
        "/assets/..%2findex.html",
        "/assets/.hidden",
        "/assets/",
        "/build.sha256",
        "/static/index.html",
    ],
)
def test_nothing_outside_the_assets_is_served(client: TestClient, path: str) -> None:
    """A name that climbs out of the folder finds nothing."""
    assert 404 == client.get(path, follow_redirects=False).status_code


def test_a_page_that_is_not_built_says_how_to_build_it(
    board: Board, scene: Scene, tmp_path: Path
) -> None:
    """The aggregator runs without its page, and the browser is told the command."""
    with TestClient(create_app(board, scene.clock, WebConfig(static=tmp_path))) as client:
        missing = client.get("/")
        (tmp_path / "index.html").write_text("<!doctype html>built")
        built = client.get("/")

    assert 503 == missing.status_code
    assert "python cloud/dashboard/build.py" in missing.text
    assert (200, "<!doctype html>built") == (built.status_code, built.text)


def test_licences_of_what_is_bundled_travel_with_it(built_page: Path) -> None:
    """Leaflet, uPlot, topojson, the atlas and the font: each with its licence."""
    texts = (built_page / "licences.md").read_text()

    for name in ("leaflet", "uplot", "topojson-client", "world-atlas", "Inter"):
        assert name in texts
