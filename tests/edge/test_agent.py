"""The agent as a process: real broker, real signals, nothing lost."""

import asyncio
import signal
import sys
import time
import typing
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from cloud.broker import EmbeddedBroker
from cloud.toml import to_toml
from edge.config import ReplaySection, StationConfig, StationSection
from edge.messages import Health, State, Trigger, TriggerStatus
from edge.mqtt import Connector, Identity, MqttConfig
from edge.outbox import Outbox
from edge.sources import SyntheticConfig, SyntheticEarthquake

SECOND = 1_000_000_000
SPEED = 20.0


class RunningBroker(typing.Protocol):
    """What the broker fixtures give."""

    port: int


def config(folder: Path, port: int, duration_s: float | None = None) -> StationConfig:
    """Return a station that an earthquake shakes 25 s of data after the start."""
    start_ns = time.time_ns() + 2 * SECOND
    quake = SyntheticEarthquake(
        origin_time=start_ns + 25 * SECOND, latitude=17.2, longitude=-99.5, magnitude=5.0
    )
    return StationConfig(
        station=StationSection(network="XX", station="A", latitude=17.0, longitude=-99.5),
        source=SyntheticConfig(
            latitude=17.0,
            longitude=-99.5,
            start=start_ns,
            duration_s=duration_s,
            earthquakes=(quake,),
        ),
        mqtt=MqttConfig(port=port, retry_max_s=0.5),
        replay=ReplaySection(speed=SPEED, data_start=start_ns, wall_start=start_ns),
        state_dir=folder / "state",
    )


@asynccontextmanager
async def agent(station: StationConfig) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run `edge-agent run` as a person would; kill it at the end if need be."""
    station.state_dir.mkdir(parents=True, exist_ok=True)
    file = station.state_dir / "station.toml"
    file.write_text(to_toml(station))
    log = (station.state_dir / "agent.log").open("ab")
    process = await asyncio.create_subprocess_exec(
        Path(sys.executable).with_name("edge-agent"),
        *("run", "--config", file),
        stdout=log,
        stderr=log,
    )
    log.close()
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


class Listener:
    """Collects what a station publishes."""

    def __init__(self) -> None:
        self.states: list[State] = []
        self.triggers: list[Trigger] = []
        self.health: list[Health] = []

    async def run(self, port: int) -> None:
        """Listen for ever; connect again when the broker was away."""
        identity = Identity("listener", session_s=600)
        connector = Connector(MqttConfig(port=port), identity)
        async with connector.connect() as connection:
            reading = asyncio.create_task(self._read(connection))
            await connection.subscribe("tremor/v1/#", qos=1)
            await reading

    async def _read(self, connection: typing.Any) -> None:  # noqa: ANN401 - a Connection
        kinds = {"state": State, "trigger": Trigger, "health": Health}
        lists = {"state": self.states, "trigger": self.triggers, "health": self.health}
        async for message in connection.messages:
            kind = message.topic.value.rsplit("/", 1)[1]
            lists[kind].append(kinds[kind].from_wire(message.payload))
            connection.acknowledge(message)


@asynccontextmanager
async def listening(port: int) -> AsyncIterator[Listener]:
    """Listen to everything."""
    listener = Listener()
    task = asyncio.create_task(listener.run(port))
    yield listener
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def until(condition: typing.Callable[[], bool], log: Path | None = None) -> None:
    """Wait until something holds; on failure show the agent's log."""
    try:
        async with asyncio.timeout(40):
            while not condition():  # noqa: ASYNC110 - conditions of other people's parts
                await asyncio.sleep(0.02)
    except TimeoutError:
        pytest.fail(await asyncio.to_thread(log.read_text) if log is not None else "not in time")


async def test_an_earthquake_reaches_the_broker(broker: RunningBroker, tmp_path: Path) -> None:
    """Birth certificate, health, all revisions of a trigger, and goodbye after SIGTERM."""
    station = config(tmp_path, broker.port)
    log = station.state_dir / "agent.log"
    async with listening(broker.port) as heard, agent(station) as process:
        await until(lambda: any(t.status is TriggerStatus.FINAL for t in heard.triggers), log)
        await until(lambda: len(heard.health) > 0, log)
        process.send_signal(signal.SIGTERM)
        code = await asyncio.wait_for(process.wait(), 10)
        await until(lambda: not heard.states[-1].online, log)

    birth = heard.states[0]
    assert 0 == code
    assert (True, "adxl355", 17.0, -99.5) == (
        birth.online,
        birth.sensor,
        birth.latitude,
        birth.longitude,
    )
    # A set: QoS 1 may deliver a message twice, which the receiver tells by its revision.
    revisions = {t.revision for t in heard.triggers if t.id == heard.triggers[0].id}
    assert set(range(len(revisions))) == revisions
    events = [line.split()[3] for line in log.read_text().splitlines() if line.startswith("20")]
    assert ("agent_started", "agent_stopped") == (events[0], events[-1])


async def test_without_a_broker_triggers_wait_and_go_out_at_the_next_start(
    tmp_path: Path, unused_tcp_port: int
) -> None:
    """Kill -9 in the middle of everything loses no trigger."""
    station = config(tmp_path, unused_tcp_port)
    log = station.state_dir / "agent.log"
    async with agent(station) as process:
        await until(lambda: log.exists() and log.read_text().count("trigger ") >= 3, log)
        process.kill()
        await process.wait()
    outbox = Outbox(station.state_dir / "outbox.sqlite")
    waiting = {message.payload for message in outbox.batch(1000)}
    outbox.close()
    quiet = station.model_copy(
        update={"source": station.source.model_copy(update={"earthquakes": ()})}
    )

    async with (
        EmbeddedBroker(unused_tcp_port),
        listening(unused_tcp_port) as heard,
        agent(quiet),
    ):
        await until(lambda: len(heard.triggers) >= len(waiting), log)

    assert len(waiting) >= 3
    assert waiting <= {trigger.to_wire() for trigger in heard.triggers}


async def test_a_killed_agent_is_declared_offline_by_the_broker(
    broker: RunningBroker, tmp_path: Path
) -> None:
    """The last will speaks for it."""
    station = config(tmp_path, broker.port)
    async with listening(broker.port) as heard, agent(station) as process:
        await until(lambda: len(heard.states) > 0, station.state_dir / "agent.log")
        process.kill()
        await until(lambda: not heard.states[-1].online)


async def test_it_ends_when_its_recording_does(
    embedded_broker: RunningBroker, tmp_path: Path
) -> None:
    """Everything is published, then it says goodbye, with exit code 0."""
    station = config(tmp_path, embedded_broker.port, duration_s=50.0)
    log = station.state_dir / "agent.log"
    async with listening(embedded_broker.port) as heard, agent(station) as process:
        code = await asyncio.wait_for(process.wait(), 40)
        await until(lambda: not heard.states[-1].online, log)

    outbox = Outbox(station.state_dir / "outbox.sqlite")
    depth = outbox.depth
    outbox.close()
    assert (0, 0) == (code, depth)
    assert len(heard.triggers) > 0


async def test_a_wrong_password_file_ends_it_with_the_reason(
    tmp_path: Path, unused_tcp_port: int
) -> None:
    """A configuration that cannot work is no reason to try for ever."""
    absent = tmp_path / "absent"
    mqtt = MqttConfig(port=unused_tcp_port, username="a", password_file=absent)
    station = config(tmp_path, unused_tcp_port).model_copy(update={"mqtt": mqtt})
    async with agent(station) as process:
        code = await asyncio.wait_for(process.wait(), 20)

    said = (station.state_dir / "agent.log").read_text().replace("\n", "")
    assert 2 == code
    assert "mqtt.password_file: cannot read" in said
    assert str(absent) in said
