"""A real HTTP server on loopback that others listen with, and a centre's webhooks."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from cloud.store import Store
from cloud.traveltimes import travel_times
from cloud.velocity import iasp91
from cloud.webhooks import Rule, Webhooks, WebhooksConfig
from edge.dataclock import LIVE


class Listener:
    """An HTTP server that answers as it is told and keeps what it heard.

    Attributes:
        statuses: Answers to the next requests; 200 when there are no more. None hangs up.
        heard: Path, headers and JSON of every request that was answered.
    """

    def __init__(self) -> None:
        self.statuses: list[int | None] = []
        self.heard: list[tuple[str, dict[str, str], Any]] = []
        self.port = 0

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode().splitlines()
        headers = dict(line.lower().split(": ", 1) for line in head[1:] if ": " in line)
        body = await reader.readexactly(int(headers["content-length"]))
        status = self.statuses.pop(0) if self.statuses else 200
        if status is not None:
            self.heard.append((head[0].split()[1], headers, json.loads(body)))
            answer = f"HTTP/1.1 {status} Well\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            writer.write(answer.encode())
            await writer.drain()
        writer.close()
        await writer.wait_closed()


@pytest.fixture
async def listener() -> AsyncIterator[Listener]:
    """Run a listener."""
    made = Listener()
    server = await asyncio.start_server(made.answer, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    yield made
    server.close()
    await server.wait_closed()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Return an empty database."""
    made = Store(tmp_path / "centre.sqlite")
    yield made
    made.close()


@asynccontextmanager
async def telling(store: Store, *rules: Rule, give_up_s: float = 60.0) -> AsyncIterator[Webhooks]:
    """Run the webhooks of a centre, with short waits between tries."""
    config = WebhooksConfig(
        rules=rules,
        timeout_s=2,
        retry_initial_s=0.05,
        retry_max_s=0.1,
        give_up_s=give_up_s,
    )
    webhooks = Webhooks(config, store, travel_times(iasp91()), LIVE)
    stop = asyncio.Event()
    task = asyncio.create_task(webhooks.run(stop))
    yield webhooks
    stop.set()
    await task


async def until(condition: Callable[[], bool]) -> None:
    """Wait until something holds."""
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 - conditions of other people's parts
            await asyncio.sleep(0.02)
