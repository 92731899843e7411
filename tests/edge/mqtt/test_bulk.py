"""Reading in bulk gives what reading one by one gives, however the network cuts it."""

import asyncio
import typing
from unittest.mock import Mock

import aiomqtt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion

from edge.mqtt import Connector, Identity, MqttConfig, Protocol
from edge.mqtt.bulk import BulkReader

Told = tuple[str, bytes, int, bool, int]
_VERSIONS = {Protocol.V5: MQTTProtocolVersion.MQTTv5, Protocol.V311: MQTTProtocolVersion.MQTTv311}
_MESSAGES = st.lists(
    st.tuples(
        st.text("abc/é", min_size=1, max_size=20),
        st.binary(max_size=300),
        st.integers(0, 1),
        st.booleans(),
        st.integers(1, 65_535),
        st.sampled_from([b"", b"\x01\x01", b"\x02\x00\x00\x00\x09", b"&\x00\x01a\x00\x01b"]),
    ),
    max_size=6,
)


class Broker(typing.Protocol):
    """What the broker fixtures give."""

    port: int


def _length(size: int) -> bytes:
    out = b""
    while True:
        size, low = divmod(size, 128)
        out += bytes([low | (0x80 if size else 0)])
        if not size:
            return out


def _publish(message: tuple[str, bytes, int, bool, int, bytes], protocol: Protocol) -> bytes:
    topic, payload, qos, retain, number, properties = message
    body = len(topic.encode()).to_bytes(2, "big") + topic.encode()
    if qos:
        body += number.to_bytes(2, "big")
    if protocol is Protocol.V5:
        body += _length(len(properties)) + properties
    body += payload
    return bytes([0x30 | qos << 1 | retain]) + _length(len(body)) + body


class Line:
    """A socket that gives what a test wants, in pieces.

    Attributes:
        got: What the reader made of it.
    """

    def __init__(self, protocol: Protocol) -> None:
        self.got: list[Told] = []
        self._pieces: list[bytes] = []
        self.client = Client(CallbackAPIVersion.VERSION2, protocol=_VERSIONS[protocol])
        self.client._sock = Mock(recv=self._recv, pending=Mock(return_value=0))
        self._reader = BulkReader(self.client, protocol, self._take)

    def feed(self, data: bytes, size: int) -> list[MQTTErrorCode]:
        """Let the reader read data in pieces."""
        self._pieces = [data[at : at + size] for at in range(0, len(data), size)]
        return [self._reader.loop_read() for _ in range(len(self._pieces))]

    def _recv(self, _: int) -> bytes:
        return self._pieces.pop(0)

    def _take(self, message: aiomqtt.Message) -> None:
        topic = message.topic.value
        self.got.append((topic, message.payload, message.qos, message.retain, message.mid))


@pytest.mark.parametrize("protocol", list(_VERSIONS))
@given(messages=_MESSAGES, size=st.integers(1, 500))
def test_messages_come_whole(
    protocol: Protocol,
    messages: list[tuple[str, bytes, int, bool, int, bytes]],
    size: int,
) -> None:
    """Topic, payload, quality, retained or not, number; properties are passed over."""
    line = Line(protocol)
    line.feed(b"".join(_publish(one, protocol) for one in messages), size)

    expected = [(t, p, q, bool(r), n if q else 0) for t, p, q, r, n, _ in messages]
    assert expected == line.got


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"\x30\xff\xff\xff\xff\x01", id="length without end"),
        pytest.param(b"\x30\x01\x00", id="no room for a topic"),
        pytest.param(b"\x30\x04\x00\x02\xff\xfe", id="topic that is no text"),
        pytest.param(b"\x32\x03\x00\x01a", id="number missing"),
        pytest.param(b"\xf0\x00", id="packet that a broker never sends"),
    ],
)
def test_nonsense_ends_the_connection(data: bytes) -> None:
    """Nobody knows where the next packet would begin."""
    line = Line(Protocol.V5)
    socket = line.client._sock
    line.feed(data, 100)

    assert [] == line.got
    assert line.client._sock is None
    socket.close.assert_called_once()  # type: ignore[union-attr] # the mock


def test_end_of_the_line_is_noticed() -> None:
    """No bytes mean that the broker is gone."""
    line = Line(Protocol.V5)
    line._pieces = [b""]

    assert MQTTErrorCode.MQTT_ERR_CONN_LOST == line._reader.loop_read()
    assert MQTTErrorCode.MQTT_ERR_NO_CONN == line._reader.loop_read()


async def test_both_ways_of_reading_give_the_same(broker: Broker) -> None:
    """From a real broker, of both versions, with acknowledgements."""
    config = MqttConfig(port=broker.port)
    heard: dict[bool, list[Told]] = {False: [], True: []}

    async def listen(*, bulk: bool, ready: asyncio.Event) -> None:
        async with Connector(config, Identity(f"r{bulk}", bulk=bulk)).connect() as connection:
            await connection.subscribe("a/#", qos=1)
            ready.set()
            while len(heard[bulk]) < 200:
                for message in await connection.waiting(50):
                    told = (message.topic.value, message.payload, message.qos, message.retain, 0)
                    heard[bulk].append(told)
                    connection.acknowledge(message)

    ready = [asyncio.Event(), asyncio.Event()]
    tasks = [
        asyncio.create_task(listen(bulk=bool(number), ready=one))
        for number, one in enumerate(ready)
    ]
    await asyncio.gather(*(one.wait() for one in ready))
    async with Connector(config, Identity("w")).connect() as writer:
        for number in range(200):
            payload = b"x" * (number * 37)
            await writer.deliver(f"a/{number}", payload, qos=number % 2)
    async with asyncio.timeout(30):
        await asyncio.gather(*tasks)

    assert heard[False] == heard[True]
