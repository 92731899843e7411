"""The built page, or a page that says how to build it."""

from html import escape
from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import FileResponse, HTMLResponse, Response

BUILD_COMMAND = "python cloud/dashboard/build.py"

_MISSING = """<!doctype html>
<html lang="en">
<title>tremorkit: the page is not built</title>
<h1>The page is not built</h1>
<p>The aggregator runs and its <a href="/api/v1/snapshot">API</a> answers, but there is no
page in <code>{static}</code>.</p>
<p>Build it in the checkout with <code>{command}</code> and reload. A wheel from
<code>pip wheel .</code> carries it.</p>
</html>
"""


def page_router(static: Path) -> APIRouter:
    """Return the routes of the page.

    Args:
        static: Folder with `index.html` and `assets/`; looked at on each request, so that a
            page built meanwhile appears without a restart.
    """
    router = APIRouter(include_in_schema=False)

    @router.get("/", response_class=HTMLResponse)
    async def index() -> Response:
        page = static / "index.html"
        if page.is_file():
            return FileResponse(page, media_type="text/html")
        text = _MISSING.format(static=escape(str(static)), command=BUILD_COMMAND)
        return HTMLResponse(text, status_code=503)

    @router.get("/assets/{name}")
    async def asset(name: str) -> Response:
        # One flat folder: a name with a separator never matches this route.
        file = static / "assets" / name
        if name.startswith(".") or not file.is_file():
            return Response("no such file", status_code=404, media_type="text/plain")
        return FileResponse(file)

    return router
