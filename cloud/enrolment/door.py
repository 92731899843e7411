"""The desk over TLS: a port of its own, by the authority's own certificate.

Beside it lie the updates, for a station that enrolled knows this address and believes it.
"""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, TypeVar

import structlog
import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel, ValidationError
from sqlalchemy.exc import SQLAlchemyError
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from cloud.enrolment.desk import Desk
from cloud.enrolment.impatient import ImpatientProtocol
from cloud.enrolment.limiter import Limiter
from cloud.enrolment.registry import Registry
from cloud.errors import AuthorityError, EnrolmentRefusedError
from cloud.release.serve import updates_router
from edge.enrol.wire import (
    ENROL_PATH,
    LARGEST_BYTES,
    RENEW_PATH,
    EnrolRequest,
    Grant,
    RenewRequest,
)

_log = structlog.get_logger(__name__)

_BODY_S: Final = 10.0
_AT_ONCE: Final = 256
"""Connections."""
_NARROW: Final = 2
"""Questions at once of those who were wrong too often."""
_GRACE_S: Final = 3

_Question = TypeVar("_Question", bound=BaseModel)


def enrolment_app(
    desk: Desk, registry: Registry, now_ns: Callable[[], int], limiter: Limiter, updates: Path
) -> Starlette:
    """Return the ASGI application.

    Args:
        desk: Decides.
        registry: Keeps the audit.
        now_ns: The clock.
        limiter: Refuses who was wrong too often.
        updates: The repository of updates.
    """
    counter = _Counter(registry, now_ns, limiter)
    app = FastAPI(openapi_url=None)
    app.include_router(updates_router(updates))
    app.router.routes += [
        counter.route(ENROL_PATH, EnrolRequest, desk.enrol),
        counter.route(RENEW_PATH, RenewRequest, desk.renew),
    ]
    return app


class _Counter:
    """Where questions come in and answers go out."""

    def __init__(self, registry: Registry, now_ns: Callable[[], int], limiter: Limiter) -> None:
        self._registry = registry
        self._now_ns = now_ns
        self._limiter = limiter
        self._wide = asyncio.Semaphore(_AT_ONCE)
        self._narrow = asyncio.Semaphore(_NARROW)

    def route(
        self, path: str, kind: type[_Question], decide: Callable[[_Question, str], Grant]
    ) -> Route:
        """Return the route of a kind of question."""

        async def endpoint(request: Request) -> Response:
            address = request.client.host if request.client is not None else "?"
            try:
                question = kind.model_validate_json(await _body(request))
            except (ValidationError, ValueError, TimeoutError) as error:
                return await self._refused(address, 400, EnrolmentRefusedError(_reason(error)))
            # Whoever is wrong too often gets a small share; a station behind the same address, too.
            way = self._wide if self._limiter.lets_in(address) else self._narrow
            try:
                async with way:
                    grant = await run_in_threadpool(decide, question, address)
            except EnrolmentRefusedError as error:
                return await self._refused(address, 403, error)
            except (SQLAlchemyError, AuthorityError) as error:
                _log.error("enrolment_failed", reason=str(error))
                return JSONResponse({"detail": "the centre cannot at the moment"}, 503)
            return JSONResponse(grant.model_dump(mode="json"))

        return Route(f"/{path}", endpoint, methods=["POST"])

    async def _refused(self, address: str, status: int, error: EnrolmentRefusedError) -> Response:
        if not self._limiter.lets_in(address):
            return JSONResponse({"detail": "too often; try later"}, 429, {"Retry-After": "60"})
        self._limiter.failed(address)
        _log.warning("enrolment_refused", address=address, station=error.station, why=error.why)
        now_ns = self._now_ns()
        try:
            await run_in_threadpool(
                self._registry.note, now_ns, "refuse", error.station, address, error.why
            )
        except SQLAlchemyError as trouble:
            _log.error("enrolment_audit_failed", reason=str(trouble))
        return JSONResponse({"detail": error.told}, status)


class Door:
    """A TLS server for an application.

    Args:
        app: The application.
        listener: Its socket.
        certificate: File with key and certificate.
    """

    def __init__(self, app: Starlette, listener: socket.socket, certificate: str) -> None:
        self._listener = listener
        self._certificate = certificate
        self._changed_ns = Path(certificate).stat().st_mtime_ns
        self._config = uvicorn.Config(
            app,
            lifespan="off",
            log_level="warning",
            access_log=False,
            ws="none",
            http=ImpatientProtocol,
            ssl_certfile=certificate,
            limit_concurrency=_AT_ONCE,
            timeout_keep_alive=2,
            timeout_graceful_shutdown=_GRACE_S,
        )
        self._config.load()
        self._server = _Server(self._config)

    def read_certificate(self) -> None:
        """Show the certificate of the file from the next connection on, where it is another.

        Raises:
            OSError: It cannot be read; the one before is shown.
        """
        changed_ns = Path(self._certificate).stat().st_mtime_ns
        context = self._config.ssl
        if changed_ns != self._changed_ns and isinstance(context, ssl.SSLContext):
            context.load_cert_chain(self._certificate)
            self._changed_ns = changed_ns

    async def run(self, stop: asyncio.Event) -> None:
        """Serve until `stop` is set."""
        serving = asyncio.create_task(self._server.serve(sockets=[self._listener]))
        stopping = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopping.cancel()
            self._server.should_exit = True
            await serving


class _Server(uvicorn.Server):
    """A web server that leaves the process's signals alone."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Do nothing: the service has its own handlers."""
        yield


async def _body(request: Request) -> bytes:
    body = b""
    try:
        async with asyncio.timeout(_BODY_S):
            async for piece in request.stream():
                body += piece
                if len(body) > LARGEST_BYTES:
                    raise ValueError(f"more than {LARGEST_BYTES} bytes")
    except ClientDisconnect as error:
        raise ValueError("cut off") from error
    return body


def _reason(error: Exception) -> str:
    """Return what is wrong with a question, without its values."""
    if isinstance(error, ValidationError):
        keys = ", ".join(".".join(str(part) for part in one["loc"]) for one in error.errors()[:5])
        return f"the question cannot be read ({keys or 'no JSON'})"
    return f"the question cannot be read ({error or 'it takes too long'})"
