"""The web application: page, API, stream, and the check of a service manager."""

from collections.abc import Callable

from fastapi import FastAPI
from pydantic import Field
from starlette.middleware.gzip import GZipMiddleware

from cloud.board import Board
from cloud.board.picture import View
from cloud.web.api import api_router
from cloud.web.config import WebConfig
from cloud.web.headers import HeadersMiddleware
from cloud.web.page import page_router
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


def create_app(board: Board, clock: Callable[[], int], config: WebConfig | None = None) -> FastAPI:
    """Return the ASGI application that shows a board.

    Args:
        board: The live picture; all calls on the loop that serves the application.
        clock: Returns the data clock, nanoseconds since 1970 UTC.
        config: Settings of the web side.
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
    app.add_middleware(HeadersMiddleware)
    app.include_router(api_router(board, clock, config))
    app.include_router(page_router(config.static))

    @app.get("/healthz")
    async def healthz() -> Alive:
        """Tell that the loop turns."""
        return Alive(
            version=__version__,
            now=clock(),
            sequence=board.sequence,
            page=(config.static / "index.html").is_file(),
        )

    return app
