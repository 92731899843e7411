"""The repository over HTTP: cheap to look at, nothing beside it, open to every station."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
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
from edge.update.fetch import HttpFetcher, Limits
from edge.update.updater import UpdateRun
from tests.edge.update.field import served
from tests.updates import Release, station_config


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


class Wire:
    """A line between station and centre that counts bytes, in both directions."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.bytes = 0

    @asynccontextmanager
    async def open(self) -> AsyncIterator[int]:
        """Listen; yield the port."""
        server = await asyncio.start_server(self._join, "127.0.0.1", 0)
        async with server:
            yield server.sockets[0].getsockname()[1]

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.port)
        await asyncio.gather(self._pump(reader, far_writer), self._pump(far_reader, writer))

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while chunk := await reader.read(65_536):
            self.bytes += len(chunk)
            writer.write(chunk)
        writer.close()


@asynccontextmanager
async def _line(folder: Path) -> AsyncIterator[tuple[str, Wire]]:
    async with served(folder) as url:
        wire = Wire(int(url.rsplit(":", 1)[1].partition("/")[0]))
        async with wire.open() as port:
            yield f"http://127.0.0.1:{port}/updates/", wire


async def test_what_a_look_costs_on_the_wire(release: Release, tmp_path: Path) -> None:
    """Idle: one request, at most 500 bytes there and back with all headers; first: at most 8."""
    config = station_config(tmp_path, release.root)
    async with _line(release.repository.folder) as (url, wire):

        def look() -> tuple[int, bool]:
            fetcher = HttpFetcher(Limits(60.0))
            report = UpdateRun(config, url, fetcher).run()
            fetcher.close()
            return report.requests, report.unchanged

        first = await asyncio.to_thread(look)
        first_bytes, wire.bytes = wire.bytes, 0
        idle = await asyncio.to_thread(look)

    assert (8, False) >= first
    assert (1, True) == idle
    assert 500 >= wire.bytes
    (model,) = (release.repository.targets / "models").iterdir()
    assert 15_000 >= first_bytes - model.stat().st_size


async def test_a_daily_signature_costs_two_requests(release: Release, tmp_path: Path) -> None:
    """The timestamp is another, all else is as it was."""
    config = station_config(tmp_path, release.root)
    async with _line(release.repository.folder) as (url, _):

        def look() -> int:
            fetcher = HttpFetcher(Limits(60.0))
            report = UpdateRun(config, url, fetcher).run()
            fetcher.close()
            return report.requests

        await asyncio.to_thread(look)
        timestamp = release.repository.published("timestamp")
        assert timestamp is not None
        timestamp.signed.version += 1
        timestamp.sign(release.centre.signer)
        release.repository.publish("timestamp", timestamp)
        daily = await asyncio.to_thread(look)

    assert 2 + 1 >= daily


@pytest.mark.parametrize("kind", ["metadata/timestamp.json", "metadata/9.root.json"])
async def test_an_answer_has_few_headers(release: Release, kind: str) -> None:
    """Every byte is paid for by somebody with a SIM card."""
    server = uvicorn.Config(_app(release.repository.folder))
    client = TestClient(server.app)  # type: ignore[arg-type]

    answer = client.get(f"/updates/{kind}")

    assert {"etag", "content-length", "content-type"} >= set(answer.headers)
