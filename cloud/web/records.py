"""What the database remembers, over the API: each event with its revisions and as documents."""

from typing import Annotated, Final

from fastapi import APIRouter, HTTPException, Path, Query
from starlette.responses import Response

from cloud.cap import MEDIA_TYPE, cap
from cloud.identity import IdentityConfig
from cloud.quakeml import quakeml
from cloud.store import Store
from cloud.store.deliveries import Delivery, DeliveryLog
from edge.messages import Event

_LAST_REVISION: Final = 2**31 - 1
_EventId = Annotated[str, Path(max_length=64, description="The event's id")]
_Revision = Annotated[
    int | None,
    Query(ge=0, le=_LAST_REVISION, description="Which revision; the newest where left out"),
]
_Limit = Annotated[int, Query(ge=1, le=1_000, description="Newest entries returned at most")]


def records_router(store: Store, identity: IdentityConfig) -> APIRouter:
    """Return the routes.

    Args:
        store: The database.
        identity: Who the centre is.
    """
    router = APIRouter(prefix="/api/v1")
    log = DeliveryLog(store.engine)

    def up_to(event_id: str, revision: int | None) -> list[Event]:
        """Return the revisions of an event up to one."""
        found = store.revisions(event_id)
        if revision is not None:
            found = [event for event in found if event.revision <= revision]
        if not found or (revision is not None and found[-1].revision != revision):
            which = "" if revision is None else f" with a revision {revision}"
            raise HTTPException(404, f"no event {event_id!r}{which}; /api/v1/events lists them")
        return found

    @router.get("/events/{event_id}")
    def revisions(event_id: _EventId) -> list[Event]:
        """All revisions of one event, oldest first."""
        return up_to(event_id, None)

    @router.get("/events/{event_id}/quakeml")
    def event_as_quakeml(event_id: _EventId, revision: _Revision = None) -> Response:
        """One event as QuakeML 1.2."""
        document = quakeml(up_to(event_id, revision)[-1:])
        return Response(document, media_type="application/xml")

    @router.get("/events/{event_id}/cap")
    def event_as_cap(event_id: _EventId, revision: _Revision = None) -> Response:
        """The message of one revision in the Common Alerting Protocol 1.2."""
        return Response(cap(up_to(event_id, revision), identity), media_type=MEDIA_TYPE)

    @router.get("/deliveries")
    def deliveries(limit: _Limit = 100) -> list[Delivery]:
        """What webhooks told to whom, newest first."""
        return log.latest(limit)

    return router
