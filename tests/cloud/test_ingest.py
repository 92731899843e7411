"""Ingest hands on every honest message at least once and survives every other."""

import asyncio
import typing
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from structlog.testing import capture_logs

from cloud.broker import EmbeddedBroker
from cloud.errors import BrokenMessageError
from cloud.ingest import Ingest
from cloud.station_messages import MAX_PAYLOAD_BYTES, StationMessage, read_station_message
from edge.messages import (
    ClockSource,
    ClockState,
    Health,
    Phase,
    State,
    Trigger,
    TriggerStatus,
)
from edge.mqtt import Connection, Connector, Identity, MqttConfig

TOPIC = "tremor/v1/XX/A/trigger"
CLOCK = ClockState(source=ClockSource.NTP, error_s=0.01)


class RunningBroker(typing.Protocol):
    """What the broker fixtures give."""

    port: int

    async def start(self) -> None:
        """Start it."""

    async def stop(self) -> None:
        """End it."""


def config(port: int) -> MqttConfig:
    """Return a configuration that tries again soon."""
    return MqttConfig(port=port, retry_max_s=0.5)


def trigger(number: int = 0, revision: int = 0, station: str = "A") -> Trigger:
    """Return a trigger."""
    return Trigger(
        id=f"{station}-{number}",
        revision=revision,
        status=TriggerStatus.PRELIMINARY,
        network="XX",
        station=station,
        channels=("HNZ", "HNN", "HNE"),
        latitude=17.0,
        longitude=-99.0,
        onset=1_000_000_000 * number,
        onset_uncertainty_s=0.1,
        phase=Phase.P,
        window_s=0.5,
        clock=CLOCK,
        sent=1_000_000_000 * number,
    )


def health() -> Health:
    """Return a health report."""
    return Health(
        network="XX",
        station="A",
        time=0,
        packets=1,
        packets_dropped=0,
        gaps=0,
        outbox_depth=0,
        triggers=0,
    )


@asynccontextmanager
async def ingesting(
    port: int, got: list[StationMessage], *, wait: bool = True
) -> AsyncIterator[Ingest]:
    """Run an ingest that collects; by default wait until it has subscribed."""

    async def handler(message: StationMessage) -> None:
        got.append(message)

    stop = asyncio.Event()
    ingest = Ingest(config(port), handler)
    task = asyncio.create_task(ingest.run(stop))
    if wait:
        await until_subscribed(port, got)
    try:
        yield ingest
    finally:
        stop.set()
        await task


async def until(condition: Callable[[], bool]) -> None:
    """Wait until something holds."""
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 - conditions of other people's parts
            await asyncio.sleep(0.01)


@asynccontextmanager
async def writing(port: int) -> AsyncIterator[Connection]:
    """Connect as a station."""
    async with Connector(config(port), Identity("writer")).connect() as connection:
        yield connection


async def until_subscribed(port: int, got: list[StationMessage]) -> None:
    """Send a retained state until it comes through, then forget it."""
    ping = State(online=True, network="XX", station="PING")
    async with writing(port) as connection, asyncio.timeout(10):
        while ping not in got:
            await connection.deliver("tremor/v1/XX/PING/state", ping.to_wire())
            await asyncio.sleep(0.05)
    await asyncio.sleep(0.1)
    got.clear()


async def test_each_kind_arrives_typed(broker: RunningBroker) -> None:
    """State, trigger and health become their models."""
    got: list[StationMessage] = []
    sent = [State(online=True, network="XX", station="A"), trigger(), health()]
    async with ingesting(broker.port, got), writing(broker.port) as writer:
        for kind, message in zip(("state", "trigger", "health"), sent, strict=True):
            await writer.deliver(f"tremor/v1/XX/A/{kind}", message.to_wire())
        await until(lambda: len(got) == 3)

    assert sent == got


async def test_the_states_of_before_are_told(broker: RunningBroker) -> None:
    """A retained state reaches an aggregator that comes later."""
    state = State(online=True, network="XX", station="A")
    async with writing(broker.port) as writer:
        await writer.deliver("tremor/v1/XX/A/state", state.to_wire(), retain=True)
    got: list[StationMessage] = []
    async with ingesting(broker.port, got, wait=False):
        await until(lambda: state in got)


async def test_triggers_sent_while_it_is_away_arrive(broker: RunningBroker) -> None:
    """The broker keeps the session of the aggregator."""
    got: list[StationMessage] = []
    async with ingesting(broker.port, got):
        pass
    async with writing(broker.port) as writer:
        for number in range(50):
            await writer.deliver(TOPIC, trigger(number).to_wire())
    async with ingesting(broker.port, got, wait=False):
        await until(lambda: len({m.id for m in got if isinstance(m, Trigger)}) == 50)


async def test_a_restarted_broker_is_found_again(mosquitto: RunningBroker) -> None:
    """The session and the reader both outlive the broker."""
    got: list[StationMessage] = []
    async with ingesting(mosquitto.port, got):
        await mosquitto.stop()
        await mosquitto.start()
        async with writing(mosquitto.port) as writer:
            await writer.deliver(TOPIC, trigger().to_wire())
        await until(lambda: trigger() in got)


async def test_a_broker_that_comes_late_is_waited_for(unused_tcp_port: int) -> None:
    """The aggregator may start before the broker."""
    got: list[StationMessage] = []
    async with ingesting(unused_tcp_port, got, wait=False):
        await asyncio.sleep(0.2)
        async with EmbeddedBroker(unused_tcp_port):
            await until_subscribed(unused_tcp_port, got)
            async with writing(unused_tcp_port) as writer:
                await writer.deliver(TOPIC, trigger().to_wire())
            await until(lambda: trigger() in got)


async def test_a_message_in_the_hands_of_a_dying_aggregator_comes_again(
    mosquitto: RunningBroker,
) -> None:
    """It is acknowledged only after the handler returned."""
    taken = asyncio.Event()

    async def hang(_: StationMessage) -> None:
        taken.set()
        await asyncio.Event().wait()

    got: list[StationMessage] = []
    async with ingesting(mosquitto.port, got):
        pass
    async with writing(mosquitto.port) as writer:
        await writer.deliver(TOPIC, trigger().to_wire())
    dying = asyncio.create_task(Ingest(config(mosquitto.port), hang).run(asyncio.Event()))
    await asyncio.wait_for(taken.wait(), 10)
    dying.cancel()
    await asyncio.gather(dying, return_exceptions=True)
    async with ingesting(mosquitto.port, got, wait=False):
        await until(lambda: trigger() in got)


async def test_a_message_on_which_the_handler_fails_stops_no_other(
    mosquitto: RunningBroker,
) -> None:
    """It is counted, logged with the traceback, and not delivered for ever."""
    got: list[StationMessage] = []

    async def choke(message: StationMessage) -> None:
        if message == trigger(0):
            raise ZeroDivisionError
        got.append(message)

    stop = asyncio.Event()
    ingest = Ingest(config(mosquitto.port), choke)
    with capture_logs() as logs:
        task = asyncio.create_task(ingest.run(stop))
        await until_subscribed(mosquitto.port, got)
        async with writing(mosquitto.port) as writer:
            for number in range(3):
                await writer.deliver(TOPIC, trigger(number).to_wire())
        await until(lambda: trigger(2) in got)
        stop.set()
        await task

    assert [trigger(1), trigger(2)] == got
    assert 1 == ingest.failed
    assert ["message_failed"] == [entry["event"] for entry in logs if "exc_info" in entry]


async def test_broken_messages_are_counted_logged_once_and_dropped(
    broker: RunningBroker,
) -> None:
    """Ten of them cost one line, and the honest message after them arrives."""
    got: list[StationMessage] = []
    with capture_logs() as logs:
        async with ingesting(broker.port, got) as ingest, writing(broker.port) as writer:
            for _ in range(10):
                await writer.deliver(TOPIC, b"{broken")
            await writer.deliver(TOPIC, trigger().to_wire())
            await until(lambda: len(got) == 1)

    assert {TOPIC: 10} == ingest.broken
    assert 1 == len([entry for entry in logs if entry["event"] == "message_broken"])


async def test_a_flood_of_made_up_stations_is_bounded_in_memory() -> None:
    """Beyond a thousand topics they are counted together."""

    async def ignore(_: StationMessage) -> None:
        pass

    ingest = Ingest(MqttConfig(), ignore)
    for number in range(1_500):
        ingest._broken.add(BrokenMessageError(f"tremor/v1/XX/{number}/trigger", "x"))

    assert 1_001 == len(ingest.broken)
    assert 500 == ingest.broken["others"]


LIES = {
    "oversize": (TOPIC, b" " * (MAX_PAYLOAD_BYTES + 1), "bytes"),
    "not json": (TOPIC, b"\xff\xfe", "payload"),
    "not an object": (TOPIC, b"[]", "payload"),
    "missing field": (TOPIC, b'{"id": "a"}', "revision: Field required"),
    "not finite": (
        TOPIC,
        trigger().to_wire().replace(b'"latitude":17.0', b'"latitude":NaN'),
        "latitude",
    ),
    "out of range": (
        TOPIC,
        trigger().to_wire().replace(b'"latitude":17.0', b'"latitude":1e300'),
        "latitude",
    ),
    "beyond any calendar": (
        TOPIC,
        trigger().to_wire().replace(b'"onset":"1970', b'"onset":"9970'),
        "onset: is not between 1970 and 2262",
    ),
    "before any station": (
        TOPIC,
        trigger().to_wire().replace(b'"sent":"1970', b'"sent":"1870'),
        "sent: is not between",
    ),
    "unprintable id": (
        TOPIC,
        trigger().to_wire().replace(b'"id":"A-0"', b'"id":"A\\u0000"'),
        "unprintable",
    ),
    "revision beyond counting": (
        TOPIC,
        trigger().to_wire().replace(b'"revision":0', b'"revision":4294967296'),
        "revision: 4294967296",
    ),
    "another station": (TOPIC, trigger(station="B").to_wire(), "comes from XX.B"),
    "another network": ("tremor/v1/YY/A/trigger", trigger().to_wire(), "comes from XX.A"),
    "another kind": ("tremor/v1/XX/A/health", trigger().to_wire(), "Field required"),
    "unknown kind": ("tremor/v1/XX/A/gossip", b"{}", "no topic"),
    "too short": ("tremor/v1/XX/trigger", trigger().to_wire(), "no topic"),
}


@pytest.mark.parametrize(("topic", "payload", "reason"), LIES.values(), ids=LIES.keys())
def test_a_lie_is_refused_with_its_reason(topic: str, payload: bytes, reason: str) -> None:
    """What a station, a fault or an attacker may send."""
    with pytest.raises(BrokenMessageError, match=reason):
        read_station_message(topic, payload)


def test_unknown_fields_are_ignored() -> None:
    """A newer station is understood by an older aggregator."""
    payload = trigger().to_wire()[:-1] + b', "mood": "calm"}'

    assert trigger() == read_station_message(TOPIC, payload)
