"""A page in the browser that remembers everything that went wrong on it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from playwright.async_api import Browser, Page

WALL = (1920, 1080)
TOUCH = (1024, 600)
PHONE = (390, 844)


@dataclass
class Watched:
    """The page, and its complaints."""

    page: Page
    errors: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def elsewhere(self, server: str) -> list[str]:
        """Return the requests to any other place than the server."""
        return [url for url in self.requests if not url.startswith((server, "data:"))]


@asynccontextmanager
async def open_page(
    browser: Browser, url: str, size: tuple[int, int] = WALL
) -> AsyncIterator[Watched]:
    """Open the page and keep its console errors, exceptions and requests."""
    page = await browser.new_page(viewport={"width": size[0], "height": size[1]})
    watched = Watched(page)
    page.on(
        "console",
        lambda said: (
            watched.errors.append(said.text) if said.type in {"error", "warning"} else None
        ),
    )
    page.on("pageerror", lambda problem: watched.errors.append(str(problem)))
    page.on("request", lambda request: watched.requests.append(request.url))
    await page.goto(url)
    try:
        yield watched
    finally:
        await page.close()
