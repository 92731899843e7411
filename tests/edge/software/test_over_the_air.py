"""Releases of this very kit go over the air onto a running station: real processes throughout."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from edge.config import ReplaySection
from edge.messages import State
from edge.mqtt import Connector, Identity, MqttConfig
from edge.outbox import Lane, Outbox
from edge.update.record import End, Phase, Record
from tests.edge.software.builder import NEXT, offer, release_of
from tests.edge.software.field import Field
from tests.edge.update.field import served
from tests.updates import Release, station_config

TRIGGERS = [b"first", b"second", b"third"]
QUICK = {
    "software": True,
    "software_free_bytes": 0,
    "every_s": 1.0,
    "quiet_s": 0.0,
    # Silence of half as long is a break: a slow machine must get its packets through in it.
    "healthy_s": 4.0,
    "deadline_s": 600.0,
    "preflight_s": 600.0,
}


def _station(folder: Path, release: Release, url: str, port: int = 1, **changes: object) -> Field:
    config = station_config(folder, release.root, **{"url": url, **QUICK, **changes})
    broker = MqttConfig(port=port, retry_max_s=0.5)
    pace = ReplaySection(speed=4.0)
    return Field(folder, config.model_copy(update={"mqtt": broker, "replay": pace}))


def _let_wait(station: Field, payloads: list[bytes]) -> None:
    outbox = Outbox(station.config.state_dir / "outbox.sqlite")
    for payload in payloads:
        outbox.put("waiting", payload, lane=Lane.TRIGGER)
    outbox.close()


def _waiting(station: Field) -> list[bytes]:
    outbox = Outbox(station.config.state_dir / "outbox.sqlite")
    payloads = [one.payload for one in outbox.batch(1000)]
    outbox.close()
    return payloads


async def _told(ear: Any, wanted: Callable[[Any], bool]) -> tuple[Any, set[bytes]]:  # noqa: ANN401 - a connection
    """Listen until a state says what is wanted; return it, and what else was heard."""
    heard: set[bytes] = set()
    async for message in ear.messages:
        ear.acknowledge(message)
        if message.topic.value.endswith("/state"):
            state = State.from_wire(message.payload)
            if state.software is not None and wanted(state):
                return state, heard
        else:
            heard.add(message.payload)
    pytest.fail("the broker went away")


@pytest.mark.broker
async def test_a_good_release_is_committed(
    mosquitto: object, release: Release, tmp_path: Path
) -> None:
    """Unpacked, rehearsed, on probation, committed; told, and no trigger is lost on the way."""
    sha256 = offer(release, release_of())
    port = mosquitto.port  # type: ignore[attr-defined]
    connector = Connector(MqttConfig(port=port), Identity("ear"))
    async with (
        served(release.repository.folder) as url,
        connector.connect() as ear,
        asyncio.timeout(400),
    ):
        await ear.subscribe("waiting", qos=1)
        station = _station(tmp_path, release, url, port)
        _let_wait(station, TRIGGERS)
        async with station.running() as process:
            record = await station.until(lambda record: record.committed is not None)
            assert process.returncode is None
            await ear.subscribe("tremor/v1/XX/A/state", qos=1)
            state, heard = await _told(ear, lambda state: state.software.committed is not None)

    assert record.committed is not None
    assert (NEXT, sha256) == (record.committed.version, record.committed.sha256)
    assert record.last is not None
    assert End.COMMITTED is record.last.end
    assert record.candidate is None
    assert set(TRIGGERS) <= heard
    assert (NEXT, sha256) == (state.agent_version, state.software.running)
    assert (NEXT, None) == (state.software.committed.version, state.software.problem)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"edge/agent.py": "+raise SystemExit(7)\n"}, "it was started 3 times in vain"),
        ({"edge/agent.py": "+raise RuntimeError('broken')\n"}, "it was started 3 times in vain"),
        ({"edge/feed.py": "+Feed.run = None\n"}, "the agent ended: "),
    ],
    ids=["ends at every start", "cannot be imported", "fails at work"],
)
async def test_a_bad_release_comes_back(
    release: Release, tmp_path: Path, changes: dict[str, str], reason: str
) -> None:
    """It passes its rehearsal and dies in charge: what was installed runs again, and says why."""
    sha256 = offer(release, release_of(changes=changes))
    async with served(release.repository.folder) as url:
        station = _station(tmp_path, release, url)
        _let_wait(station, TRIGGERS)
        async with station.supervised() as ends:
            record = await station.until(lambda record: record.is_quarantined(sha256))
            later = len(ends)

    assert record.last is not None
    assert (End.ROLLED_BACK, Phase.PROBATION) == (record.last.end, record.last.phase)
    assert reason == record.last.reason[: len(reason)]
    assert 3 >= later
    assert set(TRIGGERS) <= set(_waiting(station))


@pytest.mark.slow
async def test_a_release_that_hangs_at_its_start_comes_back(
    release: Release, tmp_path: Path
) -> None:
    """Systemd kills what does not get ready in time; each try was counted before."""
    sha256 = offer(
        release, release_of(changes={"edge/agent.py": "+__import__('time').sleep(900)\n"})
    )
    async with served(release.repository.folder) as url:
        station = _station(tmp_path, release, url)
        for left in (2, 1, 0):
            async with station.running():
                await station.until(_tries_are(left))
        async with station.running() as process:
            record = await station.until(lambda record: record.is_quarantined(sha256))
            assert process.returncode is None

    assert record.last is not None
    assert "it was started 3 times in vain" == record.last.reason


def _tries_are(left: int) -> Callable[[Record], bool]:
    return lambda record: (
        record.candidate is not None
        and record.candidate.phase is Phase.PROBATION
        and record.candidate.tries_left == left
    )
