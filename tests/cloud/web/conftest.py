"""Fixtures of the web tests: the scene, its board, a browser."""

import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, async_playwright, expect

from cloud.board import Board, BoardConfig
from cloud.dashboard import build
from tests.cloud.scene import Scene

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
)
# A loaded machine may be slow; nothing is judged by its speed here.
expect.set_options(timeout=20_000)


@pytest.fixture
def scene() -> Scene:
    """Return the scene, half a minute before its earthquake."""
    return Scene()


@pytest.fixture
def board(scene: Scene) -> Iterator[Board]:
    """Return a board that knows the network."""
    board = Board(BoardConfig())
    scene.fill(board)
    yield board
    board.close()


@pytest.fixture(scope="session")
def frontend(project_root: Path) -> Path:
    """Return the folder of the page's sources."""
    return project_root / "cloud" / "dashboard"


@pytest.fixture(scope="session")
def built_page(frontend: Path) -> Path:
    """Return the folder of the page, built from the present sources."""
    build.build(frontend)
    return frontend / "static"


@pytest.fixture
async def browser(built_page: Path) -> AsyncIterator[Browser]:
    """Return a headless Chromium."""
    if CHROMIUM is None:
        pytest.skip("no chromium on the PATH; mend it with: apt-get install chromium")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(_ARGUMENTS))
        yield browser
        await browser.close()
