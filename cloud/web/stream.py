"""Server-sent events: the whole picture first, then what changes, and a heartbeat.

Each picture's id is `<instance>-<sequence>`. A browser that comes back says the last one it saw
(`Last-Event-ID`), and gets the changes since; after a restart of the aggregator, the whole.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Callable

from sse_starlette.event import ServerSentEvent

from cloud.board import Board
from cloud.board.picture import Clock, Picture
from cloud.web.config import WebConfig

RETRY_MS = 1_000
"""How long a browser waits before it comes back, milliseconds."""

_EVENT_ID = re.compile(r"(?P<instance>[0-9a-f]{1,32})-(?P<sequence>[0-9]{1,15})", re.ASCII)


def resume_from(last_event_id: str | None, board: Board) -> int | None:
    """Return the sequence number to go on from; None where the picture is needed whole.

    Args:
        last_event_id: What the browser says, from the network: anything.
        board: Whose numbers it must be.
    """
    match = _EVENT_ID.fullmatch(last_event_id or "")
    if match is None or match["instance"] != board.instance:
        return None
    return int(match["sequence"])


class Streams:
    """Counts the open streams, so that their number can be bounded.

    Args:
        limit: Streams at once.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.open = 0

    @property
    def full(self) -> bool:
        """There is no room for another one."""
        return self.open >= self.limit

    async def counted(
        self, messages: AsyncIterator[ServerSentEvent]
    ) -> AsyncIterator[ServerSentEvent]:
        """Pass the messages of a stream on, and count it while it is open."""
        self.open += 1
        try:
            async for message in messages:
                yield message
        finally:
            self.open -= 1


async def updates(
    board: Board, clock: Callable[[], int], since: int | None, config: WebConfig
) -> AsyncIterator[ServerSentEvent]:
    """Yield the messages of one stream until the board is closed.

    Args:
        board: The live picture.
        clock: Returns the data clock, nanoseconds since 1970 UTC.
        since: Where to go on from; None for the whole picture.
        config: Intervals.
    """
    loop = asyncio.get_running_loop()
    board.advance(clock())
    picture = board.picture(since, clock())
    yield _picture_event(picture)
    sequence, said = picture.sequence, loop.time()
    while not board.closed:
        await _wait(board, sequence, config.tick_s)
        board.advance(clock())
        picture = board.picture(sequence, clock())
        if not picture.empty:
            yield _picture_event(picture)
            sequence, said = picture.sequence, loop.time()
            await asyncio.sleep(config.gather_s)
        elif loop.time() - said >= config.heartbeat_s:
            yield _clock_event(board, clock())
            said = loop.time()


async def _wait(board: Board, sequence: int, limit_s: float) -> None:
    """Wait for news, but not for ever: time itself changes the picture."""
    try:
        async with asyncio.timeout(limit_s):
            await board.wait(sequence)
    except TimeoutError:
        return


def _picture_event(picture: Picture) -> ServerSentEvent:
    return ServerSentEvent(
        event="picture",
        id=f"{picture.instance}-{picture.sequence}",
        data=picture.model_dump_json(),
        retry=RETRY_MS,
    )


def _clock_event(board: Board, now_ns: int) -> ServerSentEvent:
    clock = Clock(now=now_ns, speed=board.config.speed)
    return ServerSentEvent(event="clock", data=clock.model_dump_json())
