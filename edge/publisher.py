"""From the outbox to the broker, for ever.

`Publisher.run` connects, says that the station is online, and sends what the outbox holds, the
most urgent first and several messages in flight; each is deleted when the broker acknowledged
it. When the connection breaks, it connects again after a growing, jittered delay. A message may
so arrive twice, never less than once; receivers tell by id and revision.

On the broker the station's `state` is retained: the birth certificate while it is connected,
the last will after the connection broke, and the same words when it stops on purpose.
"""

import asyncio
import contextlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import aiomqtt
import structlog

from edge.concurrency import until_first, wait_at_most
from edge.errors import PublishRefusedError
from edge.mqtt import Connection, Identity, MqttConfig, stay_connected
from edge.outbox import Outbox, Queued
from edge.timestamps import ns_to_seconds

_log = structlog.get_logger(__name__)

_IN_FLIGHT_MESSAGES = 16
"""Below the 20 that brokers and clients allow by default."""
_IN_FLIGHT_BYTES = 65_536
"""So that a trigger never waits long behind a bulk of waveforms on a thin line."""
_LARGEST_BYTES = 131_072
"""Twice the largest command: what is larger would only fill a board's memory."""
_WAITING_COMMANDS = 32
"""A flood of commands must not fill a board's memory; whoever is not answered asks again."""
_FAREWELL_S = 3.0
"""Most seconds that a stop waits for the outbox to empty."""

_REFUSED_RETRY_S = 300.0
"""A refused message is kept back so long, over reconnections: some brokers hang up on it."""


@dataclass(frozen=True, slots=True)
class Presence:
    """What the broker retains about us."""

    topic: str
    birth: Callable[[], bytes]
    """Gives the payload at the moment of connecting."""
    will: bytes
    beside: Callable[[], Sequence[tuple[str, bytes]]] = tuple
    """Gives topics and payloads of what else is to be retained, at the same moment."""


class Inbox(Protocol):
    """Who takes messages."""

    @property
    def topic(self) -> str:
        """What to subscribe to."""
        ...

    async def take(self, payload: bytes) -> None:
        """Take one; when this returns, it is dealt with."""
        ...


class Publisher:
    """Sends an outbox to a broker.

    Args:
        config: The broker.
        outbox: What to send.
        client_id: Our name at the broker, unless the configuration gives one.
        presence: What to retain about us; None for a client without a state.
        inbox: What to subscribe to, and who takes it; nothing where left out.

    Attributes:
        sent: Messages that the broker acknowledged.
        refused: Times that the broker refused a message; it stays in the outbox, is tried again
            after some minutes, and goes when it expires.
    """

    def __init__(
        self,
        config: MqttConfig,
        outbox: Outbox,
        client_id: str,
        presence: Presence | None = None,
        inbox: Inbox | None = None,
    ) -> None:
        self.sent = 0
        self.refused = 0
        self._config = config
        self._outbox = outbox
        self._presence = presence
        self._inbox = inbox
        will = None
        if presence is not None:
            will = aiomqtt.Will(presence.topic, presence.will, qos=1, retain=True)
        name = config.client_id or client_id
        self._identity = Identity(
            name, will, largest_bytes=_LARGEST_BYTES, most_waiting=_WAITING_COMMANDS
        )
        self._connection: Connection | None = None
        self._retry_at_s: dict[int, float] = {}
        self._work = asyncio.Event()
        self._news = asyncio.Event()
        self._loop = asyncio.get_running_loop()

    @property
    def connected(self) -> bool:
        """Whether a broker listens to us at this moment."""
        return self._connection is not None

    def wake(self) -> None:
        """Say that the outbox has something new; safe to call from any thread."""
        self._loop.call_soon_threadsafe(self._work.set)

    def announce(self) -> None:
        """Publish the birth certificate anew, because what it says has changed."""
        self._news.set()

    async def publish_now(self, topic: str, payload: bytes, *, retain: bool = False) -> bool:
        """Publish at QoS 0, past the outbox; return whether a broker was there to take it."""
        if self._connection is None:
            return False
        try:
            await self._connection.deliver(topic, payload, qos=0, retain=retain)
        except aiomqtt.MqttError:
            return False
        return True

    async def run(self, stop: asyncio.Event) -> None:
        """Publish until `stop` is set; then send what waits, say goodbye and return.

        Raises:
            ConfigError: A password or certificate file cannot be used.
        """
        await stay_connected(
            self._config, self._identity, lambda connection: self._serve(connection, stop), stop
        )

    async def _serve(self, connection: Connection, stop: asyncio.Event) -> None:
        self._connection = connection
        try:
            await until_first(
                connection.wait_lost(),
                self._announce_for_ever(connection),
                self._drain_for_ever(connection),
                self._listen_for_ever(connection),
                stop.wait(),
            )
            await until_first(connection.wait_lost(), self._say_goodbye(connection))
        finally:
            self._connection = None

    async def _announce_for_ever(self, connection: Connection) -> None:
        if self._presence is None:
            await asyncio.Event().wait()
            return
        while True:
            self._news.clear()
            taken = await self._retain(connection, self._presence.topic, self._presence.birth())
            for topic, payload in self._presence.beside():
                await self._retain(connection, topic, payload)
            if taken:
                await self._news.wait()
            else:
                await wait_at_most(self._news, _REFUSED_RETRY_S)

    async def _retain(self, connection: Connection, topic: str, payload: bytes) -> bool:
        """Publish something; a broker that refuses it gets the triggers all the same.

        Whoever takes a station's rights at the broker must not end its detection.
        """
        try:
            await connection.deliver(topic, payload, retain=True)
        except PublishRefusedError as error:
            self.refused += 1
            _log.warning("mqtt_refused", topic=error.topic, reason=error.reason)
            return False
        return True

    async def _listen_for_ever(self, connection: Connection) -> None:
        """Hand over what comes, and acknowledge it when it is dealt with."""
        if self._inbox is None:
            await asyncio.Event().wait()
            return
        await connection.subscribe(self._inbox.topic, qos=1)
        async for message in connection.messages:
            if not message.retain and isinstance(message.payload, bytes):
                await self._inbox.take(message.payload)
            connection.acknowledge(message)

    async def _drain_for_ever(self, connection: Connection) -> None:
        while True:
            self._work.clear()
            await self._drain(connection)
            await self._work.wait()

    async def _drain(self, connection: Connection) -> None:
        """Send until nothing is left but what the broker refused of late."""
        while True:
            now_s = time.monotonic()
            self._retry_at_s = {n: at_s for n, at_s in self._retry_at_s.items() if at_s > now_s}
            batch = await asyncio.to_thread(
                self._outbox.batch,
                _IN_FLIGHT_MESSAGES,
                _IN_FLIGHT_BYTES,
                frozenset(self._retry_at_s),
            )
            if not batch:
                return
            outcomes = await asyncio.gather(
                *(self._send(connection, message) for message in batch), return_exceptions=True
            )
            sent = [m.id for m, taken in zip(batch, outcomes, strict=True) if taken is True]
            self.sent += len(sent)
            await asyncio.to_thread(self._outbox.delete, sent)
            for outcome in outcomes:
                if isinstance(outcome, BaseException):
                    raise outcome

    async def _send(self, connection: Connection, message: Queued) -> bool:
        expires_s = None
        if message.expires_ns is not None:
            expires_s = ns_to_seconds(message.expires_ns - time.time_ns())
        try:
            await connection.deliver(
                message.topic,
                message.payload,
                qos=message.qos,
                retain=message.retain,
                expires_s=expires_s,
            )
        except PublishRefusedError as error:
            self.refused += 1
            self._retry_at_s[message.id] = time.monotonic() + _REFUSED_RETRY_S
            _log.warning("mqtt_refused", topic=error.topic, reason=error.reason)
            return False
        return True

    async def _say_goodbye(self, connection: Connection) -> None:
        try:
            async with asyncio.timeout(_FAREWELL_S):
                await self._drain(connection)
        except TimeoutError:
            _log.warning("outbox_not_empty", waiting=self._outbox.depth)
        if self._presence is None:
            return
        # On a slow line nobody waits for the answer: what was sent goes before the disconnection.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_FAREWELL_S):
                await self._retain(connection, self._presence.topic, self._presence.will)
