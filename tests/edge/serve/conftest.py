"""A SeedLink server on loopback."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager

import pytest

from edge.config import StationSection
from edge.serve.config import SeedLinkServerConfig
from edge.serve.seedlink_server import SeedLinkServer
from tests.edge.archive.streams import STATION, source

Serve = Callable[..., AbstractAsyncContextManager[SeedLinkServer]]


async def until_asked(server: SeedLinkServer) -> None:
    """Wait until a client is under way, so that what comes next is new to it."""
    while not any(session.under_way for session in server.sessions):  # noqa: ASYNC110 - its state
        await asyncio.sleep(0.005)


@pytest.fixture
def serve() -> Serve:
    """Return a context that runs a server on a free port."""

    @contextlib.asynccontextmanager
    async def run(
        station: StationSection = STATION, **settings: object
    ) -> AsyncIterator[SeedLinkServer]:
        config = SeedLinkServerConfig.model_validate({"port": 0, **settings})
        server = SeedLinkServer(config, station, source())
        task = asyncio.create_task(server.run())
        await server.listening.wait()
        try:
            yield server
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    return run
