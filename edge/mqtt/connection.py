"""One connection to a broker: MQTT 5, or 3.1.1 where the broker has no more.

Use `Connector(config, identity).connect()` as an asynchronous context; it raises
`aiomqtt.MqttError` when there is no broker. Inside, `deliver` returns when the broker has taken a
message, `wait_lost` ends when the connection does. A connection is used once: whoever wants to
stay connected calls `connect` again.

`Connection` sharpens `aiomqtt.Client` at four points that matter to a station: a broker that
closes the connection instead of answering is noticed at once, not after a timeout; the reason
code of an acknowledgement is looked at, so that a refused message is not taken for a delivered
one; a message can be acknowledged after it was kept, not when it arrives; and an attempt that
fails leaves no socket behind.
"""

import asyncio
import contextlib
import math
import socket
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import aiomqtt
import structlog
from aiomqtt.exceptions import MqttConnectError
from paho.mqtt.client import (
    MQTT_CLEAN_START_FIRST_ONLY,
    MQTT_ERR_SUCCESS,
    DisconnectFlags,
    MQTTMessage,
)
from paho.mqtt.client import Client as PahoClient
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from edge.errors import PublishRefusedError
from edge.mqtt.bulk import BulkReader
from edge.mqtt.config import MqttConfig, Protocol
from edge.mqtt.patience import Patience

_log = structlog.get_logger(__name__)

_UNSUPPORTED_PROTOCOL = 0x84
_RECEIVE_MAXIMUM = 64
"""Unacknowledged messages that a version 5 broker may send us at once, by default."""

_WITH_TLS = (
    "so a broker does with a client certificate that is missing, expired or of an authority that "
    "it does not know: look at [mqtt.tls] and at the broker's log"
)
_WITHOUT_TLS = "so a port for TLS does with a client without: is [mqtt.tls] missing?"

_TCP_S = 15.0
"""Most seconds of a TCP handshake: nothing can cut it short when the station is to stop."""
_HANG_UP_STEPS = 50
"""Hundredths of a second that the farewell of a failed attempt may take."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who connects."""

    client_id: str
    will: aiomqtt.Will | None = None
    session_s: int = 0
    """Seconds that the broker keeps our subscriptions and their messages while we are away.

    0 asks for a clean session. Version 3.1.1 knows only a clean session or one for ever.
    """
    largest_bytes: int | None = None
    """Largest packet that the broker may send us; it drops others (version 5 only)."""
    in_flight: int = _RECEIVE_MAXIMUM
    """Messages that a version 5 broker may send us ahead of our acknowledgements."""
    bulk: bool = False
    """Thousands of messages a second are to come."""
    most_waiting: int | None = None
    """Messages that may wait to be dealt with; what comes beyond is acknowledged and dropped."""


class ProtocolRefusedError(aiomqtt.MqttError):
    """The broker did not accept a connection in this version of MQTT."""


class NotLetInError(aiomqtt.MqttError):
    """The broker understood and said no: name, password, rights, or its own state."""


class Connection(aiomqtt.Client):
    """An `aiomqtt.Client` for one connection; made by a `Connector`.

    Attributes:
        dropped: Messages that came while too many waited.
    """

    def __init__(self, config: MqttConfig, identity: Identity, protocol: Protocol) -> None:
        self.protocol = protocol
        self.dropped = 0
        self._news: asyncio.Future[None] | None = None
        self._most_waiting = identity.most_waiting
        self._where = f"{config.host}:{config.port}"
        self._remedy = _WITH_TLS if config.tls else _WITHOUT_TLS
        self._ack_timeout_s = config.ack_timeout_s
        self._acks: dict[int, asyncio.Future[ReasonCode]] = {}
        is_v5 = protocol is Protocol.V5
        super().__init__(
            config.host,
            config.port,
            identifier=identity.client_id,
            protocol=aiomqtt.ProtocolVersion.V5 if is_v5 else aiomqtt.ProtocolVersion.V311,
            username=config.username,
            password=config.read_password(),
            tls_context=config.tls.context() if config.tls else None,
            will=identity.will,
            keepalive=config.keepalive_s,
            timeout=config.connect_timeout_s,
            clean_session=None if is_v5 else identity.session_s == 0,
            clean_start=(identity.session_s == 0) if is_v5 else MQTT_CLEAN_START_FIRST_ONLY,
            properties=_connect_properties(identity) if is_v5 else None,
            # A trigger must not wait for the acknowledgement of the one before it (Nagle).
            socket_options=((socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),),
        )
        self._client.connect_timeout = min(config.connect_timeout_s, _TCP_S)
        self._client.manual_ack_set(True)
        if identity.bulk:
            reader = BulkReader(self._client, protocol, self._admit)
            self._client.loop_read = reader.loop_read  # type: ignore[method-assign]

    async def open(self) -> None:
        """Connect.

        A TCP handshake is never cut short in its thread: a cancelled `open` waits for it to end.

        Raises:
            ProtocolRefusedError: There is a broker, but not for this version of MQTT.
            aiomqtt.MqttError: There is no broker, or it does not let us in.
        """
        attempt = asyncio.ensure_future(self.__aenter__())
        try:
            await asyncio.shield(attempt)
        except asyncio.CancelledError:
            await self._hang_up()
            with contextlib.suppress(aiomqtt.MqttError):
                await attempt
            await self._hang_up()
            raise
        except MqttConnectError as error:
            await self._hang_up()
            if getattr(error.rc, "value", error.rc) == _UNSUPPORTED_PROTOCOL:
                raise ProtocolRefusedError(f"{self._where} refuses MQTT {self.protocol}") from error
            raise NotLetInError(f"{self._where} refuses the connection: {error}") from error
        except ProtocolRefusedError:
            raise
        except aiomqtt.MqttError as error:
            if await self._hang_up():
                raise ProtocolRefusedError(f"{self._where} gave no answer") from error
            raise aiomqtt.MqttError(f"no broker at {self._where}: {error}") from error

    async def _hang_up(self) -> bool:
        """Close the socket of an attempt that failed; return whether there was one."""
        if self._client.socket() is None:
            return False
        self._client.disconnect()
        for _ in range(_HANG_UP_STEPS):
            if self._client.socket() is None:
                break
            await asyncio.sleep(0.01)
        return True

    async def close(self) -> None:
        """Disconnect; a connection that is lost already is let go quietly."""
        if self._disconnected.done():
            self._disconnected.exception()
        with contextlib.suppress(aiomqtt.MqttError):
            await self.__aexit__(None, None, None)

    @property
    def is_lost(self) -> bool:
        """Whether the connection is lost."""
        return self._disconnected.done()

    async def wait_lost(self) -> None:
        """Wait until the connection is lost.

        Raises:
            aiomqtt.MqttError: It was; says why where that is known.
        """
        await asyncio.wait({self._disconnected})
        reason = self._disconnected.exception()
        raise aiomqtt.MqttError(f"connection to {self._where} lost: {reason or 'closed'}")

    async def deliver(
        self,
        topic: str,
        payload: bytes,
        *,
        qos: int = 1,
        retain: bool = False,
        expires_s: float | None = None,
    ) -> None:
        """Publish, and with QoS 1 wait for the broker's acknowledgement.

        Args:
            topic: Where to.
            payload: What.
            qos: 0 or 1.
            retain: The broker keeps it for later subscribers.
            expires_s: Seconds after which nobody wants it any more; version 5 only.

        Raises:
            PublishRefusedError: The broker has it and does not want it.
            aiomqtt.MqttError: Not connected, or no acknowledgement in time.
        """
        properties = None
        if expires_s is not None and self.protocol is Protocol.V5:
            properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
            properties.MessageExpiryInterval = max(1, math.ceil(expires_s))
        info = self._client.publish(topic, payload, qos, retain, properties)
        if info.rc != MQTT_ERR_SUCCESS:
            raise aiomqtt.MqttCodeError(info.rc, f"cannot publish on {topic}")
        if qos == 0:
            return
        ack: asyncio.Future[ReasonCode] = asyncio.get_running_loop().create_future()
        self._acks[info.mid] = ack
        try:
            async with asyncio.timeout(self._ack_timeout_s):
                reason = await ack
        except TimeoutError:
            text = f"{self._where}: no acknowledgement within {self._ack_timeout_s:g} s"
            raise aiomqtt.MqttError(text) from None
        finally:
            self._acks.pop(info.mid, None)
        if reason.is_failure:
            raise PublishRefusedError(topic, str(reason))

    async def waiting(self, most: int) -> list[aiomqtt.Message]:
        """Wait for a message and return it with those that came with it.

        Args:
            most: Messages at most.

        Raises:
            aiomqtt.MqttError: The connection is lost.
        """
        while not self._queue.qsize():
            if self._disconnected.done():
                raise aiomqtt.MqttError(f"connection to {self._where} lost")
            self._news = asyncio.get_running_loop().create_future()
            self._disconnected.add_done_callback(self._wake)
            try:
                await self._news
            finally:
                self._disconnected.remove_done_callback(self._wake)
        count = min(most, self._queue.qsize())
        return [self._queue.get_nowait() for _ in range(count)]

    def _wake(self, _: object = None) -> None:
        if self._news is not None and not self._news.done():
            self._news.set_result(None)

    def acknowledge(self, message: aiomqtt.Message) -> None:
        """Tell the broker that a message is safe with us; until then it may come again."""
        if message.qos > 0:
            self._client.ack(message.mid, message.qos)

    def _on_disconnect(
        self,
        client: PahoClient,
        userdata: Any,  # noqa: ANN401 - paho's callback
        flags: DisconnectFlags,
        reason_code: ReasonCode,
        properties: Properties | None = None,
    ) -> None:
        if not self._connected.done():
            text = f"{self._where} closed the connection without an answer; {self._remedy}"
            self._connected.set_exception(ProtocolRefusedError(text))
            self._connected.exception()  # marks it as seen, should nobody wait any more
            return
        super()._on_disconnect(client, userdata, flags, reason_code, properties)

    def _on_message(
        self,
        client: PahoClient,  # noqa: ARG002 - paho's callback
        userdata: Any,  # noqa: ANN401, ARG002 - paho's callback
        message: MQTTMessage,
    ) -> None:
        """Take a message as the library gives it."""
        self._admit(aiomqtt.Message._from_paho_message(message))  # noqa: SLF001 - as its own client

    def _admit(self, message: aiomqtt.Message) -> None:
        """Take a message, or drop it: not every broker keeps to the receive maximum."""
        if self._most_waiting is None or self._queue.qsize() < self._most_waiting:
            self._queue.put_nowait(message)
            self._wake()
            return
        self.dropped += 1
        if self.dropped == 1:
            _log.warning("mqtt_flooded", topic=message.topic.value, waiting=self._most_waiting)
        self.acknowledge(message)

    def _on_publish(
        self,
        client: PahoClient,
        userdata: Any,  # noqa: ANN401 - paho's callback
        mid: int,
        reason_code: ReasonCode,
        properties: Properties,
    ) -> None:
        ack = self._acks.get(mid)
        if ack is not None and not ack.done():
            ack.set_result(reason_code)
        super()._on_publish(client, userdata, mid, reason_code, properties)


class Connector:
    """Connects to one broker again and again, and remembers which version it speaks.

    Args:
        config: The broker.
        identity: Who connects.
    """

    def __init__(self, config: MqttConfig, identity: Identity) -> None:
        self._config = config
        self._identity = identity
        self._protocol = config.protocol
        self._patience = Patience(config)

    @contextlib.asynccontextmanager
    async def connect(self) -> AsyncIterator[Connection]:
        """Connect; on leaving the context, disconnect.

        Raises:
            aiomqtt.MqttError: There is no broker, it does not let us in, or the connection broke.
            ConfigError: A password or certificate file cannot be used.
        """
        connection = await self._open()
        connected_s = time.monotonic()
        try:
            yield connection
        except aiomqtt.MqttError:
            if not connection.is_lost:
                self._patience.unanswered()
            raise
        finally:
            self._patience.held(time.monotonic() - connected_s)
            await connection.close()

    async def _open(self) -> Connection:
        config, began_s = self._patience.config, time.monotonic()
        try:
            if self._protocol is Protocol.AUTO:
                self._protocol = await _newest_protocol(config)
            connection = Connection(config, self._identity, self._protocol)
            await connection.open()
        except aiomqtt.MqttError:
            self._protocol = self._config.protocol
            if time.monotonic() - began_s >= min(config.connect_timeout_s, _TCP_S):
                self._patience.unanswered()
            raise
        return connection


async def _newest_protocol(config: MqttConfig) -> Protocol:
    """Ask with the barest CONNECT of version 5.

    Brokers exist that read a version 5 CONNECT as one of version 3.1.1 before they look at the
    version; a will or properties make such a broker wait for bytes that never come.
    """
    probe = Connection(config, Identity(""), Protocol.V5)
    try:
        await probe.open()
    except ProtocolRefusedError as refusal:
        _log.info("mqtt_falls_back", protocol=Protocol.V311.value, reason=str(refusal))
        return Protocol.V311
    except NotLetInError:
        return Protocol.V5  # it understood; the real attempt will say what is wrong
    await probe.close()
    return Protocol.V5


def _connect_properties(identity: Identity) -> Properties | None:
    """Return what differs from the defaults; None for the bare CONNECT that a probe needs."""
    if not identity.session_s and identity.largest_bytes is None:
        return None
    properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
    properties.SessionExpiryInterval = identity.session_s
    properties.ReceiveMaximum = identity.in_flight
    if identity.largest_bytes is not None:
        properties.MaximumPacketSize = identity.largest_bytes
    return properties
