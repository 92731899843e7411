"""The fleet over the API: histories, alarms on stations, the inventory."""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Path, Query
from starlette.responses import Response

from cloud.board.alarm import FleetAlarm
from cloud.fleetview.inventory import inventory_csv
from cloud.fleetview.trend import Trend, trend
from cloud.fleetview.vitals import SUMMED
from cloud.store import Store
from cloud.store.alarms import AlarmLog
from cloud.store.history import HealthHistory
from cloud.store.tokens import Tokens
from cloud.web.operators import Operators

_StationId = Annotated[str, Path(max_length=32, description="NETWORK.STATION", examples=["MX.003"])]
_Hours = Annotated[float, Query(gt=0, le=24 * 400, description="How far back, hours")]
_Limit = Annotated[int, Query(ge=1, le=1_000, description="Newest entries returned at most")]
_OfStation = Annotated[
    str | None, Query(max_length=32, description="NETWORK.STATION: only those with this station")
]
_AlarmId = Annotated[str, Path(max_length=64, description="The alarm's id")]
_Open = Annotated[bool, Query(alias="open", description="Only those that go on")]


def fleet_router(store: Store, clock: Callable[[], int]) -> APIRouter:
    """Return the routes.

    Args:
        store: The database.
        clock: Returns the data clock, nanoseconds since 1970 UTC.
    """
    router = APIRouter(prefix="/api/v1")
    history = HealthHistory(store.engine, SUMMED)
    log = AlarmLog(store.engine)
    operators = Operators(Tokens(store.engine))

    @router.get("/stations.csv")
    def stations_as_csv() -> Response:
        """The stations as they are set up now, a row each."""
        return Response(inventory_csv(store), media_type="text/csv")

    @router.get("/stations/{station}/trend")
    def station_trend(station: _StationId, hours: _Hours = 24.0) -> Trend:
        """What a station's reports told over hours, days or a year."""
        network, _, code = station.partition(".")
        if (network, code) not in history.stations():
            raise HTTPException(
                404, f"no report of a station {station!r}; /api/v1/stations lists them"
            )
        return trend(history, network, code, hours, clock())

    @router.get("/alarms")
    def alarms(
        *, limit: _Limit = 100, station: _OfStation = None, open_only: _Open = False
    ) -> list[FleetAlarm]:
        """Alarms on stations, newest first."""
        found = log.open()[::-1] if open_only else log.latest(limit, station)
        return [one for one in found if station is None or _has(one, station)][:limit]

    @router.post("/alarms/{alarm}/acknowledge")
    def acknowledge(alarm: _AlarmId, by: Annotated[str, Depends(operators.must)]) -> FleetAlarm:
        """Say that somebody has seen an alarm; one about a moved station is over with it."""
        if log.get(alarm) is None:
            raise HTTPException(404, f"no alarm {alarm!r}; /api/v1/alarms lists them")
        log.acknowledge(alarm, by, clock())
        (seen,) = log.acknowledged([alarm])
        return seen

    return router


def _has(alarm: FleetAlarm, station: str) -> bool:
    return any(one.station == station for one in alarm.stations)
