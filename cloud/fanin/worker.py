"""A process that receives: takes its share of the messages, checks them, hands them on.

    python -m cloud.fanin.worker FD

FD is one end of a pair of sockets; the first line that comes over it has the settings. A message is
acknowledged to the broker when the centre says that it is safe. The process ends when the other end
is closed, however the centre ended, and minds no signals: whoever ends the centre ends it.
"""

import asyncio
import signal
import socket
import sys
from collections import deque
from typing import Final

import aiomqtt

from cloud.errors import BrokenMessageError
from cloud.fanin.frames import Handed, NumberUnpacker, pack
from cloud.fanin.settings import WorkerSettings
from cloud.ingest import IN_FLIGHT, SESSION_S, BrokenCount, is_farewell
from cloud.station_messages import SHARED_TOPICS, read_station_message
from edge.concurrency import until_first
from edge.logs import configure_logs
from edge.mqtt import Connection, Identity, stay_connected

_MOST_AT_ONCE: Final = 256
_MOST_WAITING: Final = 20_000
"""Beyond it reports are dropped; messages of QoS 1 cannot be so many."""
_CHUNK: Final = 65_536


class Worker:
    """Receives, checks, hands on.

    Args:
        settings: Broker and group.
        reader: From the centre.
        writer: To the centre.
    """

    def __init__(
        self,
        settings: WorkerSettings,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        self._settings = settings
        self._reader = reader
        self._writer = writer
        self._broken = BrokenCount()
        self._connection: Connection | None = None
        self._number = 0
        self._waiting: deque[tuple[int, Connection, aiomqtt.Message]] = deque()

    async def run(self) -> None:
        """Work until the centre is gone."""
        stop = asyncio.Event()
        identity = Identity(
            self._settings.client_id,
            session_s=SESSION_S,
            in_flight=IN_FLIGHT,
            bulk=True,
            most_waiting=_MOST_WAITING,
        )
        receiving = stay_connected(self._settings.broker(), identity, self._serve, stop)
        await until_first(receiving, self._acknowledge_for_ever())

    async def _serve(self, connection: Connection) -> None:
        await until_first(
            connection.wait_lost(), self._hand_on(connection), self._subscribe(connection)
        )

    async def _subscribe(self, connection: Connection) -> None:
        group = self._settings.group
        await connection.subscribe([(f"$share/{group}/{topic}", 1) for topic in SHARED_TOPICS])
        await asyncio.Event().wait()

    async def _hand_on(self, connection: Connection) -> None:
        while True:
            for message in await connection.waiting(_MOST_AT_ONCE):
                self._take(connection, message)
            await self._writer.drain()

    def _take(self, connection: Connection, message: aiomqtt.Message) -> None:
        if is_farewell(message):
            connection.acknowledge(message)
            return
        topic = message.topic.value
        try:
            read_station_message(topic, message.payload)
        except BrokenMessageError as error:
            self._broken.add(error)
            connection.acknowledge(message)
            return
        number = 0
        if message.qos > 0:
            self._number = number = self._number + 1
            self._waiting.append((number, connection, message))
        self._writer.write(pack(Handed(number, topic, message.payload)))

    async def _acknowledge_for_ever(self) -> None:
        unpacker = NumberUnpacker()
        while data := await self._reader.read(_CHUNK):
            safe = unpacker.feed(data)
            while safe is not None and self._waiting and self._waiting[0][0] <= safe:
                _, connection, message = self._waiting.popleft()
                if not connection.is_lost:
                    connection.acknowledge(message)


async def _work(descriptor: int) -> None:
    line = socket.socket(fileno=descriptor)
    reader, writer = await asyncio.open_connection(sock=line)
    settings = WorkerSettings.model_validate_json(await reader.readline())
    configure_logs(as_json=settings.json_logs)
    try:
        await Worker(settings, reader, writer).run()
    finally:
        writer.close()


def main() -> None:
    """Run a worker."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    asyncio.run(_work(int(sys.argv[1])))


if __name__ == "__main__":
    main()
