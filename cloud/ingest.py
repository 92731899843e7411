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
from collections.abc import Awaitable, Callable

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

_MOST_AT_ONCE = 256
"""Messages that are taken in a row; others of the loop have their turn after them."""
_GATHER_S = 0.05
"""An acknowledgement may wait so long for others: one write to disk serves all of them."""
_GATHERED = 16
"""So many wait for no more: brokers that speak version 3.1.1 send 20 ahead."""
_IN_FLIGHT = 2_000
"""Messages that a version 5 broker may send ahead of our acknowledgements."""

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

    Attributes:
        received: Messages handed on.
        broken: Messages dropped, by topic.
        failed: Messages on which the handler failed; each is an error of ours.
    """

    def __init__(
        self,
        config: MqttConfig,
        handler: Handler,
        client_id: str = "tremor-aggregator",
        session_s: int = 86_400,
        settle: Callable[[], Awaitable[None]] = _nothing_to_settle,
    ) -> None:
        self.received = 0
        self.failed = 0
        self.broken: Counter[str] = Counter()
        self._config = config
        self._handler = handler
        self._settle = settle
        self._identity = Identity(
            config.client_id or client_id, session_s=session_s, in_flight=_IN_FLIGHT
        )

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
        await connection.subscribe([(topic, 1) for topic in TOPICS])
        await stop.wait()

    async def _read(self, connection: Connection, settling: "Settling") -> None:
        while True:
            for message in await connection.waiting(_MOST_AT_ONCE):
                await self._take(message)
                settling.add(message)
            await asyncio.sleep(0)

    async def _take(self, message: aiomqtt.Message) -> None:
        topic = message.topic.value
        if not message.payload and message.retain:
            return  # the way of MQTT to take a retained state away
        try:
            read = read_station_message(topic, message.payload)
        except BrokenMessageError as error:
            self._count_broken(error)
            return
        self.received += 1
        try:
            await self._handler(read)
        except Exception:  # noqa: BLE001 - an error of ours, told in full; others must come through
            self.failed += 1
            _log.exception("message_failed", topic=topic, payload=repr(message.payload[:2_000]))

    def _count_broken(self, error: BrokenMessageError) -> None:
        known = error.topic in self.broken or len(self.broken) < _MAX_PLACES
        place = error.topic if known else _OTHERS
        self.broken[place] += 1
        if self.broken[place] == 1:
            _log.warning("message_broken", topic=error.topic[:200], reason=error.reason)


class Settling:
    """Acknowledges messages that were dealt with, many after one settlement.

    Args:
        settle: When it returns, what was handed on before is safe.
        acknowledge: Called with each message after that.
    """

    def __init__(
        self,
        settle: Callable[[], Awaitable[None]],
        acknowledge: Callable[[aiomqtt.Message], None],
    ) -> None:
        self._settle = settle
        self._acknowledge = acknowledge
        self._dealt_with: list[aiomqtt.Message] = []
        self._some = asyncio.Event()
        self._enough = asyncio.Event()

    def add(self, message: aiomqtt.Message) -> None:
        """Take a message that was dealt with."""
        if message.qos == 0:
            return
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
