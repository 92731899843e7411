"""Staying connected: for ever, but not with a configuration that never worked."""

import asyncio
from pathlib import Path

import pytest

from cloud.broker import EmbeddedBroker
from edge.errors import ConfigError
from edge.mqtt import Connection, Identity, MqttConfig, stay_connected


async def never(_: Connection) -> None:
    """Serve nothing."""


async def test_a_password_file_that_never_was_there_ends_it(tmp_path: Path) -> None:
    """Waiting would not mend it."""
    config = MqttConfig(username="a", password_file=tmp_path / "absent")

    with pytest.raises(ConfigError, match="absent"):
        await stay_connected(config, Identity("me"), never, asyncio.Event())


async def test_a_password_file_that_is_being_replaced_does_not(tmp_path: Path) -> None:
    """At a reconnection it may be away for a moment."""
    file = tmp_path / "password"
    file.write_text("secret")
    stop = asyncio.Event()
    served = 0

    async def serve(connection: Connection) -> None:
        nonlocal served
        served += 1
        if served == 1:
            file.unlink()
            asyncio.get_running_loop().call_later(1.0, file.write_text, "secret")
            await broker.stop()
            await broker.start()
            await connection.wait_lost()
        stop.set()

    async with EmbeddedBroker() as first:
        port = first.port
    broker = EmbeddedBroker(port)
    await broker.start()
    config = MqttConfig(port=port, username="a", password_file=file, retry_max_s=0.5)
    async with asyncio.timeout(20):
        await stay_connected(config, Identity("me"), serve, stop)
    await broker.stop()

    assert 2 == served


async def test_it_stops_while_it_waits_for_a_broker(unused_tcp_port: int) -> None:
    """A stop is not held up by a long delay."""
    stop = asyncio.Event()
    task = asyncio.create_task(
        stay_connected(MqttConfig(port=unused_tcp_port), Identity("me"), never, stop)
    )
    await asyncio.sleep(0.2)
    stop.set()

    await asyncio.wait_for(task, 5)
