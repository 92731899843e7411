"""The aggregator's web side: one page, a small read-only API and a live stream.

`create_app(board, clock)` returns the ASGI application; the service runs it under uvicorn and
calls `board.close()` before it stops the server, so that open streams end at once.
"""

from cloud.web.app import create_app
from cloud.web.behind import Behind
from cloud.web.config import WebConfig

__all__ = ["Behind", "WebConfig", "create_app"]
