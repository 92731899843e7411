"""The repository over HTTP: cheap to look at, nothing beside it, open to every station."""

from pathlib import Path

import pytest
import uvicorn
from fastapi import FastAPI
from starlette.middleware.gzip import GZipMiddleware
from starlette.testclient import TestClient

from cloud.release.serve import updates_router
from cloud.web.headers import HeadersMiddleware
from cloud.web.reading import is_open
from edge.update import child
from tests.updates import Release


@pytest.fixture(autouse=True)
def _no_preflight(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child, "run_child", lambda *_: {})


def _app(folder: Path) -> FastAPI:
    app = FastAPI()
    app.add_middleware(GZipMiddleware, minimum_size=1_000)
    app.add_middleware(HeadersMiddleware)
    app.include_router(updates_router(folder))
    return app


def test_what_is_served_and_what_is_not(release: Release) -> None:
    """Metadata and targets; no draft, no log, no lock, nothing above the folder."""
    client = TestClient(_app(release.repository.folder))
    (model,) = (release.repository.targets / "models").iterdir()

    assert model.read_bytes() == client.get(f"/updates/targets/models/{model.name}").content
    for name in ("metadata/timestamp.json", "metadata/1.root.json", "metadata/2.models.json"):
        genuine = (release.repository.folder / name).read_bytes()
        assert genuine == client.get(f"/updates/{name}").content
    for name in (
        "audit.jsonl",
        ".lock",
        "staging/models.json",
        "metadata/models.json",
        "metadata/99.root.json",
        "metadata/..%2Faudit.jsonl",
        "metadata/timestamp.json.part",
        "targets/../audit.jsonl",
        "targets/models/..%2F..%2Faudit.jsonl",
        f"targets/models/{model.name}.part/..",
    ):
        assert 404 == client.get(f"/updates/{name}").status_code, name


def test_a_disk_that_fails_is_not_told_as_a_file_that_is_missing(release: Release) -> None:
    """A station takes a missing root for the end of the chain: it must hear of a fault."""
    (release.repository.metadata / "7.root.json").mkdir()
    client = TestClient(_app(release.repository.folder), raise_server_exceptions=False)

    assert 500 == client.get("/updates/metadata/7.root.json").status_code


def test_open_where_reading_needs_a_token() -> None:
    """Stations show no token; what is signed is no secret."""
    assert is_open("/updates/metadata/timestamp.json")
    assert not is_open("/updates")


@pytest.mark.parametrize("kind", ["metadata/timestamp.json", "metadata/9.root.json"])
async def test_an_answer_has_few_headers(release: Release, kind: str) -> None:
    """Every byte is paid for by somebody with a SIM card."""
    server = uvicorn.Config(_app(release.repository.folder))
    client = TestClient(server.app)  # type: ignore[arg-type]

    answer = client.get(f"/updates/{kind}")

    assert {"etag", "content-length", "content-type"} >= set(answer.headers)
