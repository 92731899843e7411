"""The workers: started, started again when they die, and what they hand on.

A worker that dies leaves its unacknowledged messages at the broker, under a name that the next one
takes up; the others go on meanwhile. What it had handed on and was not told safe comes twice.
"""

import asyncio
import socket
import sys
from collections.abc import Awaitable, Callable, Coroutine
from typing import Final

import structlog

from cloud.errors import BrokenMessageError
from cloud.fanin.config import IngestConfig
from cloud.fanin.frames import Handed, Unpacker, pack_number
from cloud.fanin.settings import WorkerSettings
from cloud.ingest import Handler, Settling
from cloud.station_messages import read_station_message
from edge.backoff import Backoff
from edge.concurrency import until_first, wait_at_most
from edge.mqtt import MqttConfig

_log = structlog.get_logger(__name__)

_CHUNK: Final = 262_144
_LONGEST_PAUSE_S: Final = 10.0
_STEADY_S: Final = 10.0
_GRACE_S: Final = 3.0


class Team:
    """Runs the workers of a centre.

    Args:
        mqtt: The broker.
        config: How many.
        name: Our name at the broker.
        handler: Called with one message after the other.
        settle: When it returns, what was handed on before is safe.

    Attributes:
        received: Messages handed on.
        failed: Messages on which the handler failed.
        restarts: Workers that died and were started again.
        processes: Process ids of the workers that run.
    """

    def __init__(
        self,
        mqtt: MqttConfig,
        config: IngestConfig,
        name: str,
        handler: Handler,
        settle: Callable[[], Awaitable[None]],
    ) -> None:
        self.received = 0
        self.failed = 0
        self.restarts = 0
        self.processes: dict[int, int] = {}
        self._mqtt = mqtt
        self._config = config
        self._name = name
        self._handler = handler
        self._settle = settle
        self._one_at_a_time = asyncio.Lock()

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set."""
        count = self._config.processes
        async with asyncio.TaskGroup() as group:
            for number in range(count):
                group.create_task(self._keep_running(number, stop))

    async def _keep_running(self, number: int, stop: asyncio.Event) -> None:
        loop = asyncio.get_running_loop()
        backoff = Backoff(maximum_s=_LONGEST_PAUSE_S)
        while not stop.is_set():
            began_s = loop.time()
            await self._run_one(number, stop)
            if stop.is_set():
                return
            self.restarts += 1
            if loop.time() - began_s > _STEADY_S:
                backoff.reset()
                continue
            await wait_at_most(stop, backoff.next_delay_s())

    async def _run_one(self, number: int, stop: asyncio.Event) -> None:
        """Run a worker until it dies or is to end."""
        ours, theirs = socket.socketpair()
        with theirs:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "cloud.fanin.worker", str(theirs.fileno())),
                stdin=asyncio.subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
            )
        self.processes[number] = process.pid
        reader, writer = await asyncio.open_connection(sock=ours)
        settings = WorkerSettings(
            mqtt=self._mqtt,
            client_id=f"{self._name}-{self._config.group}-{number}",
            group=self._config.group,
            json_logs=_logs_are_json(),
        )
        writer.write(settings.to_line())
        settling = Settling[int](self._settle, lambda handed: writer.write(pack_number(handed)))
        try:
            await until_first(stop.wait(), self._read(reader, settling), settling.run())
            if stop.is_set():
                await settling.finish()
        finally:
            writer.close()
            del self.processes[number]
            await _even_if_cancelled(_see_off(process))
        if not stop.is_set():
            _log.error("ingest_process_died", number=number, code=process.returncode)

    async def _read(self, reader: asyncio.StreamReader, settling: Settling[int]) -> None:
        unpacker = Unpacker()
        while data := await _read_some(reader):
            for handed in unpacker.feed(data):
                async with self._one_at_a_time:
                    await self._take(handed)
                if handed.number:
                    settling.add(handed.number)
            await asyncio.sleep(0)

    async def _take(self, handed: Handed) -> None:
        self.received += 1
        try:
            await self._handler(read_station_message(handed.topic, handed.payload))
        except BrokenMessageError:
            raise
        except Exception:  # noqa: BLE001 - an error of ours, told in full; others must come through
            self.failed += 1
            _log.exception(
                "message_failed", topic=handed.topic, payload=repr(handed.payload[:2_000])
            )


async def _read_some(reader: asyncio.StreamReader) -> bytes:
    """Read what comes; nothing where the other end is gone, in whatever way."""
    try:
        return await reader.read(_CHUNK)
    except ConnectionError:
        return b""  # it was killed before it had read all that we wrote


async def _even_if_cancelled(ending: Coroutine[None, None, None]) -> None:
    """Wait for an end that must not be cut short: whoever cancels waits too."""
    task = asyncio.ensure_future(ending)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await task
        raise


async def _see_off(process: asyncio.subprocess.Process) -> None:
    """Wait for the end of a worker whose line is closed; one that hangs is killed."""
    try:
        async with asyncio.timeout(_GRACE_S):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()


def _logs_are_json() -> bool:
    processors = structlog.get_config()["processors"]
    return bool(processors) and isinstance(processors[-1], structlog.processors.JSONRenderer)
