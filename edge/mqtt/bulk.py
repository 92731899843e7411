"""Reading from a broker that sends thousands of messages a second.

The MQTT library takes three system calls and some twenty objects a message. Here one call takes all
that has come, and messages are cut out of it; every other packet is left to the library.
"""

import time
from collections.abc import Callable
from typing import Any, Final

import aiomqtt
import structlog
from paho.mqtt.client import Client as PahoClient
from paho.mqtt.enums import MQTTErrorCode

from edge.mqtt.config import Protocol

_log = structlog.get_logger(__name__)

_CHUNK: Final = 262_144
_PUBLISH: Final = 0x30
_KIND: Final = 0xF0
_QOS_2: Final = 2
_LENGTH_BYTES: Final = 4
"""Most bytes that the length of a packet has."""


class MalformedError(ValueError):
    """A packet makes no sense; the connection is of no more use."""


class BulkReader:
    """Takes the place of the library's reading on one connection.

    Args:
        client: The library's client.
        protocol: The version that is spoken.
        deliver: Called with each message.
    """

    def __init__(
        self,
        client: PahoClient,
        protocol: Protocol,
        deliver: Callable[[aiomqtt.Message], None],
    ) -> None:
        self._client: Any = client
        self._is_v5 = protocol is Protocol.V5
        self._deliver = deliver
        self._rest = b""

    def loop_read(self, max_packets: int = 1) -> MQTTErrorCode:  # noqa: ARG002 - as the library's
        """Read what has come; the library calls it whenever the socket has something."""
        client = self._client
        if client.socket() is None:
            return MQTTErrorCode.MQTT_ERR_NO_CONN
        try:
            data = client._sock_recv(_CHUNK)  # noqa: SLF001 - with TLS or without, as the library
        except BlockingIOError:
            return MQTTErrorCode.MQTT_ERR_SUCCESS
        except OSError:
            data = b""
        if not data:
            return self._end(MQTTErrorCode.MQTT_ERR_CONN_LOST)
        client._in_packet["command"] = 0  # noqa: SLF001 - nothing of it is half read
        client._last_bytes_received = time.monotonic()  # noqa: SLF001 - what keep-alive looks at
        try:
            return self._cut(self._rest + data if self._rest else data)
        except MalformedError as error:
            _log.warning("mqtt_malformed", reason=str(error))
            return self._end(MQTTErrorCode.MQTT_ERR_PROTOCOL)

    def _cut(self, data: bytes) -> MQTTErrorCode:
        at = 0
        while (head := _head(data, at)) is not None:
            body_at, end = head
            if end > len(data):
                break
            first = data[at]
            if first & _KIND == _PUBLISH and (first >> 1) & 3 < _QOS_2:
                self._publish(first, data[body_at:end])
            else:
                result = self._leave_to_library(first, data[body_at:end])
                if result != MQTTErrorCode.MQTT_ERR_SUCCESS:
                    self._rest = b""
                    return self._end(result)
            at = end
        self._rest = data[at:]
        return MQTTErrorCode.MQTT_ERR_SUCCESS

    def _publish(self, first: int, body: bytes) -> None:
        qos = (first >> 1) & 3
        try:
            at = 2 + (body[0] << 8 | body[1])
            topic = body[2:at].decode()
            number = 0
            if qos:
                number = body[at] << 8 | body[at + 1]
                at += 2
            if self._is_v5:
                at = _after_properties(body, at)
            message = aiomqtt.Message(topic, body[at:], qos, bool(first & 1), number, None)
        except (IndexError, ValueError) as error:
            raise MalformedError(f"a message of {len(body)} bytes: {error}") from error
        self._deliver(message)

    def _leave_to_library(self, first: int, body: bytes) -> MQTTErrorCode:
        client = self._client
        packet = client._in_packet  # noqa: SLF001 - one packet, as the library would have read it
        packet |= {
            "command": first,
            "have_remaining": 1,
            "remaining_length": len(body),
            "packet": bytearray(body),
            "to_process": 0,
            "pos": 0,
        }
        try:
            result: MQTTErrorCode = client._packet_handle()  # noqa: SLF001 - likewise
        finally:
            client._in_packet |= {  # noqa: SLF001 - likewise
                "command": 0,
                "have_remaining": 0,
                "remaining_length": 0,
                "packet": bytearray(),
            }
        return result

    def _end(self, reason: MQTTErrorCode) -> MQTTErrorCode:
        self._rest = b""
        result: MQTTErrorCode = self._client._loop_rc_handle(reason)  # noqa: SLF001 - likewise
        return result


def _head(data: bytes, at: int) -> tuple[int, int] | None:
    """Return where the body of the packet at a place begins and ends; None: more has to come."""
    length, shift = 0, 0
    for position in range(at + 1, min(at + 1 + _LENGTH_BYTES, len(data))):
        byte = data[position]
        length |= (byte & 0x7F) << shift
        if not byte & 0x80:
            return position + 1, position + 1 + length
        shift += 7
    if len(data) - at > _LENGTH_BYTES:
        raise MalformedError("a length of more than four bytes")
    return None


def _after_properties(body: bytes, at: int) -> int:
    length, shift = 0, 0
    for _ in range(_LENGTH_BYTES):
        byte = body[at]
        at += 1
        length |= (byte & 0x7F) << shift
        if not byte & 0x80:
            return at + length
        shift += 7
    raise ValueError("properties of a length of more than four bytes")
