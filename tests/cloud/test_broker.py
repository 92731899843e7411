"""The embedded broker: on loopback, quiet, and gone when told so."""

import asyncio
import logging
import socket

import pytest

from cloud.broker import EmbeddedBroker
from cloud.errors import BrokerStartError
from edge.mqtt import Connector, Identity, MqttConfig


async def test_it_takes_a_free_port_and_gives_it_back() -> None:
    """Port 0 means any; after the stop nobody listens there."""
    async with EmbeddedBroker() as broker:
        port = broker.port
        async with Connector(MqttConfig(port=port), Identity("any")).connect() as connection:
            await connection.deliver("a", b"x")

    assert port > 0
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", port)


async def test_it_starts_again_on_the_same_port() -> None:
    """A given port stays the same over a restart."""
    async with EmbeddedBroker() as first:
        port = first.port

    async with EmbeddedBroker(port) as second:
        assert port == second.port


async def test_a_taken_port_is_said() -> None:
    """The error names the port and the reason."""
    with socket.create_server(("127.0.0.1", 0)) as squatter:
        port = squatter.getsockname()[1]

        with pytest.raises(BrokerStartError, match=str(port)):
            await EmbeddedBroker(port).start()


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "::"])
def test_it_refuses_to_listen_beyond_loopback(host: str) -> None:
    """A broker that asks nobody for a name must not be on the network."""
    with pytest.raises(BrokerStartError, match="loopback only"):
        EmbeddedBroker(host=host)


async def test_it_says_nothing_on_the_log(caplog: pytest.LogCaptureFixture) -> None:
    """A client of another protocol version is everyday life, not an error."""
    with caplog.at_level(logging.WARNING):
        async with EmbeddedBroker() as broker:
            config = MqttConfig(port=broker.port)
            async with Connector(config, Identity("quiet")).connect() as connection:
                await connection.deliver("a/b", b"x")

    assert [] == [r for r in caplog.records if r.name.startswith(("amqtt", "transitions"))]


async def test_retained_messages_and_wildcards_work() -> None:
    """What the contract of the kit asks of a broker."""
    async with EmbeddedBroker() as broker:
        config = MqttConfig(port=broker.port)
        async with Connector(config, Identity("writer")).connect() as connection:
            await connection.deliver("tremor/v1/XX/A/state", b"on", retain=True)
        async with Connector(config, Identity("reader")).connect() as connection:
            await connection.subscribe("tremor/v1/+/+/state", qos=1)
            message = await anext(aiter(connection.messages))

    assert ("tremor/v1/XX/A/state", b"on", True) == (
        message.topic.value,
        message.payload,
        message.retain,
    )
