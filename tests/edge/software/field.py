"""A real station that is started by the launcher, as systemd starts it."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from cloud.toml import to_toml
from edge.config import StationConfig
from edge.update.record import Record
from edge.update.store import UpdateStore
from edge.update.targets import Kind

_PATIENCE_S = 240.0
CHECKOUT = (sys.executable, "-m", "edge.software.launcher")


class Field:
    """A station's file, its agent, and what it keeps of its software.

    Args:
        folder: Of its file and log.
        config: The station's.
        command: Its `edge-agent`; that of this checkout where left out.
    """

    def __init__(
        self, folder: Path, config: StationConfig, command: tuple[str, ...] = CHECKOUT
    ) -> None:
        self._command = command
        self.config = config
        self.file = folder / "station.toml"
        self.file.write_text(to_toml(config))
        self.log = folder / "agent.log"
        self.store = UpdateStore(config.state_dir, kind=Kind.SOFTWARE)

    def record(self) -> Record:
        """Return what is kept."""
        return self.store.read()

    async def start(self) -> asyncio.subprocess.Process:
        """Start `edge-agent run` through the launcher."""
        with self.log.open("ab") as log:
            return await asyncio.create_subprocess_exec(
                *self._command,
                *("run", "--config", self.file, "--json-logs"),
                stdout=log,
                stderr=log,
                env={**os.environ, "OMP_NUM_THREADS": "1"},
            )

    @asynccontextmanager
    async def running(self) -> AsyncIterator[asyncio.subprocess.Process]:
        """Run the agent; kill it at the end if need be."""
        process = await self.start()
        try:
            yield process
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()

    @asynccontextmanager
    async def supervised(self) -> AsyncIterator[list[int]]:
        """Run the agent as systemd does: what ends is started again; yield how each ended."""
        ends: list[int] = []

        async def keep() -> None:
            while True:
                async with self.running() as process:
                    ends.append(await process.wait())

        keeping = asyncio.create_task(keep())
        try:
            yield ends
        finally:
            keeping.cancel()
            await asyncio.wait([keeping])

    async def until(self, condition: Callable[[Record], bool]) -> Record:
        """Wait until something holds of what is kept; on failure show the agent's log."""
        try:
            async with asyncio.timeout(_PATIENCE_S):
                while not condition(record := self.record()):  # noqa: ASYNC110 - a file
                    await asyncio.sleep(0.05)
        except TimeoutError:
            pytest.fail(await asyncio.to_thread(self.log.read_text))
        return record
