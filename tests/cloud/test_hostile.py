"""What may come over the wire and from the machine, and the centre goes on.

Threats against the running service: a real Mosquitto, a real database, all messages as bytes.
"""

import asyncio
import json
import random
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from cloud.board.picture import StationView
from cloud.config import ServiceConfig, StoreSection
from cloud.guard import Doubt
from cloud.service import Service
from cloud.store import Store
from edge.messages import Event, Health, State
from edge.mqtt import Connection
from tests.cloud.postgres import PostgresServer
from tests.cloud.test_service import (
    PLACES,
    SECOND,
    config,
    events_of,
    known,
    running,
    send,
    state,
    stations,
    trigger,
    until,
)
from tests.conftest import Mosquitto

pytestmark = pytest.mark.broker

_HUGE = 8_000_000
_FLOOD = 3_000


def _hostile_payloads(chance: random.Random) -> Iterator[tuple[str, bytes]]:
    """Yield topics and payloads that no honest station sends."""
    honest = trigger("A", time.time_ns()).to_wire()
    fields = json.loads(honest)
    for kind in ("trigger", "state", "health", "waveform/x"):
        topic = f"tremor/v1/XX/A/{kind}"
        yield topic, chance.randbytes(300)
        yield topic, b"[" * 50_000 + b"]" * 50_000
        yield topic, b'{"a":' * 10_000 + b"1" + b"}" * 10_000
        yield topic, b"null"
        yield topic, b" " * 70_000
    yield "tremor/v1/XX/A/trigger", b"x" * _HUGE
    for name in fields:
        for value in (None, [], {}, "NaN", 1e400, -1, True, "\x00", "9" * 400):
            yield "tremor/v1/XX/A/trigger", json.dumps(fields | {name: value}).encode()
    for latitude, longitude in ((91, 0), (0, 181), (-1e9, 0), (0, float("nan"))):
        place = {"latitude": latitude, "longitude": longitude}
        yield "tremor/v1/XX/A/trigger", json.dumps(fields | place).encode()
        told = {"online": True, "network": "XX", "station": "A"} | place
        yield "tremor/v1/XX/A/state", json.dumps(told).encode()
    for topic in ("tremor/v1/XX/B/trigger", "tremor/v1/YY/A/trigger", "tremor/v1/XX/A/state"):
        yield topic, honest
    for at in range(0, len(honest), 29):
        yield "tremor/v1/XX/A/trigger", honest[:at]
        yield "tremor/v1/XX/A/trigger", honest[:at] + b"\xff" + honest[at + 1 :]


def _station(service: Service, name: str) -> StationView:
    return next(view for view in service.board.picture().stations if view.id == f"XX.{name}")


async def _earthquake(
    line: Connection, heard: list[Event], origin_ns: int, least: int = len(PLACES)
) -> None:
    """Let an earthquake be seen by all stations, and wait for its event."""
    await send(line, *(trigger(name, origin_ns) for name in PLACES))
    await until(lambda: any(len(one.stations) >= least for one in heard))


async def test_hostile_messages_stop_nothing(mosquitto: Mosquitto, tmp_path: Path) -> None:
    """Hundreds of them, each counted or harmless; the earthquake among them is found."""
    origin_ns = time.time_ns() - 20 * SECOND
    with capture_logs() as logs:
        async with (
            stations(mosquitto.port) as line,
            events_of(mosquitto.port) as heard,
            running(config(tmp_path, mosquitto.port)) as service,
        ):
            await until(lambda: known(service) == len(PLACES))
            for number, (topic, payload) in enumerate(_hostile_payloads(random.Random(7))):
                await line.deliver(topic, payload, qos=number % 2)
            # What was said in the name of A brought it into doubt.
            await _earthquake(line, heard, origin_ns, least=len(PLACES) - 1)
            intake = service._intake._ingest
            broken, failed = sum(intake.broken.values()), intake.failed

    assert broken > 150
    assert 0 == failed
    assert 1 == len({one.id for one in heard})
    assert len([entry for entry in logs if entry["event"] == "message_broken"]) < 20


async def test_flood_of_one_station_delays_no_event(mosquitto: Mosquitto, tmp_path: Path) -> None:
    """Ten thousand a minute and more from one; the others' earthquake is found, the flood told."""
    origin_ns = time.time_ns() - 20 * SECOND
    names = [name for name in PLACES if name != "F"]
    async with (
        stations(mosquitto.port) as line,
        events_of(mosquitto.port) as heard,
        running(config(tmp_path, mosquitto.port)) as service,
    ):
        await until(lambda: known(service) == len(PLACES))
        for number in range(_FLOOD):
            one = trigger("F", origin_ns - number * SECOND // 50)
            await line.deliver("tremor/v1/XX/F/trigger", one.to_wire())
            if number == _FLOOD * 2 // 3:
                await send(line, *(trigger(name, origin_ns) for name in names))
        await until(lambda: any(set(_codes(one)) >= set(names) for one in heard))
        await until(lambda: service.centre.guard.dropped["trigger"] > _FLOOD // 2)
        told = _station(service, "F").reasons
    store = Store(tmp_path / "centre.sqlite")
    kept = {one.station for one, _ in store.triggers_since(0)}
    store.close()

    assert any("far too much" in reason for reason in told)
    assert set(names) <= kept


def _codes(event: Event) -> list[str]:
    return [name.partition(".")[2] for name in event.stations]


async def test_two_stations_under_one_code_are_told_and_left_out(
    mosquitto: Mosquitto, tmp_path: Path
) -> None:
    """Their code is in no event; everybody else's earthquake is."""
    origin_ns = time.time_ns() - 20 * SECOND
    elsewhere = {"latitude": 18.5, "longitude": -97.0}
    async with (
        stations(mosquitto.port) as line,
        events_of(mosquitto.port) as heard,
        running(config(tmp_path, mosquitto.port)) as service,
    ):
        await until(lambda: known(service) == len(PLACES))
        for _ in range(2):
            moved = state("A").model_copy(update=elsewhere)
            await line.deliver("tremor/v1/XX/A/state", moved.to_wire(), retain=True)
            await line.deliver("tremor/v1/XX/A/state", state("A").to_wire(), retain=True)
        await until(lambda: not service.centre.guard.believes("XX", "A"))
        await send(line, *(trigger(name, origin_ns) for name in PLACES))
        await until(lambda: any(len(one.stations) == len(PLACES) - 1 for one in heard))
        await until(lambda: service.centre.guard.unused[Doubt.PLACE] > 0)
        told = _station(service, "A").reasons

    assert any("two places under one code" in reason for reason in told)
    assert all("A" not in _codes(one) for one in heard)


async def test_clock_hours_off_is_told_and_left_out(mosquitto: Mosquitto, tmp_path: Path) -> None:
    """Neither its triggers of tomorrow nor its silence count."""
    origin_ns = time.time_ns() - 20 * SECOND
    async with (
        stations(mosquitto.port) as line,
        events_of(mosquitto.port) as heard,
        running(config(tmp_path, mosquitto.port)) as service,
    ):
        await until(lambda: known(service) == len(PLACES))
        await send(line, trigger("A", origin_ns + 5 * 3_600 * SECOND))
        report = Health(
            network="XX",
            station="B",
            time=origin_ns - 7 * 3_600 * SECOND,
            packets=1,
            packets_dropped=0,
            gaps=0,
            outbox_depth=0,
            triggers=0,
        )
        await line.deliver("tremor/v1/XX/B/health", report.to_wire())
        await until(lambda: not service.centre.guard.believes("XX", "B"))
        await send(line, *(trigger(name, origin_ns) for name in PLACES if name not in "AB"))
        await until(lambda: any(len(one.stations) == len(PLACES) - 2 for one in heard))
        told = [*_station(service, "A").reasons, *_station(service, "B").reasons]

    assert any("h ahead" in reason for reason in told)
    assert any("h behind" in reason for reason in told)


async def test_database_that_is_gone_costs_no_trigger_and_no_event(
    mosquitto: Mosquitto, postgres_server: PostgresServer, postgres_url: str, tmp_path: Path
) -> None:
    """PostgreSQL is killed before an earthquake and comes back after it."""
    origin_ns = time.time_ns() - 20 * SECOND
    settings = config(tmp_path, mosquitto.port).model_copy(
        update={"store": StoreSection(url=postgres_url)}
    )
    async with (
        stations(mosquitto.port) as line,
        events_of(mosquitto.port) as heard,
        running(settings) as service,
    ):
        await until(lambda: known(service) == len(PLACES))
        await asyncio.to_thread(postgres_server.stop)
        try:
            await _earthquake(line, heard, origin_ns)
            await until(lambda: service.keeper.view.away)
        finally:
            await asyncio.to_thread(postgres_server.start)
        await until(lambda: not service.keeper.view.away and not service.keeper.view.waiting)
    store = Store(url=postgres_url)
    kept = {(one.id, one.revision) for one, _ in store.triggers_since(0)}
    events = store.latest_events(5)
    store.close()

    assert {(f"XX.{name}-{origin_ns}", 0) for name in PLACES} <= kept
    assert [heard[-1].id] == [one.id for one in events]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Mount a disk of two megabytes; skips where that is not allowed."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(place)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("no file system may be mounted here")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


async def test_full_disk_costs_no_event_and_nothing_that_was_taken(
    mosquitto: Mosquitto, small_disk: Path
) -> None:
    """Database and queues take nothing; events go out; with room again all is written."""
    origin_ns = time.time_ns() - 20 * SECOND
    filler = small_disk / "filler"
    async with (
        stations(mosquitto.port) as line,
        events_of(mosquitto.port) as heard,
        running(config(small_disk, mosquitto.port)) as service,
    ):
        await until(lambda: known(service) == len(PLACES))
        _fill(filler)
        await _earthquake(line, heard, origin_ns)
        for revision in range(1, 40):
            await send(line, trigger("A", origin_ns, revision))
        await until(lambda: service.keeper.view.away)
        filler.unlink()
        await until(lambda: not service.keeper.view.away and not service.keeper.view.waiting)
    database = sqlite3.connect(small_disk / "centre.sqlite")
    kept = set(database.execute("SELECT id, revision FROM trigger"))
    database.close()

    wanted = {(f"XX.{name}-{origin_ns}", 0) for name in PLACES}
    assert wanted | {(f"XX.A-{origin_ns}", revision) for revision in range(1, 40)} <= kept


def _fill(file: Path) -> None:
    """Write until the disk takes no more."""
    with file.open("wb", buffering=0) as out:
        for size in (65_536, 4_096, 512, 1):
            while True:
                try:
                    if out.write(b"x" * size) < size:
                        break
                except OSError:
                    break


async def test_stations_without_end_fill_no_memory(mosquitto: Mosquitto, tmp_path: Path) -> None:
    """Made-up codes by the thousand: the board keeps its limit, the earthquake is found."""
    origin_ns = time.time_ns() - 20 * SECOND
    settings: ServiceConfig = config(tmp_path, mosquitto.port)
    async with (
        stations(mosquitto.port) as line,
        events_of(mosquitto.port) as heard,
        running(settings) as service,
    ):
        await until(lambda: known(service) == len(PLACES))
        for number in range(1_000):
            code = f"M{number}"
            made_up = State(online=True, network="ZZ", station=code, latitude=0.0, longitude=0.0)
            await line.deliver(f"tremor/v1/ZZ/{code}/state", made_up.to_wire())
        await _earthquake(line, heard, origin_ns)

    assert 1 == len({one.id for one in heard})
