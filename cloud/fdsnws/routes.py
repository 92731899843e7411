"""The three services at their addresses under `/fdsnws`."""

from collections.abc import Callable
from typing import Any, Final

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from cloud.fdsnws.answers import SERVICE_VERSION, answered
from cloud.fdsnws.bulk import read_bulk
from cloud.fdsnws.dataselect import MEDIA_TYPE, DataQuery, answer_data
from cloud.fdsnws.event import CATALOGUE, EventQuery, answer_events
from cloud.fdsnws.parameters import Query, read_query
from cloud.fdsnws.station import StationQuery, answer_stations
from cloud.fdsnws.wadl import kind_of, wadl
from cloud.store import Store
from cloud.waveforms import WaveformArchive

_MOST_POST_BYTES: Final = 1_000_000
_OPENAPI_TYPES: Final = {"xs:boolean": "boolean", "xs:double": "number", "xs:int": "integer"}


def fdsnws_router(
    store: Store,
    archive: WaveformArchive,
    max_bytes: int,
) -> APIRouter:
    """Return the routes.

    Args:
        store: Events and stations.
        archive: Waveforms.
        max_bytes: Largest answer with waveforms.
    """
    router = APIRouter(prefix="/fdsnws")
    _event(router, store)
    _station(router, store)
    _dataselect(router, archive, max_bytes)
    return router


def _event(router: APIRouter, store: Store) -> None:
    _describe(router, "event", EventQuery, ("application/xml", "text/plain"))

    @router.get("/event/1/query", openapi_extra=_openapi(EventQuery))
    def query_events(request: Request) -> Response:
        """Events as QuakeML 1.2 or text (fdsnws-event)."""
        items = request.query_params.multi_items()
        return answered(request, lambda: answer_events(read_query(EventQuery, items), store))

    @router.get("/event/1/catalogs")
    def catalogs() -> Response:
        """The names that `catalog` may have."""
        return _names("Catalogs", "Catalog")

    @router.get("/event/1/contributors")
    def contributors() -> Response:
        """The names that `contributor` may have."""
        return _names("Contributors", "Contributor")


def _station(router: APIRouter, store: Store) -> None:
    _describe(router, "station", StationQuery, ("application/xml", "text/plain"))

    def answer(request: Request, queries: Callable[[], list[StationQuery]]) -> Response:
        base = f"{request.base_url}fdsnws/station/1"
        return answered(request, lambda: answer_stations(queries(), store, base))

    @router.get("/station/1/query", openapi_extra=_openapi(StationQuery))
    def query_stations(request: Request) -> Response:
        """Stations as StationXML 1.2 or text (fdsnws-station)."""
        items = request.query_params.multi_items()
        return answer(request, lambda: [read_query(StationQuery, items)])

    @router.post("/station/1/query")
    async def query_many_stations(request: Request) -> Response:
        """Stations of a list of channels and times, one a line."""
        body = await _body(request)
        return await run_in_threadpool(answer, request, lambda: read_bulk(StationQuery, body))


def _dataselect(router: APIRouter, archive: WaveformArchive, max_bytes: int) -> None:
    _describe(router, "dataselect", DataQuery, (MEDIA_TYPE,))

    def answer(request: Request, queries: Callable[[], list[DataQuery]]) -> Response:
        return answered(request, lambda: answer_data(queries(), archive, max_bytes))

    @router.get("/dataselect/1/query", openapi_extra=_openapi(DataQuery))
    def query_data(request: Request) -> Response:
        """Waveforms as miniSEED (fdsnws-dataselect)."""
        items = request.query_params.multi_items()
        return answer(request, lambda: [read_query(DataQuery, items)])

    @router.post("/dataselect/1/query")
    async def query_many_data(request: Request) -> Response:
        """Waveforms of a list of channels and times, one a line."""
        body = await _body(request)
        return await run_in_threadpool(answer, request, lambda: read_bulk(DataQuery, body))


def _describe(
    router: APIRouter, service: str, model: type[Query], media_types: tuple[str, ...]
) -> None:
    """Add what tells programs and people how to use a service."""

    @router.get(f"/{service}/1/version", name=f"{service} version")
    def version() -> PlainTextResponse:
        """Version of the specification."""
        return PlainTextResponse(SERVICE_VERSION)

    @router.get(f"/{service}/1/application.wadl", name=f"{service} description")
    def description(request: Request) -> Response:
        """Description of the service for programs."""
        document = wadl(f"{request.base_url}fdsnws/{service}/1/", model, media_types)
        return Response(document, media_type="application/xml")

    @router.get(f"/{service}/1/", name=f"{service} help")
    def usage() -> PlainTextResponse:
        """Parameters of the service for people."""
        lines = [f"fdsnws-{service} {SERVICE_VERSION}: query?parameter=value&...", ""]
        for name, field in model.model_fields.items():
            needed = "required" if field.is_required() else f"default {field.default}"
            lines.append(f"{name:22}{field.description} ({needed})")
        return PlainTextResponse("\n".join(lines) + "\n")


def _openapi(model: type[Query]) -> dict[str, Any]:
    """Return the parameters of a query in OpenAPI's words."""
    return {
        "parameters": [
            {
                "name": name,
                "in": "query",
                "required": field.is_required(),
                "description": field.description,
                "schema": {"type": _OPENAPI_TYPES.get(kind_of(field), "string")},
            }
            for name, field in model.model_fields.items()
        ]
    }


def _names(root: str, name: str) -> Response:
    text = f'<?xml version="1.0"?>\n<{root}><{name}>{CATALOGUE}</{name}></{root}>\n'
    return Response(text, media_type="application/xml")


async def _body(request: Request) -> str | None:
    """Return the text of a POST request; None where it is too large."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MOST_POST_BYTES:
            return None
    return body.decode("utf-8", "replace")
