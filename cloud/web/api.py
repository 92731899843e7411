"""The read-only API under `/api/v1`: what the page shows, for other programs."""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Header, HTTPException, Path, Query
from sse_starlette import EventSourceResponse

from cloud.board import Board
from cloud.board.detail import StationDetail
from cloud.board.picture import HealthPoint, Picture, StationView
from cloud.web.config import WebConfig
from cloud.web.stream import RETRY_MS, Streams, resume_from, updates
from edge.messages import Event, Trigger

_Limit = Annotated[int, Query(ge=1, le=1_000, description="Newest entries returned at most")]
_StationId = Annotated[str, Path(max_length=32, description="NETWORK.STATION", examples=["MX.003"])]
_LastEventId = Annotated[str | None, Header(max_length=64, description="Sent by the browser")]
_Since = Annotated[
    str | None,
    Query(max_length=64, description="The last id seen, where no header can be sent"),
]


def api_router(board: Board, clock: Callable[[], int], config: WebConfig) -> APIRouter:
    """Return the routes of the API.

    Args:
        board: The live picture.
        clock: Returns the data clock, nanoseconds since 1970 UTC.
        config: Intervals of the stream.
    """
    router = APIRouter(prefix="/api/v1")
    streams = Streams(config.streams)

    def now() -> int:
        time_ns = clock()
        board.advance(time_ns)
        return time_ns

    @router.get("/snapshot")
    async def snapshot() -> Picture:
        """Everything that the screen shows, at one moment."""
        return board.picture(now_ns=now())

    _add_stations(router, board, now)

    @router.get("/events")
    async def events(limit: _Limit = 100) -> list[Event]:
        """The last events, newest origin first."""
        found = board.picture(now_ns=now()).events
        return sorted(found, key=lambda event: event.origin_time, reverse=True)[:limit]

    @router.get("/triggers")
    async def triggers(limit: _Limit = 200) -> list[Trigger]:
        """The last triggers, newest onset first."""
        found = board.picture(now_ns=now()).triggers
        return sorted(found, key=lambda trigger: trigger.onset, reverse=True)[:limit]

    @router.get("/stream", response_class=EventSourceResponse)
    async def stream(
        last_event_id: _LastEventId = None, since: _Since = None
    ) -> EventSourceResponse:
        """Live pictures as server-sent events: `picture` messages, and `clock` as heartbeat."""
        _refuse_when_full(streams)
        start = resume_from(last_event_id or since, board)
        messages = streams.counted(updates(board, clock, start, config))
        return EventSourceResponse(messages, ping=0)

    return router


def _add_stations(router: APIRouter, board: Board, now: Callable[[], int]) -> None:
    @router.get("/stations")
    async def stations() -> list[StationView]:
        """All stations with their condition, state and last health report."""
        return sorted(board.picture(now_ns=now()).stations, key=lambda station: station.id)

    @router.get("/stations/{station}")
    async def station_close_up(station: _StationId) -> StationDetail:
        """One station: condition, last messages, latency, noise models at its frequencies."""
        now()
        found = board.station(station)
        if found is None:
            raise HTTPException(404, f"no station {station!r}; /api/v1/stations lists them")
        return found

    @router.get("/stations/{station}/history")
    async def history(station: _StationId) -> list[HealthPoint]:
        """The last health reports of one station, oldest first."""
        points = board.history(station)
        if points is None:
            raise HTTPException(404, f"no station {station!r}; /api/v1/stations lists them")
        return list(points)


def _refuse_when_full(streams: Streams) -> None:
    if streams.full:
        raise HTTPException(
            503,
            f"{streams.limit} streams are open, no more are served; try again later",
            headers={"Retry-After": str(RETRY_MS // 1_000)},
        )
