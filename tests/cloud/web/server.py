"""A real web server on loopback, started and stopped as the service does it."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import uvicorn

from cloud.board import Board
from cloud.web import Behind, WebConfig, create_app


@dataclass
class Served:
    """A web server that runs."""

    url: str
    port: int
    stop: Callable[[], Awaitable[None]]


@asynccontextmanager
async def serve(
    board: Board,
    clock: Callable[[], int],
    config: WebConfig | None = None,
    port: int = 0,
    behind: Behind | None = None,
) -> AsyncIterator[Served]:
    """Run uvicorn on loopback as the service does, and stop it as the service does."""
    listener = socket.create_server(("127.0.0.1", port))
    port = listener.getsockname()[1]
    settings = uvicorn.Config(
        create_app(board, clock, config, behind),
        log_level="warning",
        lifespan="off",
        ws="none",
        timeout_graceful_shutdown=2,
    )
    server = uvicorn.Server(settings)
    running = asyncio.create_task(server.serve(sockets=[listener]))
    while not server.started:  # noqa: ASYNC110 - uvicorn offers no event to wait for
        await asyncio.sleep(0.01)

    async def stop() -> None:
        board.close()
        server.should_exit = True
        await running
        listener.close()

    try:
        yield Served(url=f"http://127.0.0.1:{port}", port=port, stop=stop)
    finally:
        if not running.done():
            await stop()
