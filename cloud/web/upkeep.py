"""What stations are to run and what they run, and their enrolment, over the API."""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, HTTPException, Path, Query
from pydantic import Field

from cloud.board import Board
from cloud.board.picture import Condition, StationView
from cloud.board.twin import Twin, TwinPart, report_of
from cloud.board.view import View
from cloud.enrolment.registry import Registry
from cloud.enrolment.views import Enrolment, Standing
from cloud.fleetview.upkeep_text import standing_words
from cloud.store import Store
from edge.messages.update import UpdateReport
from edge.timestamps import Timestamp
from edge.update.targets import Kind

_StationId = Annotated[str, Path(max_length=32, description="NETWORK.STATION", examples=["MX.003"])]
_After = Annotated[str, Query(max_length=32, description="Only stations behind this name")]
_Limit = Annotated[int, Query(ge=1, le=5_000, description="Entries returned at most")]
_Standing = Annotated[Standing | None, Query(description="Only those that stand so")]


class StationTwin(View):
    """One station, desired against reported."""

    station: str = Field(description="NETWORK.STATION")
    condition: Condition
    heard: Timestamp
    twin: Twin | None
    words: dict[Kind, str] = Field(description="How each kind stands, for people")
    certificate_until: Timestamp | None


class Reported(View):
    """One kind of one station."""

    desired: TwinPart
    reported: UpdateReport | None = Field(description="As the station says it in its state")
    words: str


class TwinDetail(View):
    """One station with all that it says of updates."""

    station: str
    condition: Condition
    heard: Timestamp
    ring: str | None
    certificate_until: Timestamp | None
    kinds: tuple[Reported, ...]


class Assignment(View):
    """What one ring, or one station, is to run of a kind."""

    ring: str
    kind: Kind
    what: str
    rollout: str
    since: Timestamp
    sha256: tuple[str, ...]
    leaving: tuple[str, ...] = Field(description="Who runs one of these goes back")


def upkeep_router(board: Board, store: Store, clock: Callable[[], int]) -> APIRouter:
    """Return the routes.

    Args:
        board: The live picture.
        store: The database.
        clock: Returns the data clock, nanoseconds since 1970 UTC.
    """
    router = APIRouter(prefix="/api/v1")
    registry = Registry(store.engine)

    @router.get("/twins")
    async def twins(after: _After = "", limit: _Limit = 1_000) -> list[StationTwin]:
        """What every station is to run against what it runs, by name."""
        now_ns = clock()
        board.advance(now_ns)
        views = sorted(board.picture().stations, key=lambda view: view.id)
        return [_twin(view, now_ns) for view in views if view.id > after][:limit]

    @router.get("/stations/{station}/twin")
    async def station_twin(station: _StationId) -> TwinDetail:
        """One station: what it is to run, what it runs, and what it says of both."""
        now_ns = clock()
        board.advance(now_ns)
        view = board.view(station)
        if view is None:
            raise HTTPException(404, f"no station {station!r}; /api/v1/stations lists them")
        return _detail(view, now_ns)

    @router.get("/assignments")
    async def assignments() -> list[Assignment]:
        """What is assigned, by ring and kind."""
        orders = sorted(board.wanted.orders.items())
        return [
            Assignment(
                ring=ring,
                kind=kind,
                what=order.what,
                rollout=order.rollout,
                since=order.since_ns,
                sha256=tuple(sorted(order.hashes)),
                leaving=tuple(sorted(order.leaving)),
            )
            for (ring, kind), order in orders
        ]

    @router.get("/enrolments")
    def enrolments(standing: _Standing = None) -> list[Enrolment]:
        """Tokens that wait and certificates with their end, by station."""
        found = registry.all(clock())
        return [one for one in found if standing is None or one.standing is standing]

    return router


def _twin(view: StationView, now_ns: int) -> StationTwin:
    parts = view.twin.parts if view.twin is not None else ()
    return StationTwin(
        station=view.id,
        condition=view.condition,
        heard=view.heard,
        twin=view.twin,
        words={part.kind: standing_words(part, now_ns) for part in parts},
        certificate_until=view.certificate_until,
    )


def _detail(view: StationView, now_ns: int) -> TwinDetail:
    return TwinDetail(
        station=view.id,
        condition=view.condition,
        heard=view.heard,
        ring=view.twin.ring if view.twin is not None else None,
        certificate_until=view.certificate_until,
        kinds=tuple(
            Reported(
                desired=part,
                reported=report_of(view.state, part.kind),
                words=standing_words(part, now_ns),
            )
            for part in (view.twin.parts if view.twin is not None else ())
        ),
    )
