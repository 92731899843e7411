"""fdsnws-event: the newest revision of every event, as QuakeML or as text.

Retracted events are not told, and neither are exercises: who wants one asks for it by its id.
"""

from collections.abc import Callable, Iterator
from typing import Literal

from pydantic import Field
from starlette.responses import Response

from cloud.errors import BadQueryError, NoDataError, TooMuchError
from cloud.fdsnws.parameters import Area, Time, short
from cloud.quakeml import quakeml
from cloud.store import Store
from edge.messages import Event, EventStatus
from edge.timestamps import format_time

MOST_EVENTS = 20_000
CATALOGUE = "tremorkit"
_NO_MAGNITUDE = -99.0
_HEADER = (
    "#EventID|Time|Latitude|Longitude|Depth/km|Author|Catalog|Contributor|ContributorID|"
    "MagType|Magnitude|MagAuthor|EventLocationName"
)


class EventQuery(Area):
    """A query for events."""

    starttime: Time = Field(
        default=None, validation_alias=short("starttime", "start"), description="Origins from here"
    )
    endtime: Time = Field(
        default=None, validation_alias=short("endtime", "end"), description="Origins up to here"
    )
    mindepth: float | None = Field(default=None, description="Least depth, km")
    maxdepth: float | None = Field(default=None, description="Greatest depth, km")
    minmagnitude: float | None = Field(
        default=None,
        validation_alias=short("minmagnitude", "minmag"),
        description="Least magnitude",
    )
    maxmagnitude: float | None = Field(
        default=None,
        validation_alias=short("maxmagnitude", "maxmag"),
        description="Greatest magnitude",
    )
    magnitudetype: str | None = Field(
        default=None,
        max_length=16,
        validation_alias=short("magnitudetype", "magtype"),
        description="Type of magnitude",
    )
    eventtype: str | None = Field(
        default=None, max_length=64, description="All are earthquakes; others find nothing"
    )
    includeallorigins: bool = Field(default=False, description="There is one an event")
    includeallmagnitudes: bool = Field(
        default=False, description="With every kind of magnitude, not the preferred one alone"
    )
    includearrivals: bool = Field(default=False, description="With picks and arrivals")
    eventid: str | None = Field(default=None, max_length=128, description="One event by its id")
    limit: int | None = Field(default=None, ge=1, le=MOST_EVENTS, description="Events at most")
    offset: int = Field(default=1, ge=1, description="The first one of the answer")
    orderby: Literal["time", "time-asc", "magnitude", "magnitude-asc"] = Field(
        default="time", description="Newest or greatest first, or last"
    )
    catalog: str | None = Field(default=None, max_length=64, description="Catalogue")
    contributor: str | None = Field(default=None, max_length=64, description="Contributor")
    updatedafter: Time = Field(default=None, description="Revised since")
    format: Literal["xml", "text"] = Field(default="xml", description="QuakeML or text")


def answer_events(query: EventQuery, store: Store) -> Response:
    """Return the answer to a query.

    Raises:
        NoDataError: Nothing fits.
        TooMuchError: More fits than is given at once.
    """
    if (
        query.starttime is not None
        and query.endtime is not None
        and query.starttime > query.endtime
    ):
        raise BadQueryError("starttime is later than endtime")
    found = sorted(
        _fitting(query, store), key=_order(query), reverse=not query.orderby.endswith("asc")
    )
    if query.limit is None and len(found) > MOST_EVENTS:
        raise TooMuchError(f"{len(found)} events fit, {MOST_EVENTS} are given at most; set a limit")
    end = None if query.limit is None else query.offset - 1 + query.limit
    chosen = found[query.offset - 1 : end]
    if not chosen:
        raise NoDataError(query.nodata)
    if query.format == "text":
        lines = [_HEADER, *(_line(event) for event in chosen)]
        return Response("\n".join(lines) + "\n", media_type="text/plain")
    if not query.includeallmagnitudes:
        chosen = [_with_preferred_alone(event) for event in chosen]
    document = quakeml(chosen, arrivals=query.includearrivals)
    return Response(document, media_type="application/xml")


def _with_preferred_alone(event: Event) -> Event:
    shown = tuple(each for each in event.magnitudes if each.type == event.magnitude_type)
    return event.model_copy(update={"magnitudes": shown})


def _order(query: EventQuery) -> Callable[[Event], tuple[float, str]]:
    """Return what to sort by; the id where that is the same."""
    if query.orderby.startswith("magnitude"):
        return lambda event: (
            _NO_MAGNITUDE if event.magnitude is None else event.magnitude,
            event.id,
        )
    return lambda event: (event.origin_time, event.id)


def _fitting(query: EventQuery, store: Store) -> Iterator[Event]:
    for name in (query.catalog, query.contributor):
        if name is not None and name.lower() != CATALOGUE:
            return
    if query.eventid is not None:
        revisions = store.revisions(query.eventid.rpartition("/event/")[2])
        yield from (event for event in revisions[-1:] if _fits(event, query))
        return
    for event in store.events_between(query.starttime, query.endtime):
        told = event.status is not EventStatus.RETRACTED and not event.exercise
        if told and _fits(event, query):
            yield event


def _fits(event: Event, query: EventQuery) -> bool:
    tests = (
        (event.origin_time, query.starttime, query.endtime),
        (event.depth_km, query.mindepth, query.maxdepth),
        (event.magnitude, query.minmagnitude, query.maxmagnitude),
        (event.published, query.updatedafter, None),
    )
    kind = (event.magnitude_type or "").lower()
    return (
        all(_between(*test) for test in tests)
        and query.encloses(event.latitude, event.longitude)
        and (query.magnitudetype is None or kind == query.magnitudetype.lower())
        and (query.eventtype is None or "earthquake" in query.eventtype.lower().split(","))
    )


def _between(value: float | None, least: float | None, greatest: float | None) -> bool:
    if least is None and greatest is None:
        return True
    if value is None:
        return False
    return (least is None or value >= least) and (greatest is None or value <= greatest)


def _line(event: Event) -> str:
    magnitude = "" if event.magnitude is None else f"{event.magnitude:.2f}"
    cells = (
        event.id,
        format_time(event.origin_time).removesuffix("Z"),
        f"{event.latitude:.4f}",
        f"{event.longitude:.4f}",
        f"{event.depth_km:.1f}",
        *(CATALOGUE, CATALOGUE, CATALOGUE),
        event.id,
        event.magnitude_type or "",
        magnitude,
        CATALOGUE if magnitude else "",
        _place(event),
    )
    return "|".join(cell.replace("|", " ") for cell in cells)


def _place(event: Event) -> str:
    north, east = event.latitude >= 0, event.longitude >= 0
    latitude = f"{abs(event.latitude):.2f} {'N' if north else 'S'}"
    return f"{latitude} {abs(event.longitude):.2f} {'E' if east else 'W'}"
