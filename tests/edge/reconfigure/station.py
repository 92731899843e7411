"""A real station to be configured from afar: the agent as a process, and who commands it."""

import asyncio
import contextlib
import json
import os
import sys
import typing
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from edge.messages import State
from edge.messages.command import Reply
from edge.mqtt import Connector, Identity, MqttConfig
from edge.reconfigure.record import Record
from edge.reconfigure.store import Store

_STATION = """\
state_dir = "{folder}/state"

[station]
network = "XX"
station = "A"
latitude = 17.0
longitude = -99.5

[source]
type = "synthetic"
latitude = 17.0
longitude = -99.5

[detection.model]
enabled = false

[archive]
enabled = false

[mqtt]
port = {port}
retry_max_s = 0.5

[configure]
healthy_s = {healthy_s}
deadline_s = {deadline_s}
{more}
"""
_PATIENCE_S = 120.0
_REPEAT_S = 2.0


class FieldStation:
    """A station's file and what its agent leaves on disk."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder = folder
        self.port = port
        self.file = folder / "station.toml"
        self.store = Store(folder / "state")
        self.log = folder / "agent.log"
        self.environment: dict[str, str] = {}

    def write(self, *, healthy_s: float = 1.0, deadline_s: float = 90.0, more: str = "") -> None:
        """Write the station file."""
        self.file.write_text(
            _STATION.format(
                folder=self.folder,
                port=self.port,
                healthy_s=healthy_s,
                deadline_s=deadline_s,
                more=more,
            )
        )

    def said(self) -> str:
        """Return the agent's log."""
        return self.log.read_text() if self.log.exists() else ""

    def record(self) -> Record:
        """Return what is kept."""
        return self.store.read()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[asyncio.subprocess.Process]:
        """Run `edge-agent run`; kill it at the end if need be."""
        with self.log.open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                Path(sys.executable).with_name("edge-agent"),
                *("run", "--config", self.file, "--json-logs"),
                stdout=log,
                stderr=log,
                env={**os.environ, **self.environment},
            )
        try:
            yield process
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()

    async def until(self, condition: typing.Callable[[], bool]) -> None:
        """Wait until something holds; on failure show the agent's log."""
        try:
            async with asyncio.timeout(_PATIENCE_S):
                while not condition():  # noqa: ASYNC110 - conditions of other people's parts
                    await asyncio.sleep(0.02)
        except TimeoutError:
            pytest.fail(await asyncio.to_thread(self.said))


class Operator:
    """Commands a station and hears its answers."""

    def __init__(self, connection: Any, station: FieldStation) -> None:  # noqa: ANN401
        self.replies: list[Reply] = []
        self.states: list[State] = []
        self._connection = connection
        self._station = station

    async def listen(self) -> None:
        """Hear for ever."""
        async for message in self._connection.messages:
            if message.topic.value.endswith("/reply"):
                self.replies.append(Reply.from_wire(message.payload))
            else:
                self.states.append(State.from_wire(message.payload))
            self._connection.acknowledge(message)

    def online(self) -> State:
        """Return what the station said last when it connected."""
        return next(state for state in reversed(self.states) if state.online)

    async def configure(self, name: str, **arguments: Any) -> Reply:  # noqa: ANN401
        """Send the command again and again until the station answers; return the first answer."""
        command = {"id": name, "name": "configure", "arguments": arguments}
        before = len(self._answers(name))
        async with asyncio.timeout(_PATIENCE_S):
            while len(self._answers(name)) == before:
                await self._connection.deliver(
                    "tremor/v1/XX/A/command", json.dumps(command).encode()
                )
                await self._heard_within(lambda: len(self._answers(name)) > before, _REPEAT_S)
        return self._answers(name)[before]

    def _answers(self, name: str) -> list[Reply]:
        return [reply for reply in self.replies if reply.id == name]

    async def _heard_within(self, condition: typing.Callable[[], bool], most_s: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(most_s):
                while not condition():  # noqa: ASYNC110 - conditions of other people's parts
                    await asyncio.sleep(0.02)

    async def answer(self, name: str, *, done: bool = True) -> Reply:
        """Return the answer to a command, the last one or the interim one."""
        found: list[Reply] = []

        def there() -> bool:
            found[:] = [r for r in self.replies if r.id == name and r.done is done]
            return bool(found)

        await self._station.until(there)
        return found[-1]


@asynccontextmanager
async def operating(station: FieldStation) -> AsyncIterator[Operator]:
    """Sit at the centre."""
    connector = Connector(MqttConfig(port=station.port), Identity("operator"))
    async with connector.connect() as connection:
        await connection.subscribe("tremor/v1/XX/A/reply", qos=1)
        await connection.subscribe("tremor/v1/XX/A/state", qos=1)
        operator = Operator(connection, station)
        hearing = asyncio.create_task(operator.listen())
        try:
            yield operator
        finally:
            hearing.cancel()
            await asyncio.gather(hearing, return_exceptions=True)
