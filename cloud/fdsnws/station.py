"""fdsnws-station: the stations that have introduced themselves, as StationXML 1.2 or as text."""

import re
from collections.abc import Iterator
from typing import Literal

from pydantic import Field
from starlette.responses import Response

from cloud.errors import BadQueryError, NoDataError
from cloud.fdsnws.found import Found
from cloud.fdsnws.parameters import Area, Selection, Time, matcher, short
from cloud.fdsnws.stationtext import station_text
from cloud.fdsnws.stationxml import stationxml
from cloud.store import Epoch, Store

Level = Literal["network", "station", "channel", "response"]


class StationQuery(Area, Selection):
    """A query for stations."""

    starttime: Time = Field(
        default=None, validation_alias=short("starttime", "start"), description="At work after it"
    )
    endtime: Time = Field(
        default=None, validation_alias=short("endtime", "end"), description="At work before it"
    )
    startbefore: Time = Field(default=None, description="Began before it")
    startafter: Time = Field(default=None, description="Began after it")
    endbefore: Time = Field(default=None, description="Ended before it")
    endafter: Time = Field(default=None, description="Ended after it, or goes on")
    level: Level = Field(default="station", description="Level of detail")
    includerestricted: bool = Field(default=True, description="Nothing is restricted")
    includeavailability: Literal["false", "FALSE", "False"] = Field(
        default="false", description="Not told"
    )
    updatedafter: Time = Field(default=None, description="Set up anew since")
    matchtimeseries: Literal["false", "FALSE", "False"] = Field(
        default="false", description="Not told"
    )
    format: Literal["xml", "text"] = Field(default="xml", description="StationXML or text")


def answer_stations(queries: list[StationQuery], store: Store, base: str) -> Response:
    """Return the answer to queries that differ in their selection only.

    Args:
        queries: One or, of a POST request, several.
        store: The database.
        base: The address of the service, told in the document.

    Raises:
        BadQueryError: Text has no responses.
        NoDataError: Nothing fits.
    """
    first = queries[0]
    if first.format == "text" and first.level == "response":
        raise BadQueryError("format: text knows no level response; ask for channel, or for xml")
    selections = [_Selection(query) for query in queries]
    found = []
    for epoch in store.epochs():
        channels = {one for selection in selections for one in selection.channels(epoch)}
        if channels or any(selection.takes(epoch) for selection in selections):
            ordered = tuple(one for one in epoch.state.channels if one in channels)
            found.append(Found(epoch, ordered))
    if not found:
        raise NoDataError(first.nodata)
    if first.format == "text":
        return Response(station_text(found, first.level), media_type="text/plain")
    return Response(stationxml(found, first.level, base), media_type="application/xml")


class _Selection:
    """Tells what of an epoch a query asks for."""

    def __init__(self, query: StationQuery) -> None:
        self._query = query
        names = (query.network, query.station, query.location, query.channel)
        self._network, self._station, self._location, self._channel = map(matcher, names)
        self._any_channel = re.fullmatch(r"\*(,\*)*", query.channel) is not None

    def takes(self, epoch: Epoch) -> bool:
        """Return whether an epoch fits, whatever its channels; one without any fits a `*`."""
        channels = any(True for _ in self._matching(epoch))
        return self._fits(epoch) and (channels or self._any_channel)

    def channels(self, epoch: Epoch) -> Iterator[str]:
        """Yield the channels of an epoch that fit."""
        if self._fits(epoch):
            yield from self._matching(epoch)

    def _matching(self, epoch: Epoch) -> Iterator[str]:
        return (one for one in epoch.state.channels if self._channel.fullmatch(one))

    def _fits(self, epoch: Epoch) -> bool:
        state = epoch.state
        return (
            self._network.fullmatch(state.network) is not None
            and self._station.fullmatch(state.station) is not None
            and self._location.fullmatch(state.location) is not None
            and self._query.encloses(state.latitude or 0.0, state.longitude or 0.0)
            and _in_time(epoch, self._query)
        )


def _in_time(epoch: Epoch, query: StationQuery) -> bool:
    start_ns, end_ns = epoch.start_ns, epoch.end_ns
    return (
        (query.endtime is None or start_ns <= query.endtime)
        and (query.starttime is None or end_ns is None or end_ns >= query.starttime)
        and (query.startbefore is None or start_ns < query.startbefore)
        and (query.startafter is None or start_ns > query.startafter)
        and (query.endbefore is None or (end_ns is not None and end_ns < query.endbefore))
        and (query.endafter is None or end_ns is None or end_ns > query.endafter)
        and (query.updatedafter is None or start_ns > query.updatedafter)
    )
