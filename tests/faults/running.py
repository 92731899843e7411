"""`edge-agent run` as a process, seen through its log: what it made, what it complained of."""

import asyncio
import json
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

from cloud.toml import to_toml
from edge.config import StationConfig

Key = tuple[str, int]
"""A trigger's id and revision."""
PATIENCE_S = 120.0
"""So long is waited for what must come; a machine may be very busy."""


class RunningAgent:
    """One station's agent, started, killed and started again.

    Args:
        station: Its configuration; may be replaced between two starts.
        prefix: Words before the command, such as a program that limits it.
        log_folder: Where its logs and its station file lie; beside its state where left out.
        environment: Of the process; ours where left out.

    Attributes:
        made: Triggers that it said it had kept on disk, in order, over all starts.
        events: What it said and how often, over all starts.
        complaints: The newest lines of level error.
    """

    def __init__(
        self,
        station: StationConfig,
        prefix: Sequence[str] = (),
        log_folder: Path | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.station = station
        self.made: dict[Key, str] = {}
        self.events: dict[str, int] = {}
        self.complaints: list[dict[str, Any]] = []
        self._prefix = list(prefix)
        self._log_folder = log_folder or station.state_dir.parent
        self._environment = environment
        self._process: asyncio.subprocess.Process | None = None
        self._starts = 0
        self._read_bytes = 0

    @property
    def log(self) -> Path:
        """The log of the newest start."""
        return self._log_folder / f"agent-{self._starts}.log"

    @property
    def pid(self) -> int:
        """Number of the process."""
        if self._process is None:
            raise RuntimeError("not started")
        return self._process.pid

    @property
    def code(self) -> int | None:
        """Exit code; None while it runs."""
        return self._process.returncode if self._process is not None else None

    async def start(self) -> None:
        """Start it, with a log of its own."""
        self._log_folder.mkdir(parents=True, exist_ok=True)
        self._starts += 1
        self._read_bytes = 0
        file = self.log.with_suffix(".toml")
        file.write_text(to_toml(self.station))
        with self.log.open("wb") as log:
            self._process = await asyncio.create_subprocess_exec(
                *self._prefix,
                Path(sys.executable).with_name("edge-agent"),
                *("run", "--json-logs", "--config", file),
                stdout=log,
                stderr=log,
                env=self._environment,
            )

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.kill()

    async def kill(self) -> None:
        """Kill -9, where it still runs."""
        if self._process is not None:
            if self._process.returncode is None:
                self._process.kill()
            await self._process.wait()
        self.read()

    async def stop(self) -> int:
        """End it as systemd does; return the exit code."""
        if self._process is not None and self._process.returncode is None:
            self._process.send_signal(signal.SIGTERM)
        return await self.wait()

    async def wait(self) -> int:
        """Wait until it ends; return the exit code."""
        if self._process is None:
            raise RuntimeError("not started")
        async with asyncio.timeout(PATIENCE_S):
            code = await self._process.wait()
        self.read()
        return code

    def forget_log(self) -> None:
        """Remove the log of a start that is over."""
        self.log.unlink(missing_ok=True)
        self.log.with_suffix(".toml").unlink(missing_ok=True)

    def read(self) -> None:
        """Read what the log has new; a line that is not finished waits."""
        if not self.log.exists():
            return
        with self.log.open("rb") as file:
            file.seek(self._read_bytes)
            content = file.read()
        whole = content[: content.rfind(b"\n") + 1]
        self._read_bytes += len(whole)
        for line in whole.splitlines():
            if line.startswith(b"{"):
                self._take(json.loads(line))

    def _take(self, entry: dict[str, Any]) -> None:
        event = entry["event"]
        self.events[event] = self.events.get(event, 0) + 1
        if event == "trigger":
            self.made[entry["id"], entry["revision"]] = entry["status"]
        elif entry["level"] in {"error", "critical"}:
            self.complaints = [*self.complaints[-20:], entry]

    def said(self, event: str) -> bool:
        """Tell whether it said something, in any of its starts."""
        self.read()
        return event in self.events

    async def until(self, condition: Callable[[], bool], patience_s: float = PATIENCE_S) -> None:
        """Wait until something holds; the log is read meanwhile.

        Args:
            condition: What shall hold.
            patience_s: Seconds to wait at most.

        Raises:
            AssertionError: It does not come to hold; with the end of the log.
        """
        try:
            async with asyncio.timeout(patience_s):
                while not condition():
                    await asyncio.sleep(0.02)
                    self.read()
        except TimeoutError:
            text = self.log.read_text(errors="replace")[-4000:] if self.log.exists() else "no log"
            raise AssertionError(
                f"not within {patience_s:g} s; exit code {self.code}\n{text}"
            ) from None

    def rss_bytes(self) -> int:
        """Return the resident memory, anonymous part and files together."""
        return self._memory("VmRSS")

    def anonymous_bytes(self) -> int:
        """Return the resident memory that no file backs: what a leak makes grow."""
        return self._memory("RssAnon")

    def _memory(self, name: str) -> int:
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith(f"{name}:"):
                return int(line.split()[1]) * 1024
        raise ProcessLookupError(self.pid)
