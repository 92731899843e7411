"""Rollouts over the API: the list, one close up, its stations, its audit, and orders to it."""

import time
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Depends, HTTPException, Path, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request

from cloud.board.view import View
from cloud.errors import RolloutError
from cloud.fleetview.progress import RolloutLine, RolloutView
from cloud.rollout.log import AuditLine, Change, Kept, RolloutLog
from cloud.rollout.operate import aborted, paused, resumed
from cloud.rollout.rollout import Note, Rollout
from cloud.rollout.target import Target, TargetStatus
from cloud.store import Store
from cloud.store.tokens import Tokens
from cloud.web.operators import Operators

Verb = Literal["pause", "resume", "abort"]

_TRIES: Final = 5
"""The centre works on a rollout every few seconds; an order is not lost for it."""
_RolloutId = Annotated[str, Path(max_length=64, description="The rollout's id")]
_Limit = Annotated[int, Query(ge=1, le=5_000, description="Entries returned at most")]
_Status = Annotated[TargetStatus | None, Query(description="Only those that stand so")]


class OrderBody(BaseModel):
    """What an order says beside its verb."""

    model_config = ConfigDict(extra="forbid")

    reason: str = Field(default="", max_length=500, description="Why, for the audit")


class Who(View):
    """Who somebody is to the centre."""

    operator: str | None = Field(description="Whose operator's token was shown; null: none")


class Desk:
    """Reads rollouts and gives orders; methods block for the database.

    Args:
        log: The tables.
    """

    def __init__(self, log: RolloutLog) -> None:
        self.log = log
        self._shown: dict[str, tuple[int, RolloutView]] = {}

    def kept(self, rollout: str) -> Kept:
        """Return a rollout, or refuse with 404."""
        found = self.log.get(rollout)
        if found is None:
            raise HTTPException(404, f"no rollout {rollout!r}; /api/v1/rollouts lists them")
        return found

    def close_up(self, rollout: str) -> RolloutView:
        """Return a rollout close up; thousands of stations are added up once a change."""
        kept = self.kept(rollout)
        revision, view = self._shown.get(rollout, (None, None))
        if view is None or revision != kept.revision:
            view = RolloutView.close_up(kept.rollout, self.log.targets(rollout))
            self._shown = {rollout: (kept.revision, view)}
        return view

    def order(self, rollout: str, verb: Verb, by: str, reason: str) -> RolloutView:
        """Give an order, or refuse with 409."""
        for attempt in range(_TRIES):
            kept = self.kept(rollout)
            try:
                after = _ordered(kept.rollout, verb, by, reason)
            except RolloutError as error:
                raise HTTPException(409, str(error)) from error
            try:
                note = Note(action=verb, by=by, detail=reason)
                self.log.save(kept, Change(after, (), [note]), time.time_ns())
                break
            except RolloutError as error:
                if attempt + 1 == _TRIES:
                    raise HTTPException(409, str(error)) from error
        return self.close_up(rollout)


def rollouts_router(store: Store) -> APIRouter:
    """Return the routes.

    Args:
        store: The database.
    """
    router = APIRouter(prefix="/api/v1")
    desk = Desk(RolloutLog(store.engine))
    operators = Operators(Tokens(store.engine))

    @router.get("/rollouts")
    def rollouts(limit: _Limit = 20) -> list[RolloutLine]:
        """Rollouts, newest first."""
        return [RolloutLine.of(one) for one in desk.log.latest(limit)]

    @router.get("/rollouts/{rollout}")
    def rollout_close_up(rollout: _RolloutId) -> RolloutView:
        """One rollout: rings, how many stations stand how, both compared."""
        return desk.close_up(rollout)

    @router.get("/rollouts/{rollout}/stations")
    def stations(rollout: _RolloutId, status: _Status = None, limit: _Limit = 100) -> list[Target]:
        """The stations of a rollout by name."""
        desk.kept(rollout)
        found = desk.log.targets(rollout).values()
        return [one for one in found if status is None or one.status is status][:limit]

    @router.get("/rollouts/{rollout}/audit")
    def audit(rollout: _RolloutId, limit: _Limit = 100) -> list[AuditLine]:
        """What was ordered, assigned and said, oldest first; the newest where there is more."""
        desk.kept(rollout)
        return desk.log.audit(rollout, limit)

    @router.get("/operator")
    def operator(request: Request) -> Who:
        """Whose operator's token is shown."""
        return Who(operator=operators.name(request))

    @router.post("/rollouts/{rollout}/{verb}")
    def order(
        rollout: _RolloutId,
        verb: Verb,
        body: OrderBody,
        by: Annotated[str, Depends(operators.must)],
    ) -> RolloutView:
        """Pause, resume or abort a rollout; the running centre does the rest."""
        return desk.order(rollout, verb, by, body.reason)

    return router


def _ordered(rollout: Rollout, verb: Verb, by: str, reason: str) -> Rollout:
    match verb:
        case "pause":
            return paused(rollout, reason or f"by {by}")
        case "resume":
            return resumed(rollout)
        case "abort":
            why = f"aborted by {by}" + (f": {reason}" if reason else "")
            return aborted(rollout, why, time.time_ns())
