"""Server-sent events over a real server: whole picture, changes, heartbeat, coming back."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest

from cloud.board import Board, BoardConfig
from cloud.web import WebConfig
from cloud.web.stream import resume_from
from tests.cloud.scene import Scene, health, trigger
from tests.cloud.web.server import serve

FAST = WebConfig(heartbeat_s=0.05, gather_s=0.0, tick_s=0.02)


async def _messages(response: httpx2.Response) -> AsyncIterator[dict[str, Any]]:
    """Yield the messages of a stream as the browser would see them."""
    message: dict[str, Any] = {}
    async for line in response.aiter_lines():
        if line == "":
            if "data" in message:
                yield message
            message = {}
            continue
        name, _, value = line.partition(": ")
        message[name] = json.loads(value) if name == "data" else value


async def _next(messages: AsyncIterator[dict[str, Any]], kind: str) -> dict[str, Any]:
    async with asyncio.timeout(10):
        async for message in messages:
            if message["event"] == kind:
                return message
    raise AssertionError(f"the stream ended before a {kind!r}")


async def test_the_whole_picture_comes_first_then_the_changes(board: Board, scene: Scene) -> None:
    """A trigger that comes in later reaches an open stream."""
    async with (
        serve(board, scene.clock, FAST) as served,
        httpx2.AsyncClient() as client,
        client.stream("GET", f"{served.url}/api/v1/stream") as response,
    ):
        messages = _messages(response)
        first = await _next(messages, "picture")
        board.on_trigger(trigger("002"), scene.now_ns)
        second = await _next(messages, "picture")

    assert "text/event-stream" in response.headers["Content-Type"]
    assert first["data"]["full"]
    assert not second["data"]["full"]
    assert [trigger("002").id] == [found["id"] for found in second["data"]["triggers"]]


async def test_a_quiet_stream_beats(board: Board, scene: Scene) -> None:
    """Where nothing happens the data clock still comes, so that silence means trouble."""
    async with (
        serve(board, scene.clock, FAST) as served,
        httpx2.AsyncClient() as client,
        client.stream("GET", f"{served.url}/api/v1/stream") as response,
    ):
        beat = await _next(_messages(response), "clock")

    assert {"now": "2026-03-14T06:51:03.250000Z", "speed": 1.0} == beat["data"]


@pytest.mark.parametrize("how", ["header", "query"])
async def test_who_comes_back_gets_only_what_he_missed(
    board: Board, scene: Scene, how: str
) -> None:
    """The id of the last message goes back to the server, as the browser sends it or in the URL."""
    seen = f"{board.instance}-{board.sequence}"
    board.on_health(health("003", scene.now_ns + 1), scene.now_ns)
    asked: dict[str, Any] = {
        "header": {"headers": {"Last-Event-ID": seen}},
        "query": {"params": {"since": seen}},
    }[how]

    async with (
        serve(board, scene.clock, FAST) as served,
        httpx2.AsyncClient() as client,
        client.stream("GET", f"{served.url}/api/v1/stream", **asked) as response,
    ):
        first = await _next(_messages(response), "picture")

    assert not first["data"]["full"]
    assert ["MX.003"] == [station["id"] for station in first["data"]["stations"]]


@pytest.mark.parametrize(
    "seen",
    [
        pytest.param(None, id="nothing"),
        pytest.param("", id="empty"),
        pytest.param("00000000-3", id="another instance"),
        pytest.param("{instance}", id="no number"),
        pytest.param("{instance}--3", id="negative"),
        pytest.param("{instance}-3; DROP", id="nonsense after it"),
        pytest.param("{instance}-٣", id="digits of another script"),
    ],
)
def test_an_id_of_another_life_means_everything(seen: str | None) -> None:
    """After a restart, or from nonsense, the picture is sent whole."""
    board = Board()
    text = seen.format(instance=board.instance) if seen is not None else None

    assert resume_from(text, board) is None


def test_a_good_id_is_taken_up() -> None:
    """The number after the instance is where to go on."""
    board = Board()

    assert 17 == resume_from(f"{board.instance}-17", board)


async def test_closing_the_board_ends_every_stream(board: Board, scene: Scene) -> None:
    """A service that stops is not held up by the browsers that watch."""
    async with (
        serve(board, scene.clock, FAST) as served,
        httpx2.AsyncClient() as client,
        client.stream("GET", f"{served.url}/api/v1/stream") as response,
    ):
        messages = _messages(response)
        await _next(messages, "picture")
        async with asyncio.timeout(10):
            await served.stop()
        rest = [message async for message in messages]

    assert all(message["event"] == "clock" for message in rest)


async def test_a_silent_browser_does_not_hold_up_the_others(scene: Scene) -> None:
    """One connection that is never read costs the others nothing, and bounded memory."""
    board = Board(BoardConfig())
    scene.fill(board)
    async with serve(board, scene.clock, FAST) as served, httpx2.AsyncClient() as client:
        _, writer = await asyncio.open_connection("127.0.0.1", served.port)
        writer.write(b"GET /api/v1/stream HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        await writer.drain()
        async with client.stream("GET", f"{served.url}/api/v1/stream") as response:
            messages = _messages(response)
            await _next(messages, "picture")
            for revision in range(1, 400):
                board.on_trigger(trigger("002", revision=revision), scene.now_ns)
                await asyncio.sleep(0)
            last = 0
            while last < 399:
                picture = await _next(messages, "picture")
                last = picture["data"]["triggers"][-1]["revision"]
        writer.close()

    assert 399 == last


async def test_a_browser_that_never_reads_does_not_hold_up_the_end(scene: Scene) -> None:
    """Its connection is full to the brim, and still the server stops within its grace."""
    board = Board(BoardConfig(triggers=5_000))
    async with serve(board, scene.clock, FAST) as served:
        reader, writer = await asyncio.open_connection("127.0.0.1", served.port, limit=1_024)
        reader._transport.pause_reading()
        writer.write(b"GET /api/v1/stream HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        for round_number in range(40):
            for number in range(250):
                name = f"{round_number}-{number}"
                board.on_trigger(trigger("002", id=name), scene.now_ns)
            await asyncio.sleep(0.02)
        async with asyncio.timeout(20):
            await served.stop()
        writer.close()

    assert board.closed


async def test_more_streams_than_the_limit_are_refused(board: Board, scene: Scene) -> None:
    """A crowd of browsers is bounded; a place that becomes free is given away again."""
    config = WebConfig(heartbeat_s=0.05, gather_s=0.0, tick_s=0.02, streams=1)
    async with serve(board, scene.clock, config) as served, httpx2.AsyncClient() as client:
        url = f"{served.url}/api/v1/stream"
        async with client.stream("GET", url) as response:
            await _next(_messages(response), "picture")
            refused = await client.get(url)
        async with asyncio.timeout(10):
            while True:
                async with client.stream("GET", url) as again:
                    if again.status_code == 200:
                        await _next(_messages(again), "picture")
                        break
                await asyncio.sleep(0.01)

    assert (503, "1") == (refused.status_code, refused.headers["Retry-After"])
    assert "1 streams are open" in refused.json()["detail"]
