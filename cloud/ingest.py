"""From the broker to the aggregator: what stations say, checked, for ever.

The subscription outlives the connection, and a message is acknowledged only after the handler
has dealt with it and what came with it is settled, once for all that waited: a trigger that is sent
while the aggregator is away, or in the moment it dies, comes again. The handler must therefore bear
the same message twice.

A broken message is counted, logged once a station and kind with the reason, and dropped. So is
one on which the handler fails, with the traceback: delivered again and again, it would keep the
centre from ever reading another.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

import aiomqtt
import structlog

from cloud.errors import BrokenMessageError
from cloud.station_messages import TOPICS, StationMessage, read_station_message
from edge.concurrency import until_first, wait_at_most
from edge.mqtt import Connection, Identity, MqttConfig, stay_connected

_log = structlog.get_logger(__name__)

_MAX_PLACES = 1_000
"""Topics that are told apart in the counts; a flood of made-up stations must not fill memory."""
_OTHERS = "others"
SESSION_S = 86_400
"""The broker keeps what came while we were away so long (version 5)."""

_MOST_AT_ONCE = 256
"""Messages that are taken in a row; others of the loop have their turn after them."""
_GATHER_S = 0.05
"""An acknowledgement may wait so long for others: one write to disk serves all of them."""
_GATHERED = 16
"""So many wait for no more: brokers that speak version 3.1.1 send 20 ahead."""
IN_FLIGHT = 2_000
"""Messages that a version 5 broker may send ahead of our acknowledgements."""

_T = TypeVar("_T")
Handler = Callable[[StationMessage], Awaitable[None]]


async def _nothing_to_settle() -> None:
    """Do nothing."""


class Ingest:
    """Reads stations' messages and hands them on.

    Args:
        config: The broker.
        handler: Called with one message after the other.
        client_id: Our name at the broker, unless the configuration gives one; the broker keeps
            our messages under this name while we are away.
        session_s: Seconds for which it does so (version 5).
        settle: Called after some messages; when it returns, they may be acknowledged.
        topics: What to subscribe to.

    Attributes:
        received: Messages handed on.
        failed: Messages on which the handler failed; each is an error of ours.
    """

    def __init__(
        self,
        config: MqttConfig,
        handler: Handler,
        client_id: str = "tremor-aggregator",
        session_s: int = SESSION_S,
        settle: Callable[[], Awaitable[None]] = _nothing_to_settle,
        topics: Sequence[str] = TOPICS,
    ) -> None:
        self.received = 0
        self.failed = 0
        self._broken = BrokenCount()
        self._config = config
        self._handler = handler
        self._settle = settle
        self._topics = topics
        self._identity = Identity(
            config.client_id or client_id, session_s=session_s, in_flight=IN_FLIGHT, bulk=True
        )

    @property
    def broken(self) -> Counter[str]:
        """Messages dropped, by topic."""
        return self._broken.by_topic

    async def run(self, stop: asyncio.Event) -> None:
        """Read until `stop` is set.

        Raises:
            ConfigError: A password or certificate file cannot be used.
        """

        async def serve(connection: Connection) -> None:
            settling = Settling(self._settle, connection.acknowledge)
            await until_first(
                connection.wait_lost(),
                self._read(connection, settling),
                settling.run(),
                self._subscribe(connection, stop),
            )
            await until_first(connection.wait_lost(), settling.finish())

        await stay_connected(self._config, self._identity, serve, stop)

    async def _subscribe(self, connection: Connection, stop: asyncio.Event) -> None:
        """Subscribe beside the reading: a broker may deliver before it answers."""
        await connection.subscribe([(topic, 1) for topic in self._topics])
        await stop.wait()

    async def _read(self, connection: Connection, settling: "Settling[aiomqtt.Message]") -> None:
        while True:
            for message in await connection.waiting(_MOST_AT_ONCE):
                await self._take(message)
                if message.qos > 0:
                    settling.add(message)
            await asyncio.sleep(0)

    async def _take(self, message: aiomqtt.Message) -> None:
        topic = message.topic.value
        if is_farewell(message):
            return
        try:
            read = read_station_message(topic, message.payload)
        except BrokenMessageError as error:
            self._broken.add(error)
            return
        self.received += 1
        try:
            await self._handler(read)
        except Exception:  # noqa: BLE001 - an error of ours, told in full; others must come through
            self.failed += 1
            _log.exception("message_failed", topic=topic, payload=repr(message.payload[:2_000]))


def is_farewell(message: aiomqtt.Message) -> bool:
    """Return whether a message is the way of MQTT to take a retained state away."""
    return not message.payload and message.retain


class BrokenCount:
    """Counts broken messages, and logs the first of each topic.

    Attributes:
        by_topic: Messages, by topic; beyond a thousand topics together.
    """

    def __init__(self) -> None:
        self.by_topic: Counter[str] = Counter()

    def add(self, error: BrokenMessageError) -> None:
        """Count one."""
        known = error.topic in self.by_topic or len(self.by_topic) < _MAX_PLACES
        place = error.topic if known else _OTHERS
        self.by_topic[place] += 1
        if self.by_topic[place] == 1:
            _log.warning("message_broken", topic=error.topic[:200], reason=error.reason)


class Settling(Generic[_T]):
    """Acknowledges messages that were dealt with, many after one settlement.

    Args:
        settle: When it returns, what was handed on before is safe.
        acknowledge: Called with each message after that.
    """

    def __init__(
        self,
        settle: Callable[[], Awaitable[None]],
        acknowledge: Callable[[_T], None],
    ) -> None:
        self._settle = settle
        self._acknowledge = acknowledge
        self._dealt_with: list[_T] = []
        self._some = asyncio.Event()
        self._enough = asyncio.Event()

    def add(self, message: _T) -> None:
        """Take a message that was dealt with."""
        self._dealt_with.append(message)
        self._some.set()
        if len(self._dealt_with) >= _GATHERED:
            self._enough.set()

    async def run(self) -> None:
        """Settle and acknowledge for ever."""
        while True:
            await self._some.wait()
            await wait_at_most(self._enough, _GATHER_S)
            await self.finish()

    async def finish(self) -> None:
        """Settle and acknowledge what was dealt with."""
        messages, self._dealt_with = self._dealt_with, []
        self._some.clear()
        self._enough.clear()
        await self._settle()
        for message in messages:
            self._acknowledge(message)
