"""The thorough path through a real broker, a real picker and a real database."""

import asyncio
import contextlib
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable, Mapping
from functools import cache
from pathlib import Path

import httpx2
import pytest

from cloud.aggregator import AggregatorConfig
from cloud.association.config import AssociationConfig
from cloud.config import ServiceConfig, WebSection
from cloud.ledger import PublishingConfig
from cloud.store import Store
from cloud.thorough.config import ThoroughConfig
from cloud.toml import to_toml
from edge.geodesy import great_circle_km
from edge.messages import Event, EventMethod, EventStatus
from edge.messages.command import Command
from edge.mqtt import MqttConfig
from edge.timestamps import NANOSECONDS_PER_SECOND
from tests.cloud.test_service import RunningBroker, events_of, known, running
from tests.cloud.thorough.stations import (
    ALL,
    EPICENTRE,
    MAGNITUDE,
    PLACES,
    Stations,
    fake_stations,
    stretch_of,
)

Act = Callable[[Stations], Mapping[str, Callable[[Command], object]]]

pytestmark = pytest.mark.broker


def settings(folder: Path, port: int, **thorough: object) -> ServiceConfig:
    """Return a centre that takes old triggers, and whose events stay open, as long as tests may."""
    return ServiceConfig(
        mqtt=MqttConfig(port=port, retry_max_s=0.5),
        web=WebSection(port=0),
        aggregator=AggregatorConfig(
            association=AssociationConfig(window_s=3600.0),
            publishing=PublishingConfig(final_after_s=3600.0),
        ),
        thorough=ThoroughConfig.model_validate({"deadline_s": 90.0} | thorough),
        state_dir=folder,
    )


async def until(condition: Callable[[], bool], limit_s: float = 90.0) -> None:
    """Wait until something holds."""
    async with asyncio.timeout(limit_s):
        while not condition():  # noqa: ASYNC110 - conditions of other people's parts
            await asyncio.sleep(0.05)


@cache
def long_ago() -> int:
    """Return an origin whose record is complete by now, the same for all tests."""
    return time.time_ns() // NANOSECONDS_PER_SECOND * NANOSECONDS_PER_SECOND - 400 * 10**9


def from_waveforms(heard: list[Event]) -> list[Event]:
    """Return the revisions from waveforms, each once: QoS 1 may deliver one twice."""
    found = {one.revision: one for one in heard if one.method is EventMethod.WAVEFORMS}
    return list(found.values())


def error_km(event: Event) -> float:
    """Return how far an event is from the truth."""
    return great_circle_km((event.latitude, event.longitude), EPICENTRE)


async def test_an_event_is_located_from_the_waveforms_of_its_stations(
    mosquitto: RunningBroker, tmp_path: Path
) -> None:
    """Asked, answered, picked, measured: on MQTT, in the database, on the API."""
    origin_ns = long_ago()
    async with (
        fake_stations(mosquitto.port, origin_ns) as stations,
        events_of(mosquitto.port) as heard,
        running(settings(tmp_path, mosquitto.port)) as service,
    ):
        await until(lambda: known(service) == len(ALL))
        await stations.trigger()
        await until(lambda: from_waveforms(heard) != [])
        event = from_waveforms(heard)[-1]
        async with httpx2.AsyncClient(base_url=service.address) as client:
            shown = (await client.get(f"/api/v1/events/{event.id}")).json()
        async with events_of(mosquitto.port) as retained:
            await until(lambda: retained != [])

    kept = Store(tmp_path / "centre.sqlite").revisions(event.id)
    assert EventStatus.DECLARED == event.status
    assert error_km(event) < 8
    assert {f"XX.{name}" for name in PLACES} <= set(event.stations)
    assert {"XX.N"} <= set(event.stations), "the neighbour that did not trigger"
    assert any(arrival.picker == "eqd_picker_wide-1" for arrival in event.arrivals)
    assert event.magnitude_type in ("ML", "Mw")
    assert event.magnitude is not None
    assert abs(event.magnitude - MAGNITUDE) < 0.6
    assert event == kept[-1] == retained[-1]
    assert "waveforms" == shown[-1]["method"]
    for station in ALL:
        (command,) = stations.asked(station)
        start_ns, end_ns = stretch_of(command)
        assert start_ns < origin_ns < end_ns
        assert command.expires is not None


async def test_stations_that_fail_are_told_and_stop_nothing(
    mosquitto: RunningBroker, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One never answers, one sends rubbish, one knows no waveforms, one wants to be asked later."""

    def act(stations: Stations) -> Mapping[str, Callable[[Command], object]]:
        async def rubbish(command: Command) -> None:
            await stations.reply("D", command, messages=1)
            await stations.publish("D", f"waveform/{command.id}", b"no miniSEED" * 50)

        async def refuse(command: Command) -> None:
            text = "waveform: not known here; this station does: drill"
            await stations.reply("E", command, ok=False, text=text)

        async def later(command: Command) -> None:
            if len(stations.asked("F")) == 1:
                text = "9 bytes exceed what is left of 8 an hour; ask in 1 s"
                await stations.reply("F", command, ok=False, text=text)
            else:
                await stations.answer("F", command)

        return {"N": lambda _: None, "D": rubbish, "E": refuse, "F": later}

    async with (
        fake_stations(mosquitto.port, long_ago(), act) as stations,
        events_of(mosquitto.port) as heard,
        running(settings(tmp_path, mosquitto.port, deadline_s=6.0)) as service,
    ):
        await until(lambda: known(service) == len(ALL))
        await stations.trigger()
        await until(lambda: from_waveforms(heard) != [])
    event = from_waveforms(heard)[-1]
    log = capsys.readouterr().out

    picked = {arrival.station for arrival in event.arrivals if arrival.picker}
    assert {"XX.A", "XX.B", "XX.C", "XX.F"} == picked
    assert {"XX.D", "XX.E"} <= set(event.stations), "their triggers still count"
    assert 2 == len({command.id for command in stations.asked("F")})
    for station, why in (
        ("XX.N", "no answer"),
        ("XX.D", "0 of 1 messages came"),
        ("XX.E", "not known here"),
        ("XX.F", "ask in 1 s"),
    ):
        assert any(station in line and why in line for line in log.splitlines()), (station, log)


@pytest.mark.slow
async def test_after_a_kill_the_centre_goes_on_and_says_nothing_twice(
    mosquitto: RunningBroker, tmp_path: Path, unused_tcp_port: int
) -> None:
    """Killed between request and answer; the answers come while it is away."""
    origin_ns = long_ago()
    file = tmp_path / "centre.toml"
    web = {"web": WebSection(port=unused_tcp_port)}
    file.write_text(to_toml(settings(tmp_path / "state", mosquitto.port).model_copy(update=web)))
    pending: list[tuple[str, Command]] = []

    def keep(_: Stations) -> Mapping[str, Callable[[Command], object]]:
        def act_for(station: str) -> Callable[[Command], object]:
            return lambda command: pending.append((station, command))

        return {station: act_for(station) for station in ALL}

    async with (
        fake_stations(mosquitto.port, origin_ns, keep) as stations,
        events_of(mosquitto.port) as heard,
    ):
        async with centre_process(file) as process:
            await until_stations_are_known(unused_tcp_port)
            await stations.trigger()
            await until(lambda: {name for name, _ in pending} == set(ALL))
            process.send_signal(signal.SIGKILL)
            await process.wait()
        assert [] == from_waveforms(heard)
        for station, command in pending[: len(ALL)]:
            await stations.answer(station, command)
        asked_before = {command.id for _, command in pending}

        async with centre_process(file) as process:
            await until(lambda: from_waveforms(heard) != [])
            await asyncio.sleep(2.0)
            process.send_signal(signal.SIGTERM)
            await process.wait()

    events = {one.id for one in heard}
    assert 1 == len(events)
    assert 1 == len(from_waveforms(heard))
    assert error_km(from_waveforms(heard)[0]) < 8
    assert asked_before == {command.id for _, command in pending}
    revisions = [one.revision for one in heard]
    assert sorted(revisions) == revisions


async def until_stations_are_known(port: int) -> None:
    """Wait until a centre in another process knows them all."""
    count = 0
    async with httpx2.AsyncClient() as client, asyncio.timeout(90):
        while count < len(ALL):
            await asyncio.sleep(0.1)
            with contextlib.suppress(httpx2.TransportError):
                count = len((await client.get(f"http://127.0.0.1:{port}/api/v1/stations")).json())


@contextlib.asynccontextmanager
async def centre_process(file: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run a centre as a service manager does."""
    process = await asyncio.create_subprocess_exec(
        Path(sys.executable).with_name("cloud-aggregator"),
        *("run", "--config", file),
        stderr=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
