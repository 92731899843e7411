"""Killed in the middle of an event, the centre goes on with it: nothing lost, nothing twice."""

import asyncio
import json
import random
import sqlite3
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from cloud.config import ServiceConfig, WebSection
from cloud.toml import to_toml
from cloud.webhooks.config import Rule, WebhooksConfig
from edge.messages import Event, EventStatus, Trigger
from edge.mqtt import Connection, MqttConfig
from tests.cloud.test_service import PLACES, SECOND, events_of, send, stations, trigger
from tests.conftest import Mosquitto

_PATIENCE_S = 240
_COMMAND = Path(sys.executable).with_name("cloud-aggregator")

Deliveries = list[tuple[str, int]]


class Centre:
    """A centre as a process, which a test kills and starts again.

    Args:
        settings: What it reads.
        folder: For its file and its log.
    """

    def __init__(self, settings: ServiceConfig, folder: Path) -> None:
        self._file = folder / "centre.toml"
        self._file.write_text(to_toml(settings))
        self._log = folder / "centre.log"
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start it and wait until it listens to the broker."""
        with self._log.open("wb") as output:
            self._process = await asyncio.create_subprocess_exec(
                *(_COMMAND, "run", "--json-logs", "--config", self._file), stderr=output
            )
        process = self._process
        await until(
            lambda: (
                process.returncode is not None
                or (self.said("restored") > 0 and self.said("mqtt_connected") > 1)
            )
        )
        assert process.returncode is None, self._log.read_text()

    async def kill(self) -> None:
        """Kill it as a power cut does."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()

    async def end(self) -> None:
        """Tell it to stop, and wait for it."""
        assert self._process is not None
        self._process.terminate()
        await asyncio.wait_for(self._process.wait(), _PATIENCE_S)

    def said(self, event: str) -> int:
        """Return how often its log has a line, since the last start."""
        return self._log.read_text().count(f'"event": "{event}"')


@asynccontextmanager
async def webhook_target(heard: Deliveries) -> AsyncIterator[int]:
    """Serve a target of webhooks; it notes event and revision of each delivery."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            size = int(head.partition(b"content-length:")[2].split(b"\r\n")[0])
            told = json.loads(await reader.readexactly(size))
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()  # the centre was killed before it had said anything
            return
        found: dict[str, Any] = told.get("event", told)
        heard.append((found["id"], found["revision"]))
        writer.write(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


def settings_for(folder: Path, port: int, hook_port: int) -> ServiceConfig:
    """Return a centre's configuration with one rule for all events."""
    target = {"type": "json", "url": f"http://127.0.0.1:{hook_port}/"}
    rule = Rule.model_validate(
        {"name": "all", "target": target, "least_status": EventStatus.PRELIMINARY}
    )
    return ServiceConfig(
        mqtt=MqttConfig(port=port, retry_max_s=0.5),
        web=WebSection(port=0),
        state_dir=folder / "state",
        webhooks=WebhooksConfig(rules=(rule,)),
    )


def life_of_an_earthquake(chance: random.Random) -> list[Trigger]:
    """Return the triggers of an earthquake and their revisions, mixed as lines mix them."""
    origin_ns = time.time_ns() - 20 * SECOND
    first = sorted((trigger(name, origin_ns) for name in PLACES), key=lambda one: one.onset)
    later = [trigger(name, origin_ns, revision) for name in PLACES for revision in (1, 2, 3)]
    chance.shuffle(later)
    return [*first, *later]


def kept_in(folder: Path, table: str) -> Counter[tuple[str, int]]:
    """Return ids and revisions in a table of the database."""
    database = sqlite3.connect(folder / "state" / "centre.sqlite", timeout=20)
    try:
        return Counter(database.execute(f"SELECT id, revision FROM {table}"))
    finally:
        database.close()


def substance(event: Event) -> Event:
    """Return an event without the time of its publication."""
    return event.model_copy(update={"published": 0})


async def until(condition: Callable[[], bool]) -> None:
    """Wait until something holds."""
    async with asyncio.timeout(_PATIENCE_S):
        while not condition():  # noqa: ASYNC110 - conditions of another process
            await asyncio.sleep(0.02)


async def play_with_kills(
    centre: Centre, line: Connection, heard: list[Event], chance: random.Random, kills: int
) -> list[Trigger]:
    """Send an earthquake's triggers while the centre is killed again and again."""
    script = life_of_an_earthquake(chance)

    async def speak() -> None:
        for one in script:
            await send(line, one)
            await asyncio.sleep(chance.uniform(0.0, 0.04))

    await centre.start()
    speaking = asyncio.create_task(speak())
    await until(lambda: bool(heard))
    for _ in range(kills):
        await asyncio.sleep(chance.uniform(0.0, 0.3))
        await centre.kill()
        await centre.start()
    await speaking
    return script


async def _proof(mosquitto: Mosquitto, folder: Path, seed: int, kills: int) -> None:
    chance = random.Random(seed)
    delivered: Deliveries = []
    async with (
        webhook_target(delivered) as hook_port,
        stations(mosquitto.port) as line,
        events_of(mosquitto.port) as heard,
    ):
        centre = Centre(settings_for(folder, mosquitto.port, hook_port), folder)
        try:
            script = await play_with_kills(centre, line, heard, chance, kills)
            sent = {(one.id, one.revision) for one in script}
            await until(lambda: sent <= set(kept_in(folder, "trigger")))
            await until(lambda: len(PLACES) == len(heard[-1].stations))
            await until(lambda: (heard[-1].id, heard[-1].revision) in delivered)
            await until(
                lambda: {(one.id, one.revision) for one in heard} <= set(kept_in(folder, "event"))
            )
            await centre.end()
        finally:
            await centre.kill()

    revisions = [one.revision for one in heard]
    contents: dict[int, list[Event]] = {}
    for one in heard:
        contents.setdefault(one.revision, []).append(substance(one))
    twice = [key for key, count in Counter(delivered).items() if count > 1]
    assert {heard[0].id} == {one.id for one in heard}
    assert sorted(revisions) == revisions
    assert all(same == [same[0]] * len(same) for same in contents.values())
    assert set(PLACES) == {name.partition(".")[2] for name in heard[-1].stations}
    assert {1} == set(kept_in(folder, "trigger").values())
    assert {1} == set(kept_in(folder, "event").values())
    assert {name for name, _ in delivered} == {heard[0].id}
    assert len(twice) <= kills  # what a target took in the moment of a kill


@pytest.mark.broker
async def test_event_goes_on_after_a_kill(mosquitto: Mosquitto, tmp_path: Path) -> None:
    """One id, rising revisions, every trigger in the database, nobody told twice."""
    await _proof(mosquitto, tmp_path, seed=1, kills=1)


@pytest.mark.slow
@pytest.mark.broker
@pytest.mark.parametrize("seed", range(2, 10))
async def test_event_goes_on_after_kills_at_random_moments(
    mosquitto: Mosquitto, tmp_path: Path, seed: int
) -> None:
    """Three kills an event, also while triggers of before are fed again."""
    await _proof(mosquitto, tmp_path, seed, kills=3)
