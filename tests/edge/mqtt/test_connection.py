"""A connection finds the version that the broker speaks and believes only acknowledgements."""

import asyncio
import gc
import ssl
import sys
import typing
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiomqtt
import pytest
from pydantic import ValidationError

from cloud.broker import EmbeddedBroker
from edge.errors import ConfigError, PublishRefusedError
from edge.mqtt import Connector, Identity, MqttConfig, Protocol, TlsConfig

ME = Identity("me")


class RunningBroker(typing.Protocol):
    """What the broker fixtures give."""

    port: int

    async def stop(self) -> None:
        """End it."""


StartMosquitto = Callable[[str], Awaitable[RunningBroker]]
Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Any]


@asynccontextmanager
async def server(serve: Serve) -> AsyncIterator[MqttConfig]:
    """Run a TCP server and give the configuration for it."""

    async def serve_and_close(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await serve(reader, writer)
        finally:
            writer.close()

    listener = await asyncio.start_server(serve_and_close, "127.0.0.1", 0)
    port = listener.sockets[0].getsockname()[1]
    async with listener:
        yield MqttConfig(port=port, connect_timeout_s=0.3, ack_timeout_s=0.3)


async def test_the_version_is_negotiated(broker: RunningBroker) -> None:
    """Version 5 with Mosquitto, 3.1.1 with the embedded broker; both deliver."""
    async with Connector(MqttConfig(port=broker.port), ME).connect() as connection:
        await connection.deliver("a", b"x", expires_s=0.5)
        protocol = connection.protocol

    expected = Protocol.V311 if isinstance(broker, EmbeddedBroker) else Protocol.V5
    assert expected is protocol


async def test_a_given_version_is_kept_to(mosquitto: RunningBroker) -> None:
    """3.1.1 can be asked for where 5 would do."""
    config = MqttConfig(port=mosquitto.port, protocol=Protocol.V311)
    async with Connector(config, ME).connect() as connection:
        await connection.deliver("a", b"x", expires_s=5)

        assert Protocol.V311 is connection.protocol


async def test_a_broker_that_closes_instead_of_answering_is_asked_for_3_1_1() -> None:
    """At once, not after a timeout; the second CONNECT has protocol level 4."""
    levels: list[int] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        packet = await reader.read(100)
        levels.append(packet[8])
        if levels[-1] == 4:
            writer.write(b"\x20\x02\x00\x00")
            await reader.read(100)

    async with (
        server(serve) as config,
        Connector(
            config.model_copy(update={"connect_timeout_s": 30.0}), ME
        ).connect() as connection,
    ):
        assert Protocol.V311 is connection.protocol
    assert [5, 4] == levels


async def test_a_broker_that_never_answers_is_given_up() -> None:
    """Both versions are tried, then there is an error and no socket left."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1000)
        await reader.read(1000)

    async with server(serve) as config:
        with pytest.raises(aiomqtt.MqttError, match="gave no answer"):
            async with Connector(config, ME).connect():
                pass
    gc.collect()


async def test_no_broker_at_all_is_an_mqtt_error(unused_tcp_port: int) -> None:
    """The text names host and port."""
    with pytest.raises(aiomqtt.MqttError, match=f"127.0.0.1:{unused_tcp_port}"):
        async with Connector(MqttConfig(port=unused_tcp_port), ME).connect():
            pass


async def test_a_wrong_password_does_not_fall_back_to_3_1_1(tmp_path: Path) -> None:
    """Only a matter of versions is tried again."""
    levels: list[int] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        levels.append((await reader.read(100))[8])
        writer.write(b"\x20\x03\x00\x87\x00")

    async with server(serve) as config:
        with pytest.raises(aiomqtt.MqttError, match="refuses the connection"):
            async with Connector(config, ME).connect():
                pass
    assert {5} == set(levels)


async def test_a_message_without_acknowledgement_is_not_delivered() -> None:
    """Silence after a PUBLISH is an error in the end."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        writer.write(b"\x20\x03\x00\x00\x00")
        while await reader.read(100):
            pass

    async with server(serve) as config, Connector(config, ME).connect() as connection:
        with pytest.raises(aiomqtt.MqttError, match="no acknowledgement"):
            await connection.deliver("a", b"x")


async def test_a_refusal_in_the_acknowledgement_is_no_delivery(
    mosquitto_with: StartMosquitto, tmp_path: Path
) -> None:
    """A version 5 broker says why; the message counts as refused, not as delivered."""
    rights = tmp_path / "acl"
    rights.write_text("topic readwrite allowed/#\n")
    rights.chmod(0o600)
    broker = await mosquitto_with(f"acl_file {rights}")

    async with Connector(MqttConfig(port=broker.port), ME).connect() as connection:
        await connection.deliver("allowed/a", b"x")
        with pytest.raises(PublishRefusedError, match="Not authorized") as refusal:
            await connection.deliver("forbidden/a", b"x")

    assert "forbidden/a" == refusal.value.topic


async def test_a_lost_connection_is_noticed(mosquitto: RunningBroker) -> None:
    """`wait_lost` raises when the broker goes."""
    async with Connector(MqttConfig(port=mosquitto.port), ME).connect() as connection:
        lost = asyncio.ensure_future(connection.wait_lost())
        await asyncio.sleep(0)
        await mosquitto.stop()

        with pytest.raises(aiomqtt.MqttError, match="lost"):
            await asyncio.wait_for(lost, 5)
        with pytest.raises(aiomqtt.MqttError):
            await connection.deliver("a", b"x")


async def test_a_message_comes_again_until_it_is_acknowledged(mosquitto: RunningBroker) -> None:
    """What was received but not acknowledged is delivered to the next connection."""
    config = MqttConfig(port=mosquitto.port)
    reader = Identity("reader", session_s=60)
    async with Connector(config, reader).connect() as connection:
        await connection.subscribe("a", qos=1)
        async with Connector(config, ME).connect() as writer:
            await writer.deliver("a", b"x")
        await anext(aiter(connection.messages))
    async with Connector(config, reader).connect() as connection:
        again = await anext(aiter(connection.messages))
        connection.acknowledge(again)
    async with Connector(config, reader).connect() as connection:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(anext(aiter(connection.messages)), 0.2)

    assert b"x" == again.payload


async def test_a_cancelled_attempt_leaves_nothing_behind() -> None:
    """Cancelling while the broker keeps silent ends cleanly."""
    arrived = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        arrived.set()
        while await reader.read(1000):
            pass

    async def attempt(config: MqttConfig) -> None:
        async with Connector(config, ME).connect():
            pass

    async with server(serve) as config:
        task = asyncio.ensure_future(attempt(config))
        await arrived.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    gc.collect()


STRANGER = """
import asyncio, sys
from edge.mqtt import Connector, Identity, MqttConfig, TlsConfig

async def attempt():
    config = MqttConfig(host="localhost", port=int(sys.argv[1]), tls=TlsConfig())
    async with Connector(config, Identity("me")).connect():
        pass

asyncio.run(attempt())
"""


async def test_a_certificate_of_an_unknown_authority_is_refused(
    mosquitto_with: StartMosquitto, certificates: Path, project_root: Path
) -> None:
    """In a process of its own: paho leaves the socket of a failed handshake to the collector."""
    broker = await mosquitto_with(
        f"certfile {certificates / 'broker.pem'}\nkeyfile {certificates / 'broker.key'}"
    )
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", STRANGER, str(broker.port)),
        stderr=asyncio.subprocess.PIPE,
        cwd=project_root,
    )
    _, errors = await child.communicate()

    assert 1 == child.returncode
    assert "CERTIFICATE_VERIFY_FAILED" in errors.decode()


async def test_tls_with_a_certificate_of_our_own_authority(
    mosquitto_with: StartMosquitto, certificates: Path
) -> None:
    """The broker's name is verified against the given authority."""
    broker = await mosquitto_with(
        f"certfile {certificates / 'broker.pem'}\nkeyfile {certificates / 'broker.key'}"
    )
    config = MqttConfig(
        host="localhost",
        port=broker.port,
        tls=TlsConfig(ca_file=certificates / "ca.pem"),
    )
    async with Connector(config, ME).connect() as connection:
        await connection.deliver("a", b"x")


async def test_the_password_comes_from_its_file(
    mosquitto_with: StartMosquitto, tmp_path: Path
) -> None:
    """Only the first line counts; a wrong one is refused."""
    names = tmp_path / "names"
    passwd = await asyncio.create_subprocess_exec(
        "mosquitto_passwd", "-b", "-c", names, "station", "secret"
    )
    assert 0 == await passwd.wait()
    broker = await mosquitto_with(f"allow_anonymous false\npassword_file {names}")
    file = tmp_path / "password"
    file.write_text("secret\n")
    config = MqttConfig(port=broker.port, username="station", password_file=file)

    async with Connector(config, ME).connect() as connection:
        await connection.deliver("a", b"x")
    file.write_text("wrong\n")
    with pytest.raises(aiomqtt.MqttError, match="refuses"):
        async with Connector(config, ME).connect():
            pass


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({"password": "x"}, "needs a username"),
        ({"username": "a", "password": "x", "password_file": "f"}, "exclude each other"),
        ({"tls": {"cert_file": "f"}}, "belong together"),
        ({"prot": 1}, "Extra inputs"),
    ],
)
def test_a_contradiction_in_the_settings_is_said(settings: dict[str, Any], text: str) -> None:
    """Before anything is connected."""
    with pytest.raises(ValidationError, match=text):
        MqttConfig(**settings)


def test_missing_files_name_their_key(tmp_path: Path) -> None:
    """A password or certificate that cannot be read is an error of the configuration."""
    absent = tmp_path / "absent"

    with pytest.raises(ConfigError, match=r"mqtt\.password_file: cannot read"):
        MqttConfig(username="a", password_file=absent).read_password()
    with pytest.raises(ConfigError, match=r"mqtt\.tls: cannot use"):
        TlsConfig(ca_file=absent).context()


def test_verification_cannot_be_switched_off() -> None:
    """There is no such setting, and the default context verifies."""
    context = TlsConfig().context()

    assert ssl.CERT_REQUIRED is context.verify_mode
    assert context.check_hostname


@pytest.mark.broker
async def test_what_is_too_large_stays_at_the_broker(mosquitto: RunningBroker) -> None:
    """It is dropped there before it fills our memory; what comes after it arrives."""
    config = MqttConfig(port=mosquitto.port)
    small = Identity("small", largest_bytes=1000)
    async with (
        Connector(config, small).connect() as reader,
        Connector(config, ME).connect() as writer,
        asyncio.timeout(30),
    ):
        await reader.subscribe("a", qos=1)
        for payload in (b"x" * 900, b"x" * 1000, b"last"):
            await writer.deliver("a", payload)
        arrived = []
        async for message in reader.messages:
            reader.acknowledge(message)
            arrived.append(message.payload)
            if message.payload == b"last":
                break

    assert [b"x" * 900, b"last"] == arrived
