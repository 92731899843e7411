"""The publisher gets every message to the broker at least once, whatever the broker does."""

import asyncio
import time
import typing
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from cloud.broker import EmbeddedBroker
from edge.messages import State
from edge.mqtt import Connector, Identity, MqttConfig
from edge.outbox import Lane, Outbox
from edge.publisher import Presence, Publisher

STATE = "tremor/v1/XX/A/state"


class RunningBroker(typing.Protocol):
    """What the broker fixtures give."""

    port: int

    async def start(self) -> None:
        """Start it."""

    async def stop(self) -> None:
        """End it."""


def presence() -> Presence:
    """Return what the broker shall retain about the station."""
    online = State(online=True, network="XX", station="A")
    offline = State(online=False, network="XX", station="A")
    return Presence(STATE, online.to_wire, offline.to_wire())


def config(port: int) -> MqttConfig:
    """Return a configuration that tries again soon."""
    return MqttConfig(port=port, retry_max_s=0.5, connect_timeout_s=2)


@pytest.fixture
def outbox(tmp_path: Path) -> typing.Iterator[Outbox]:
    """Return an empty outbox."""
    box = Outbox(tmp_path / "outbox.sqlite")
    yield box
    box.close()


@asynccontextmanager
async def publishing(
    port: int, outbox: Outbox, who: Presence | None = None
) -> AsyncIterator[Publisher]:
    """Run a publisher; stop it in good order at the end."""
    stop = asyncio.Event()
    publisher = Publisher(config(port), outbox, "station", who)
    task = asyncio.create_task(publisher.run(stop))
    try:
        yield publisher
    finally:
        stop.set()
        await task


async def until(condition: Callable[[], bool]) -> None:
    """Wait until something holds."""
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 - conditions of other people's parts
            await asyncio.sleep(0.01)


@asynccontextmanager
async def listening(port: int, topic: str) -> AsyncIterator[list[tuple[str, bytes]]]:
    """Collect what arrives on a topic."""
    arrived: list[tuple[str, bytes]] = []
    async with Connector(config(port), Identity("listener")).connect() as connection:
        await connection.subscribe(topic, qos=1)

        async def collect() -> None:
            async for message in connection.messages:
                arrived.append((message.topic.value, message.payload))
                connection.acknowledge(message)

        task = asyncio.create_task(collect())
        yield arrived
        task.cancel()


async def retained(port: int, topic: str) -> bytes:
    """Return the retained message of a topic."""
    async with Connector(config(port), Identity("asker")).connect() as connection:
        await connection.subscribe(topic, qos=1)
        async with asyncio.timeout(5):
            message = await anext(aiter(connection.messages))
        connection.acknowledge(message)
        return bytes(message.payload)


async def test_everything_arrives_in_order_and_leaves_the_outbox(
    broker: RunningBroker, outbox: Outbox
) -> None:
    """A hundred messages, several in flight, none lost, order kept."""
    for number in range(100):
        outbox.put("t", str(number).encode())
    async with listening(broker.port, "t") as arrived, publishing(broker.port, outbox) as publisher:
        await until(lambda: len(arrived) == 100 and outbox.depth == 0)

    assert [str(number).encode() for number in range(100)] == [payload for _, payload in arrived]
    assert 100 == publisher.sent


async def test_what_comes_later_is_sent_at_once(broker: RunningBroker, outbox: Outbox) -> None:
    """`wake` ends the waiting, from another thread too."""
    async with listening(broker.port, "t") as arrived, publishing(broker.port, outbox) as publisher:
        await until(lambda: publisher.connected)

        def work() -> None:
            outbox.put("t", b"late")
            publisher.wake()

        await asyncio.to_thread(work)
        await until(lambda: len(arrived) == 1)

    assert [("t", b"late")] == arrived


async def test_birth_and_goodbye_are_retained(broker: RunningBroker, outbox: Outbox) -> None:
    """Online while it runs, offline after it stopped on purpose."""
    async with publishing(broker.port, outbox, presence()) as publisher:
        await until(lambda: publisher.connected)
        await asyncio.sleep(0.1)
        while_running = State.from_wire(await retained(broker.port, STATE))
    afterwards = State.from_wire(await retained(broker.port, STATE))

    assert while_running.online
    assert not afterwards.online


async def test_a_station_that_vanishes_leaves_its_last_will(
    broker: RunningBroker, outbox: Outbox
) -> None:
    """The broker says that it is offline when the connection breaks."""
    publisher = Publisher(config(broker.port), outbox, "station", presence())
    task = asyncio.create_task(publisher.run(asyncio.Event()))
    async with listening(broker.port, STATE) as arrived:
        await until(lambda: len(arrived) > 0)
        assert publisher._connection is not None
        socket = publisher._connection._client.socket()
        assert socket is not None
        socket.shutdown(2)
        await until(lambda: any(not State.from_wire(p).online for _, p in arrived))
        await until(lambda: State.from_wire(arrived[-1][1]).online)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_a_changed_birth_certificate_is_published_again(
    broker: RunningBroker, outbox: Outbox
) -> None:
    """`announce` publishes what `birth` gives now."""
    births = [b"young", b"adxl355"]
    who = Presence(STATE, lambda: births.pop(0), b"gone")
    async with publishing(broker.port, outbox, who) as publisher:
        await until(lambda: publisher.connected)
        await until(lambda: len(births) == 1)
        publisher.announce()
        async with listening(broker.port, STATE) as arrived:
            await until(lambda: any(b"adxl355" in payload for _, payload in arrived))


async def test_with_the_broker_away_messages_wait_and_nothing_blocks(
    outbox: Outbox, unused_tcp_port: int
) -> None:
    """Triggers stay on disk; they arrive when a broker comes."""
    outbox.put("t", b"early")
    with capture_logs() as logs:
        async with publishing(unused_tcp_port, outbox) as publisher:
            await until(lambda: any(entry["event"] == "mqtt_unavailable" for entry in logs))
            health_taken = await publisher.publish_now("h", b"x")
            depth = outbox.depth
            async with (
                EmbeddedBroker(unused_tcp_port),
                listening(unused_tcp_port, "t") as arrived,
            ):
                await until(lambda: len(arrived) == 1)
                await until(lambda: outbox.depth == 0)

    assert (False, 1) == (health_taken, depth)


async def test_a_broker_restarted_in_a_burst_loses_nothing(
    mosquitto: RunningBroker, outbox: Outbox
) -> None:
    """Every message reaches a subscriber with a session, whatever the broker was doing."""
    reader = Connector(config(mosquitto.port), Identity("reader", session_s=600))
    async with reader.connect() as connection:
        await connection.subscribe("burst", qos=1)
    seen: set[int] = set()

    async def collect() -> None:
        async with reader.connect() as connection:
            await connection.subscribe("burst", qos=1)
            async for message in connection.messages:
                seen.add(int(message.payload))
                connection.acknowledge(message)

    async with publishing(mosquitto.port, outbox) as publisher:
        for number in range(600):
            await asyncio.to_thread(outbox.put, "burst", str(number).encode())
            publisher.wake()
            if number in (200, 400):
                await mosquitto.stop()
                await mosquitto.start()
        await until(lambda: outbox.depth == 0)
        task = asyncio.create_task(collect())
        await until(lambda: len(seen) == 600)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    assert set(range(600)) == seen


async def test_a_trigger_overtakes_waiting_bulk(broker: RunningBroker, outbox: Outbox) -> None:
    """Priority counts at the moment of sending."""
    for number in range(40):
        outbox.put("bulk", bytes([number]) * 20_000, lane=Lane.BULK)
    outbox.put("trigger", b"now")
    async with listening(broker.port, "#") as arrived, publishing(broker.port, outbox):
        await until(lambda: len([t for t, _ in arrived if t in ("bulk", "trigger")]) == 41)

    assert "trigger" == next(topic for topic, _ in arrived if topic in ("bulk", "trigger"))


async def test_health_goes_past_the_outbox(broker: RunningBroker, outbox: Outbox) -> None:
    """At QoS 0, only while there is a broker."""
    async with listening(broker.port, "h") as arrived, publishing(broker.port, outbox) as publisher:
        await until(lambda: publisher.connected)
        taken = await publisher.publish_now("h", b"well")
        await until(lambda: len(arrived) == 1)

    assert taken
    assert 0 == outbox.depth


async def test_a_refused_message_stops_no_other(
    mosquitto_with: Callable[[str], Awaitable[RunningBroker]], outbox: Outbox, tmp_path: Path
) -> None:
    """It stays in the outbox, is counted, and what comes after it is sent."""
    rights = tmp_path / "acl"
    rights.write_text("topic readwrite allowed/#\n")
    rights.chmod(0o600)
    broker = await mosquitto_with(f"acl_file {rights}")
    outbox.put("forbidden", b"x")
    outbox.put("allowed/a", b"y")
    async with publishing(broker.port, outbox) as publisher:
        await until(lambda: publisher.sent == 1 and outbox.depth == 1)

        assert 1 == publisher.refused


async def test_a_station_without_the_right_to_its_state_goes_on(
    mosquitto_with: Callable[[str], Awaitable[RunningBroker]], outbox: Outbox, tmp_path: Path
) -> None:
    """Whoever takes a station's rights at the broker must not end its detection."""
    rights = tmp_path / "acl"
    rights.write_text("topic readwrite allowed/#\n")
    rights.chmod(0o600)
    broker = await mosquitto_with(f"acl_file {rights}")
    async with publishing(broker.port, outbox, presence()) as publisher:
        await until(lambda: publisher.refused == 1)
        outbox.put("allowed/a", b"y")
        publisher.wake()
        await until(lambda: publisher.sent == 1)
        publisher.announce()
        await until(lambda: publisher.refused == 2)

        assert publisher.connected


async def test_expiry_travels_with_the_message(mosquitto: RunningBroker, outbox: Outbox) -> None:
    """A version 5 broker forgets a message that nobody fetched in time."""
    reader = Identity("reader", session_s=600)
    async with Connector(config(mosquitto.port), reader).connect() as connection:
        await connection.subscribe("t", qos=1)
    outbox.put("t", b"brief", expires_ns=time.time_ns() + 1_000_000_000)
    outbox.put("t", b"lasting", expires_ns=time.time_ns() + 10**12)
    async with publishing(mosquitto.port, outbox):
        await until(lambda: outbox.depth == 0)
    await asyncio.sleep(2.1)
    async with Connector(config(mosquitto.port), reader).connect() as connection:
        async with asyncio.timeout(5):
            first = await anext(aiter(connection.messages))
        connection.acknowledge(first)

    assert b"lasting" == first.payload
    assert first.properties is not None
    assert first.properties.MessageExpiryInterval > 900


class Tray:
    """Takes what comes."""

    topic = "command"

    def __init__(self) -> None:
        self.taken: list[bytes] = []

    async def take(self, payload: bytes) -> None:
        """Take one."""
        self.taken.append(payload)


@pytest.mark.broker
async def test_a_huge_command_does_not_reach_the_station(
    mosquitto: RunningBroker, outbox: Outbox
) -> None:
    """The broker keeps it; the one after it is taken."""
    tray, stop = Tray(), asyncio.Event()
    publisher = Publisher(config(mosquitto.port), outbox, "station", inbox=tray)
    task = asyncio.create_task(publisher.run(stop))
    async with Connector(config(mosquitto.port), Identity("centre")).connect() as centre:
        async with asyncio.timeout(30):
            while not tray.taken:  # the station may not have subscribed yet
                await centre.deliver(Tray.topic, b"first")
        await centre.deliver(Tray.topic, b"x" * 200_000)
        await centre.deliver(Tray.topic, b"last")
        await until(lambda: b"last" in tray.taken)
    stop.set()
    await task

    assert {b"first", b"last"} == set(tray.taken)
