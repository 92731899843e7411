"""A real centre, a real broker, stations that fetch from it over HTTP, and kill -9."""

import asyncio
import contextlib
import json
import socket
import sqlite3
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cloud.cli import app
from cloud.config import ServiceConfig, WebSection
from cloud.release.keys import load_signer
from cloud.release.listing import assignments
from cloud.release.online import Online
from cloud.rollout.log import RolloutLog
from cloud.rollout.plan import RingPlan, RolloutsConfig
from cloud.rollout.rollout import Rollout, RolloutState
from cloud.store import Store
from edge.mqtt import Connector, Identity, MqttConfig
from edge.update import child
from tests.cloud.rollout.conftest import Offered
from tests.cloud.rollout.field import FieldStation, living
from tests.cloud.test_kill import Centre
from tests.conftest import Mosquitto

_PATIENCE_S = 300.0
RINGS = ("canary", "early", "all")


async def until(condition: Callable[[], bool]) -> None:
    """Wait until something holds; two dozen stations take their time on a small machine."""
    async with asyncio.timeout(_PATIENCE_S):
        while not condition():  # noqa: ASYNC110 - conditions of another process
            await asyncio.sleep(0.05)


@pytest.fixture(autouse=True)
def _no_preflight(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child, "run_child", lambda *_: {})


@dataclass
class Whole:
    """A centre and its stations.

    Attributes:
        centre: The process.
        stations: All of them.
        file: The centre's configuration.
        database: Its database.
    """

    centre: Centre
    stations: list[FieldStation]
    file: Path
    database: Path

    def start(self, what: int | str, name: str) -> None:
        """Start a rollout by the command, of a network by its version."""
        path = f"models/loudness-{what}.tremor" if isinstance(what, int) else what
        typed = ["rollout", "start", path, "--id", name, "--by", "ana", "-c", str(self.file)]
        done = CliRunner().invoke(app, typed)
        assert 0 == done.exit_code, done.output

    async def status(self, name: str) -> dict[str, Any]:
        """Return how a rollout stands, with the whole audit, as the command prints it."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "cloud.cli", "rollout", "status", name),
            *("--json", "--audit", "9999", "-c", str(self.file)),
            stdout=asyncio.subprocess.PIPE,
        )
        output, _ = await process.communicate()
        said: dict[str, Any] = json.loads(output)
        return said

    async def until(self, name: str, condition: Callable[[Rollout], bool]) -> Rollout:
        """Wait until something holds of a rollout, and return it."""
        store = Store(self.database)
        log = RolloutLog(store.engine)

        def look() -> Rollout:
            kept = log.get(name)
            assert kept is not None
            return kept.rollout

        try:
            await until(lambda: condition(look()))
            return look()
        finally:
            store.close()

    def known(self) -> int:
        """Return how many stations the centre has heard of."""
        store = Store(self.database)
        try:
            return sum(state.update is not None for state, _ in store.states())
        finally:
            store.close()

    def versions(self, ring: str) -> set[int | str | None]:
        """Return what the stations of a ring committed."""
        return {one.version for one in self.stations if one.config.update.ring == ring}


def settings_of(folder: Path, offered: Offered, broker: Mosquitto, port: int) -> ServiceConfig:
    """Return a centre whose rollouts take seconds."""
    rings = tuple(RingPlan(name=name, soak_s=0.0, deadline_s=3600.0) for name in RINGS)
    return ServiceConfig(
        mqtt=MqttConfig(port=broker.port, retry_max_s=0.5),
        web=WebSection(port=port),
        state_dir=folder / "state",
        updates=offered.updates.model_copy(update={"look_s": 1.0}),
        rollouts=RolloutsConfig(rings=rings, look_s=0.1, hold_after_event_s=0.0),
    )


@contextlib.asynccontextmanager
async def whole(
    folder: Path, offered: Offered, broker: Mosquitto, rings: dict[str, int]
) -> AsyncIterator[Whole]:
    """Run a centre and stations in some rings."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    centre = Centre(settings_of(folder, offered, broker, port), folder)
    repository = offered.repository
    root = repository.metadata / "1.root.json"
    first = repository.target_file(repository.models().targets["models/loudness-1.tremor"])
    url = f"http://127.0.0.1:{port}/updates/"
    names = [ring for ring, count in rings.items() for _ in range(count)]
    stations = [
        FieldStation(folder / f"S{number:02}", f"S{number:02}", ring, url, root, first)
        for number, ring in enumerate(names)
    ]
    found = Whole(centre, stations, folder / "centre.toml", folder / "state" / "centre.sqlite")
    try:
        await centre.start()
        async with (
            Connector(MqttConfig(port=broker.port), Identity("field")).connect() as line,
            living(stations, line),
        ):
            # A ring of which nobody was heard yet would be passed over.
            await until(lambda: found.known() == len(stations))
            yield found
    finally:
        await centre.kill()


@pytest.mark.broker
@pytest.mark.parametrize(
    "sizes", [(3, 1, 1), pytest.param((5, 7, 12), marks=pytest.mark.slow)], ids=["5", "24"]
)
async def test_a_good_network_reaches_all_over_a_kill_and_a_worse_one_comes_back(
    mosquitto: Mosquitto, offered: Offered, tmp_path: Path, sizes: tuple[int, ...]
) -> None:
    """Nothing is lost or done twice; the worse one is never seen beyond the canary ring."""
    rings = dict(zip(RINGS, sizes, strict=True))
    async with whole(tmp_path, offered, mosquitto, rings) as field:
        field.start(2, "good")
        field.start("configuration/calm-1.toml", "calm")
        await field.until("good", lambda said: said.ring == 1)
        await field.centre.kill()
        await field.centre.start()
        await field.until("good", lambda said: said.state is RolloutState.FINISHED)
        reached = [field.versions(ring) for ring in RINGS]
        await field.until("calm", lambda said: said.state is RolloutState.FINISHED)
        calm = {one.settings.read().committed is not None for one in field.stations}
        for one in field.stations:
            one.firings = lambda version: 120.0 if version == 3 else 30.0
        field.start(3, "worse")
        await field.until("worse", lambda said: said.state is RolloutState.STOPPED)
        await until(lambda: all(one.record.candidate is None for one in field.stations))
        good, worse = await asyncio.gather(field.status("good"), field.status("worse"))
        left = [field.versions(ring) for ring in RINGS]

    said = Counter((line["action"], line["station"]) for line in good["audit"])
    assert ([{2}] * 3, {True}) == (reached, calm)
    assert [{2}] * 3 == left
    assert {1} == {count for (action, _), count in said.items() if action == "committed"}
    assert sum(sizes) == sum(count for (action, _), count in said.items() if action == "committed")
    assert {("assign", None): 3, ("ring", None): 3, ("finish", None): 1}.items() <= said.items()
    assert "in the shadow it fired" in worse["reason"]
    assert {"planned"} == set(worse["rings"]["early"]) | set(worse["rings"]["all"])
    assert {"start", "ring", "assign", "stop", "stopped"} <= {
        line["action"] for line in worse["audit"]
    }
    assert {"good"} == {one.rollout_id for one in assignments(offered.repository).values()}


def _failed_before(field: Whole, words: str) -> bool:
    return any(words in problem for one in field.stations for problem in one.problems)


@pytest.mark.slow
@pytest.mark.broker
async def test_a_centre_in_trouble_says_so_and_goes_on(
    mosquitto: Mosquitto, offered: Offered, tmp_path: Path
) -> None:
    """No key, a database that somebody holds, signatures that ran out while it was down."""
    key = offered.updates.online_key
    assert key is not None
    signer, away = load_signer(key, None), key.with_suffix(".away")
    async with whole(tmp_path, offered, mosquitto, {"canary": 2, "early": 1}) as field:
        key.rename(away)
        field.start(2, "one")
        stuck = await field.until("one", lambda said: said.problem is not None)
        away.rename(key)
        holder = sqlite3.connect(field.database, timeout=60, isolation_level=None)
        holder.execute("BEGIN IMMEDIATE")
        await until(lambda: field.centre.said("rollout_waits") > 0)
        holder.execute("ROLLBACK")
        holder.close()
        await field.until("one", lambda said: said.state is RolloutState.FINISHED)
        await field.centre.end()
        past = datetime.now(UTC) - timedelta(days=8)
        Online(offered.repository, signer).renew(past, anew=True)
        field.start(3, "two")
        await until(lambda: _failed_before(field, "refused"))
        await field.centre.start()
        await field.until("two", lambda said: said.state is RolloutState.FINISHED)
        ran = [field.versions(ring) for ring in ("canary", "early")]

    assert str(key) in (stuck.problem or "")
    assert [{3}, {3}] == ran
