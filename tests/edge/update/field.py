"""A real station and a real web server for it to look at."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import uvicorn
from fastapi import FastAPI

from cloud.release.serve import updates_router
from cloud.toml import to_toml
from edge.config import StationConfig
from edge.update.record import Record
from edge.update.store import UpdateStore

_PATIENCE_S = 400.0


@asynccontextmanager
async def served(folder: Path, certificate: Path | None = None) -> AsyncIterator[str]:
    """Serve a repository as the centre does; yield its address.

    Args:
        folder: The repository.
        certificate: PEM file with key and certificate; without one it is plain HTTP.
    """
    app = FastAPI()
    app.include_router(updates_router(folder))
    settings = uvicorn.Config(
        app, port=0, log_level="warning", lifespan="off", ssl_certfile=certificate
    )
    server = uvicorn.Server(settings)
    server.capture_signals = _nothing  # type: ignore[method-assign]
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn offers no event to wait for
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http{'s' if certificate else ''}://127.0.0.1:{port}/updates/"
    finally:
        server.should_exit = True
        await serving


class _Nothing:
    def __enter__(self) -> None:
        pass

    def __exit__(self, *_: object) -> None:
        pass


def _nothing() -> _Nothing:
    return _Nothing()


class Field:
    """A station's file, its agent, and what it keeps of updates."""

    def __init__(self, folder: Path, config: StationConfig) -> None:
        self.config = config
        self.file = folder / "station.toml"
        self.file.write_text(to_toml(config))
        self.log = folder / "agent.log"
        self.store = UpdateStore(config.state_dir)

    def record(self) -> Record:
        """Return what is kept."""
        return self.store.read()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[asyncio.subprocess.Process]:
        """Run `edge-agent run`; kill it at the end if need be."""
        with self.log.open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "edge.cli"),
                *("run", "--config", self.file, "--json-logs"),
                stdout=log,
                stderr=log,
                env={**os.environ, "OMP_NUM_THREADS": "1"},
            )
        try:
            yield process
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()

    async def until(self, condition: Callable[[Record], bool]) -> Record:
        """Wait until something holds of what is kept; on failure show the agent's log."""
        try:
            async with asyncio.timeout(_PATIENCE_S):
                while not condition(record := self.record()):  # noqa: ASYNC110 - a file
                    await asyncio.sleep(0.05)
        except TimeoutError:
            pytest.fail(await asyncio.to_thread(self.log.read_text))
        return record
