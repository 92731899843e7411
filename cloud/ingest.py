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
from edge.concurrency import until_first
from edge.mqtt import Connection, Identity, MqttConfig, stay_connected

_log = structlog.get_logger(__name__)

_MAX_PLACES = 1_000
"""Topics that are told apart in the counts; a flood of made-up stations must not fill memory."""
_OTHERS = "others"

_MOST_AT_ONCE = 256
"""Messages between two settlements."""

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
        self._identity = Identity(config.client_id or client_id, session_s=session_s)

    async def run(self, stop: asyncio.Event) -> None:
        """Read until `stop` is set.

        Raises:
            ConfigError: A password or certificate file cannot be used.
        """

        async def serve(connection: Connection) -> None:
            await until_first(
                connection.wait_lost(),
                self._read(connection),
                self._subscribe(connection, stop),
            )

        await stay_connected(self._config, self._identity, serve, stop)

    async def _subscribe(self, connection: Connection, stop: asyncio.Event) -> None:
        """Subscribe beside the reading: a broker may deliver before it answers."""
        await connection.subscribe([(topic, 1) for topic in TOPICS])
        await stop.wait()

    async def _read(self, connection: Connection) -> None:
        while True:
            messages = await connection.waiting(_MOST_AT_ONCE)
            for message in messages:
                await self._take(message)
            await self._settle()
            for message in messages:
                connection.acknowledge(message)

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
