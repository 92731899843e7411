"""Station agents as processes of their own, started as a person would start them."""

import asyncio
import contextlib
import os
import sys
from dataclasses import dataclass
from pathlib import Path

from cloud.toml import to_toml
from edge.config import StationConfig

_STOP_S = 8.0
_LOG_LINES = 8


@dataclass(frozen=True, slots=True)
class _Running:
    name: str
    process: asyncio.subprocess.Process
    log: Path


class Agents:
    """The processes; all end with `stop`.

    Args:
        configs: One a station; each has a state directory of its own, where file and log go.
    """

    def __init__(self, configs: list[StationConfig]) -> None:
        self._configs = configs
        self._running: list[_Running] = []

    async def start(self) -> None:
        """Start `edge-agent run` for every station."""
        for config in self._configs:
            folder = config.state_dir
            folder.mkdir(parents=True, exist_ok=True)
            file, log = folder / "station.toml", folder / "agent.log"
            file.write_text(to_toml(config), encoding="utf-8")
            with log.open("wb") as output:
                process = await asyncio.create_subprocess_exec(
                    *_edge_agent(),
                    *("run", "--config", str(file)),
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    env=os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
                )
            self._running.append(_Running(config.station.station, process, log))

    async def wait(self) -> None:
        """Wait until all have ended."""
        for agent in self._running:
            await agent.process.wait()

    def failures(self) -> list[str]:
        """Return a text for every agent that ended with an error: its name and last words."""
        return [
            f"{agent.name} ended with exit code {agent.process.returncode}:\n{_tail(agent.log)}"
            for agent in self._running
            if agent.process.returncode
        ]

    async def stop(self) -> None:
        """End all: politely first."""
        for agent in self._running:
            with contextlib.suppress(ProcessLookupError):
                agent.process.terminate()
        try:
            async with asyncio.timeout(_STOP_S):
                await self.wait()
        except TimeoutError:
            for agent in self._running:
                with contextlib.suppress(ProcessLookupError):
                    agent.process.kill()
            await self.wait()


def _edge_agent() -> tuple[str, ...]:
    command = Path(sys.executable).with_name("edge-agent")
    if command.is_file():
        return (str(command),)
    return (sys.executable, "-c", "from edge.cli import main; main()")


def _tail(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    return "\n".join(f"    {line}" for line in lines[-_LOG_LINES:])
