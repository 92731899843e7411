"""The web application: page, API, stream, and the check of a service manager."""

from collections.abc import Callable

from fastapi import FastAPI
from pydantic import Field
from starlette.middleware.gzip import GZipMiddleware

from cloud.board import Board
from cloud.board.view import View
from cloud.fdsnws import fdsnws_router
from cloud.release.serve import updates_router
from cloud.store import KeeperView
from cloud.store.tokens import Tokens
from cloud.web.api import api_router
from cloud.web.behind import Behind
from cloud.web.config import WebConfig
from cloud.web.fleet import fleet_router
from cloud.web.headers import HeadersMiddleware
from cloud.web.page import page_router
from cloud.web.reading import ReadingMiddleware
from cloud.web.records import records_router
from cloud.web.rollouts import rollouts_router
from cloud.web.upkeep import upkeep_router
from edge import __version__
from edge.timestamps import Timestamp

_GZIP_LEVEL = 5
"""Nearly as small as 9 at a third of the time, on a small board."""


class Alive(View):
    """The answer to a service manager's question."""

    status: str = "ok"
    version: str
    now: Timestamp = Field(description="The data clock")
    sequence: int = Field(ge=0, description="Number of the last change of the picture")
    page: bool = Field(description="The page is built")
    store: KeeperView | None = Field(default=None, description="The way into the database")


def create_app(
    board: Board,
    clock: Callable[[], int],
    config: WebConfig | None = None,
    behind: Behind | None = None,
) -> FastAPI:
    """Return the ASGI application that shows a board.

    Args:
        board: The live picture; all calls on the loop that serves the application.
        clock: Returns the data clock, nanoseconds since 1970 UTC.
        config: Settings of the web side.
        behind: Database and recordings; without them the page and its API are served alone.
    """
    config = config or WebConfig()
    # The interactive API pages would load their scripts from the internet: left out.
    app = FastAPI(
        title="tremorkit aggregator",
        version=__version__,
        openapi_url="/api/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
    )
    app.add_middleware(GZipMiddleware, minimum_size=1_000, compresslevel=_GZIP_LEVEL)
    if config.reading == "token":
        if behind is None:
            raise ValueError("reading by token needs the database that knows the tokens")
        app.add_middleware(ReadingMiddleware, tokens=Tokens(behind.store.engine))
    app.add_middleware(HeadersMiddleware)
    app.include_router(api_router(board, clock, config))
    app.include_router(page_router(config.static))

    if behind is not None:
        app.include_router(records_router(behind.store, behind.identity))
        app.include_router(fleet_router(behind.store, clock))
        app.include_router(upkeep_router(board, behind.store, clock))
        app.include_router(rollouts_router(behind.store))
        app.include_router(fdsnws_router(behind.store, behind.waveforms, behind.answer_max_bytes))
        if behind.updates is not None:
            app.include_router(updates_router(behind.updates))

    @app.get("/healthz")
    async def healthz() -> Alive:
        """Tell that the loop turns."""
        return Alive(
            version=__version__,
            now=clock(),
            sequence=board.sequence,
            page=(config.static / "index.html").is_file(),
            store=behind.keeper.view if behind is not None else None,
        )

    return app
