"""The centre as a running service: triggers in, one event out, also over a restart."""

import asyncio
import json
import signal
import sys
import time
import typing
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
import pytest

from cloud.config import ServiceConfig, StoreSection, WebSection, load_service_config
from cloud.errors import StoreError, WebAddressError
from cloud.service import Service, open_service
from cloud.store import Store
from cloud.toml import to_toml
from edge.errors import ConfigError
from edge.geodesy import great_circle_km
from edge.messages import (
    ClockSource,
    ClockState,
    Event,
    EventStatus,
    Phase,
    State,
    Trigger,
    TriggerStatus,
)
from edge.messages.topics import ALL_EVENTS
from edge.mqtt import Connection, Connector, Identity, MqttConfig

SECOND = 1_000_000_000
EPICENTRE = (17.1, -99.7)
PLACES = {
    "A": (17.0, -99.5),
    "B": (17.3, -99.8),
    "C": (17.0, -100.0),
    "D": (17.4, -99.4),
    "E": (16.8, -99.7),
    "F": (17.2, -100.2),
}


class RunningBroker(typing.Protocol):
    """What the broker fixtures give."""

    port: int


def config(folder: Path, port: int) -> ServiceConfig:
    """Return a centre's configuration."""
    return ServiceConfig(
        mqtt=MqttConfig(port=port, retry_max_s=0.5), web=WebSection(port=0), state_dir=folder
    )


def state(station: str, *, online: bool = True) -> State:
    """Return a station's birth certificate."""
    latitude, longitude = PLACES[station]
    return State(
        online=online, network="XX", station=station, latitude=latitude, longitude=longitude
    )


def trigger(station: str, origin_ns: int, revision: int = 0) -> Trigger:
    """Return the P of an earthquake at the epicentre, 15 km deep, in a half-space of 6 km/s."""
    latitude, longitude = PLACES[station]
    epicentral_km = great_circle_km((latitude, longitude), EPICENTRE)
    onset_ns = origin_ns + round((epicentral_km**2 + 15.0**2) ** 0.5 / 6.0 * SECOND)
    return Trigger(
        id=f"XX.{station}-{origin_ns}",
        revision=revision,
        status=TriggerStatus.UPDATE if revision else TriggerStatus.PRELIMINARY,
        network="XX",
        station=station,
        channels=("HNZ", "HNN", "HNE"),
        latitude=latitude,
        longitude=longitude,
        onset=onset_ns,
        onset_uncertainty_s=0.1,
        phase=Phase.P,
        window_s=float(revision),
        pd_m=3e-5,
        clock=ClockState(source=ClockSource.NTP, error_s=0.01),
        sent=onset_ns + SECOND,
    )


@asynccontextmanager
async def running(settings: ServiceConfig) -> AsyncIterator[Service]:
    """Run a centre; stop it in good order at the end."""
    stop = asyncio.Event()
    async with open_service(settings) as service:
        task = asyncio.create_task(service.run(stop))
        try:
            yield service
        finally:
            stop.set()
            await task


@asynccontextmanager
async def stations(port: int) -> AsyncIterator[Connection]:
    """Connect as all the stations, which have introduced themselves."""
    async with Connector(MqttConfig(port=port), Identity("stations")).connect() as connection:
        for name in PLACES:
            topic = f"tremor/v1/XX/{name}/state"
            await connection.deliver(topic, state(name).to_wire(), retain=True)
        yield connection


async def send(connection: Connection, *triggers: Trigger) -> None:
    """Publish triggers as their stations would."""
    for one in triggers:
        await connection.deliver(f"tremor/v1/XX/{one.station}/trigger", one.to_wire())


async def until(condition: Callable[[], bool]) -> None:
    """Wait until something holds."""
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 - conditions of other people's parts
            await asyncio.sleep(0.02)


@asynccontextmanager
async def events_of(port: int) -> AsyncIterator[list[Event]]:
    """Collect the events that the centre publishes."""
    heard: list[Event] = []
    async with Connector(MqttConfig(port=port), Identity("reader")).connect() as connection:

        async def read() -> None:
            async for message in connection.messages:
                heard.append(Event.from_wire(message.payload))
                connection.acknowledge(message)

        task = asyncio.create_task(read())
        await connection.subscribe(ALL_EVENTS, qos=1)
        yield heard
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def known(service: Service) -> int:
    """Return how many stations the board has."""
    return len(service.board.picture().stations)


async def test_triggers_become_one_event_on_broker_page_and_database(
    broker: RunningBroker, tmp_path: Path
) -> None:
    """Duplicated and reordered, as a broker may deliver them."""
    origin_ns = time.time_ns() - 20 * SECOND
    async with (
        stations(broker.port) as connection,
        events_of(broker.port) as heard,
        running(config(tmp_path, broker.port)) as service,
    ):
        await until(lambda: known(service) == len(PLACES))
        first = [trigger(name, origin_ns) for name in PLACES]
        second = [trigger(name, origin_ns, revision=1) for name in PLACES]
        await send(connection, *second[::-1], *first, *first[::-1], *second)
        await until(lambda: any(len(one.stations) == len(PLACES) for one in heard))
        async with httpx2.AsyncClient() as client:
            answer = await client.get(f"{service.address}api/v1/events")
        shown = json.dumps(answer.json())
    store = Store(tmp_path / "centre.sqlite")
    remembered = store.latest_events(10)
    kept = store.triggers_since(0)
    store.close()

    (name,) = {one.id for one in heard}
    last = max(heard, key=lambda one: one.revision)
    assert EventStatus.DECLARED is last.status
    assert great_circle_km((last.latitude, last.longitude), EPICENTRE) < 10
    assert [name] == [one.id for one in remembered]
    assert name in shown
    assert len(kept) == len({(t.id, t.revision) for t, _ in kept})
    assert set(PLACES) == {t.station for t, _ in kept}


async def test_an_event_goes_on_over_a_restart(broker: RunningBroker, tmp_path: Path) -> None:
    """Same id, higher revisions; triggers sent in between count; the newest is told once more."""
    origin_ns = time.time_ns() - 20 * SECOND
    names = list(PLACES)
    async with stations(broker.port) as connection, events_of(broker.port) as heard:
        async with running(config(tmp_path, broker.port)) as service:
            await until(lambda: known(service) == len(PLACES))
            await send(connection, *(trigger(name, origin_ns) for name in names[:4]))
            await until(lambda: any(len(one.stations) == 4 for one in heard))
        before = len(heard)
        await send(connection, *(trigger(name, origin_ns) for name in names[4:]))
        async with running(config(tmp_path, broker.port)) as service:
            await until(lambda: any(len(one.stations) == 6 for one in heard))
            shown = service.board.picture()

    revisions = [one.revision for one in heard]
    contents = {one.to_wire() for one in heard}  # QoS 1 may deliver a message twice
    assert {heard[0].id} == {one.id for one in heard}
    assert sorted(revisions) == revisions
    assert len(set(revisions)) == len(contents)
    told, last = [one.to_wire() for one in heard], heard[before - 1]
    assert 2 >= told.count(last.to_wire())
    assert all(one.revision > last.revision for one in heard[before:] if one != last)
    assert 1 == len(shown.events)
    assert len(PLACES) == len(shown.stations)


async def test_the_event_is_retained(mosquitto: RunningBroker, tmp_path: Path) -> None:
    """Who asks later is told the latest revision."""
    origin_ns = time.time_ns() - 20 * SECOND
    async with (
        stations(mosquitto.port) as connection,
        running(config(tmp_path, mosquitto.port)) as service,
    ):
        heard: list[Event] = []
        service.centre.listeners.append(heard.append)
        await until(lambda: known(service) == len(PLACES))
        await send(connection, *(trigger(name, origin_ns) for name in PLACES))
        await until(lambda: any(len(one.stations) == 6 for one in heard))
        await asyncio.sleep(0.5)
        async with events_of(mosquitto.port) as later:
            await until(lambda: len(later) > 0)

    assert [(heard[-1].id, heard[-1].revision)] == [(one.id, one.revision) for one in later]


async def test_a_broken_database_stops_no_event(
    embedded_broker: RunningBroker, tmp_path: Path
) -> None:
    """What cannot be remembered now is still told, and waits."""
    origin_ns = time.time_ns() - 20 * SECOND
    async with (
        stations(embedded_broker.port) as connection,
        events_of(embedded_broker.port) as heard,
        running(config(tmp_path, embedded_broker.port)) as service,
    ):
        await until(lambda: known(service) == len(PLACES))
        with service.centre._store.engine.begin() as database:
            for table in ("trigger", "event"):
                database.exec_driver_sql(f"DROP TABLE {table}")
        await send(connection, *(trigger(name, origin_ns) for name in PLACES))
        await until(lambda: any(len(one.stations) == 6 for one in heard))
        waiting = service.keeper.view

    assert waiting.away
    assert waiting.waiting > len(PLACES)


async def test_the_process_serves_the_page_and_ends_on_sigterm(
    embedded_broker: RunningBroker, tmp_path: Path, unused_tcp_port: int
) -> None:
    """`cloud-aggregator run` with a file, as a service manager runs it."""
    settings = config(tmp_path / "state", embedded_broker.port).model_copy(
        update={"web": WebSection(port=unused_tcp_port)}
    )
    file = tmp_path / "centre.toml"
    file.write_text(to_toml(settings))
    process = await asyncio.create_subprocess_exec(
        Path(sys.executable).with_name("cloud-aggregator"),
        *("run", "--config", file),
        stderr=asyncio.subprocess.PIPE,
    )
    answer = None
    async with httpx2.AsyncClient() as client, asyncio.timeout(30):
        while answer is None:
            try:
                answer = await client.get(f"http://127.0.0.1:{unused_tcp_port}/healthz")
            except httpx2.TransportError:
                await asyncio.sleep(0.1)
    process.send_signal(signal.SIGTERM)
    _, said = await asyncio.wait_for(process.communicate(), 15)

    assert "ok" == answer.json()["status"]
    assert 0 == process.returncode, said.decode()
    assert b"centre_stopped" in said


def test_a_mistake_in_the_file_is_said_with_its_line(tmp_path: Path) -> None:
    """Line, key path and the nearest valid name."""
    file = tmp_path / "centre.toml"
    file.write_text("[web]\nprot = 80\n")

    with pytest.raises(ConfigError, match=r"line 2, web\.prot: unknown key; did you mean 'port'"):
        load_service_config(file)


async def test_a_taken_port_is_said(tmp_path: Path) -> None:
    """The error names the address and what to do."""
    settings = config(tmp_path, 1)
    async with open_service(settings) as service:
        port = int(service.address.rsplit(":", 1)[1].strip("/"))
        taken = settings.model_copy(update={"web": WebSection(port=port)})

        with pytest.raises(WebAddressError, match=f"{port}: .*choose another port"):
            async with open_service(taken):
                pass


async def test_a_database_that_cannot_be_opened_is_said(tmp_path: Path) -> None:
    """Before anything is started."""
    settings = config(tmp_path, 1).model_copy(update={"store": StoreSection(url="mysql://x/y")})

    with pytest.raises(StoreError, match="mysql"):
        async with open_service(settings):
            pass
