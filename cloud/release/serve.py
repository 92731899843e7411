"""The repository over HTTP: plain files, signed, open to every station.

An answer has few headers and tells what it is by its hash, so that a station that looks for news
asks once and gets a hundred bytes.
"""

import hashlib
import re
from pathlib import Path
from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import FileResponse, Response

_METADATA: Final = re.compile(
    r"(?:[1-9][0-9]*\.(?:root|targets|models|rollout|snapshot)|timestamp)\.json"
)
_TARGET: Final = re.compile(
    r"(?:models|rollout|software|configuration)/[0-9a-f]{64}\.[A-Za-z0-9][A-Za-z0-9.@+_-]{0,127}"
)
_BINARY: Final = "application/octet-stream"


def updates_router(folder: Path) -> APIRouter:
    """Return the routes.

    Args:
        folder: The repository; looked at on each request, so that one that is made meanwhile is
            served without a restart.
    """
    router = APIRouter(prefix="/updates", include_in_schema=False)

    @router.get("/metadata/{name}")
    def metadata(name: str, request: Request) -> Response:
        if _METADATA.fullmatch(name) is None:
            return _missing()
        try:
            content = (folder / "metadata" / name).read_bytes()
        except FileNotFoundError:
            return _missing()
        tag = f'"{hashlib.sha256(content).hexdigest()}"'
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304)
        return Response(content, media_type="application/json", headers={"ETag": tag})

    @router.get("/targets/{path:path}")
    def target(path: str) -> Response:
        file = folder / "targets" / path
        if _TARGET.fullmatch(path) is None or not file.is_file():
            return _missing()
        return FileResponse(file, media_type=_BINARY)

    return router


def _missing() -> Response:
    return Response(status_code=404)
