"""The alarm of a whole station: recordings, real programs, real brokers."""

import asyncio
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np
import pytest

from edge.alarm.attach import alarmed
from edge.alarm.config import AlarmConfig, AlarmRuleConfig, CommandConfig
from edge.alarm.rule import AlarmRule, Ring
from edge.check import check_station
from edge.commands.drill import DrillHandler
from edge.config import DetectionSection, StationConfig, StationSection
from edge.detect.loading import load_detectors
from edge.detect.seen import HopSeen
from edge.messages import Alarm, Health
from edge.messages.command import Command
from edge.mqtt import Connector, Identity, MqttConfig
from edge.outbox import Outbox
from edge.packet import Packet
from edge.pipeline import StationPipeline
from edge.sources.base import Source, SourceDescription
from edge.sources.cwa import CwaConfig
from edge.sources.openeew import OpenEewConfig
from edge.station import open_station
from tests.conftest import Mosquitto, StartMosquitto
from tests.edge import test_feed
from tests.edge.streams import noise, packets
from tests.edge.test_agent import agent, config, until

TOPIC = "tremor/v1/XX/A/alarm"


class Heard:
    """What came on the topics of a station."""

    def __init__(self) -> None:
        self.alarms: list[tuple[Alarm, bool]] = []
        """With whether it was retained."""
        self.health: list[Health] = []

    @property
    def words(self) -> list[bool]:
        """Whether it rang, one word after the other."""
        return [alarm.ringing for alarm, _ in self.alarms]


@asynccontextmanager
async def hearing(port: int, topic: str = "tremor/v1/XX/A/+") -> AsyncIterator[Heard]:
    """Listen to a broker."""
    heard = Heard()

    async def listen() -> None:
        async with Connector(MqttConfig(port=port), Identity("hearing")).connect() as connection:
            await connection.subscribe(topic, qos=1)
            async for message in connection.messages:
                kind = message.topic.value.rsplit("/", 1)[1]
                if kind == "alarm":
                    heard.alarms.append((Alarm.from_wire(message.payload), bool(message.retain)))
                elif kind == "health":
                    heard.health.append(Health.from_wire(message.payload))
                connection.acknowledge(message)

    task = asyncio.create_task(listen())
    yield heard
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def alarming(
    folder: Path, port: int, *, hold_s: float = 1.0, broker: MqttConfig | None = None
) -> tuple[StationConfig, Path]:
    """A station near a strong earthquake whose alarm writes a file, and the file."""
    out = folder / "rang"
    write = ("/bin/sh", "-c", f'echo $TREMOR_ALARM $TREMOR_TRIGGER >> "{out}"')
    plain = config(folder, port)
    quake = plain.source.earthquakes[0].model_copy(update={"magnitude": 6.0})  # type: ignore[union-attr]
    settings = AlarmConfig(
        hold_s=hold_s, command=CommandConfig(run=write, clear=write), broker=broker
    )
    source = plain.source.model_copy(update={"earthquakes": (quake,)})
    return plain.model_copy(update={"source": source, "alarm": settings}), out


def rings(source: Source, **rule: object) -> list[Ring]:
    """What the rule says to a recording."""
    station = StationSection(network="XX", station="A", latitude=0, longitude=0)
    detectors, _ = load_detectors(DetectionSection())
    pipeline = StationPipeline(station, DetectionSection(), detectors, source.describe())
    settings = AlarmRuleConfig.model_validate(rule)
    watcher = AlarmRule(settings, 6, detectors, pipeline.motion)
    found: list[Ring] = []

    def listen(seen: HopSeen) -> None:
        ring = watcher.push(seen, ringing=bool(found))
        if ring is not None:
            found.append(ring)

    pipeline.listeners.append(listen)
    for packet in source.packets():
        pipeline.push(packet)
    return found


def test_a_strong_record_rings_once(shared_data: Path) -> None:
    """A station at Hualien, 2021: intensity 4 to 5, and one alarm for P, S and coda."""
    path = max(
        (shared_data / "taiwan_20210418").glob("*HWA*.gz"), key=lambda file: file.stat().st_size
    )

    (ring,) = rings(CwaConfig(paths=(path,)).open())

    assert ring.jma_intensity is not None
    assert ring.jma_intensity >= 2.5


def test_a_weak_record_does_not_ring(shared_data: Path) -> None:
    """An earthquake that triggers the station and that nobody feels there."""
    path = shared_data / "openeew_mx" / "2017_12_25" / "000"

    assert [] == rings(OpenEewConfig(paths=(path,)).open())


def made(trace: np.ndarray, **rule: object) -> list[Ring]:
    """What the rule says to a made-up record at 100 Hz."""
    return rings(Made(trace), **rule)


class Made:
    """A record at 100 Hz in packets of a quarter of a second."""

    packets_dropped = 0

    def __init__(self, trace: np.ndarray) -> None:
        self._trace = trace

    def describe(self) -> SourceDescription:
        """What is known of it."""
        return SourceDescription("made", "here", "adxl355", 100.0, ("HNZ", "HNN", "HNE"))

    def packets(self) -> Iterator[Packet]:
        """Its packets."""
        return packets(self._trace, 100.0, size=25)


@pytest.mark.parametrize("at_s", [50.0, 50.2, 50.4])
@pytest.mark.parametrize("size_m_s2", [0.3, 10.0])
def test_a_step_of_the_sensor_does_not_ring(at_s: float, size_m_s2: float) -> None:
    """To every filter it is a strong shock; `after_s` is the time that it takes to know better."""
    trace = noise(60.0, 100.0)
    trace[round(at_s * 100) :, 0] += size_m_s2

    assert [] == made(trace)
    assert 1 == len(made(trace, after_s=0.0, sustained_s=0.5, detectors="any"))


@pytest.mark.parametrize("peak_m_s2", [1.0, 5.0, 15.0])
@pytest.mark.parametrize(("frequency_hz", "decay_s"), [(4, 0.15), (12, 0.3), (25, 0.3)])
def test_a_knock_does_not_ring(peak_m_s2: float, frequency_hz: float, decay_s: float) -> None:
    """However hard: the ground of an earthquake shakes on."""
    times_s = np.arange(6000) / 100 - 50.03
    wave = np.exp(-times_s / decay_s) * np.sin(2 * np.pi * frequency_hz * times_s)
    trace = noise(60.0, 100.0) + peak_m_s2 * np.where(times_s >= 0, wave, 0.0)[:, None]

    assert [] == made(trace.astype(np.float32))


@pytest.mark.broker
async def test_it_rings_on_the_wire_and_by_a_program(
    mosquitto_with: StartMosquitto, tmp_path: Path
) -> None:
    """Both brokers are told at once and later comers by retention; it ends by itself."""
    own, close_by = await mosquitto_with(""), await mosquitto_with("")
    station, out = alarming(tmp_path, own.port, broker=MqttConfig(port=close_by.port))
    log = station.state_dir / "agent.log"
    async with hearing(own.port) as here, hearing(close_by.port) as there, agent(station):
        for heard in (here, there):
            await until(lambda heard=heard: heard.words[-2:] == [True, False], log)
        await until(lambda: bool(here.health) and here.health[-1].alarm is not None, log)
        await until(lambda: out.exists() and out.read_text().count("\n") == 2, log)
        async with hearing(own.port) as late:
            await until(lambda: bool(late.alarms), log)

    first = next(alarm for alarm, _ in here.alarms if alarm.ringing)
    assert first.trigger is not None
    assert first.onset is not None
    assert first.jma_intensity is not None
    assert first.jma_intensity >= 2.5
    assert [f"ring {first.trigger}", f"clear {first.trigger}"] == out.read_text().splitlines()
    assert (False, first.trigger, True) == (
        late.alarms[0][0].ringing,
        late.alarms[0][0].trigger,
        late.alarms[0][1],
    )
    assert False is here.alarms[0][0].ringing


async def test_it_rings_with_the_cloud_away(tmp_path: Path, unused_tcp_port: int) -> None:
    """No broker anywhere; the program runs, and ends the alarm when the agent is stopped."""
    station, out = alarming(tmp_path, unused_tcp_port, hold_s=3600.0)
    log = station.state_dir / "agent.log"
    async with agent(station) as process:
        await until(lambda: out.exists() and out.read_text().startswith("ring"), log)
        process.send_signal(signal.SIGTERM)
        await asyncio.wait_for(process.wait(), 60)

    assert ["ring", "clear"] == [line.split()[0] for line in out.read_text().splitlines()]


async def test_without_the_section_nothing_rings(tmp_path: Path) -> None:
    """Off by default: nobody listens, nothing in health."""
    made = test_feed.station(tmp_path)
    async with alarmed(made) as same:
        listeners = list(same.pipeline.listeners)

    assert made is same
    assert [] == listeners
    assert made.health(0, 0).alarm is None


@pytest.mark.parametrize("exercises", [False, True])
async def test_a_drill_rings_only_where_that_is_asked_for(
    tmp_path: Path, *, exercises: bool
) -> None:
    """And is no alarm in the count."""
    made = test_feed.station(tmp_path, duration_s=10.0)
    settings = AlarmConfig(exercises=exercises, hold_s=3600)
    changed = type(made)(
        made.config.model_copy(update={"alarm": settings}), made.source, made.pipeline, made.models
    )
    outbox = Outbox(tmp_path / "outbox.sqlite")
    now_ns = test_feed.START_NS + 5_000_000_000
    async with alarmed(changed) as guarded:
        for packet in guarded.source.packets():
            guarded.pipeline.push(packet)
        DrillHandler(guarded, outbox, lambda: now_ns)(Command(id="d", name="drill"))
        assert guarded.alarm is not None
        health = guarded.alarm.health()
        alarm = guarded.alarm.bell.standing.alarm
    outbox.close()

    assert (exercises, exercises, 0) == (health.ringing, alarm.exercise, health.count)


async def test_what_cannot_be_done_is_told_and_ends_nothing(tmp_path: Path) -> None:
    """A program and a chip that are not there: in health, and by `check`."""
    made = test_feed.station(tmp_path)
    settings = AlarmConfig.model_validate(
        {"command": {"run": ["/nonexistent/siren"]}, "gpio": {"chip": "/nonexistent", "line": 1}}
    )
    changed = made.config.model_copy(update={"alarm": settings})
    async with alarmed(open_station(changed)) as guarded:
        assert guarded.alarm is not None
        bell = guarded.alarm.bell
        await until(lambda: len(bell.standing.problems) == 2)
        problems = guarded.health(0, 0).alarm.problems  # type: ignore[union-attr]
    findings = await asyncio.to_thread(check_station, changed)
    (finding,) = [one for one in findings if one.subject == "alarm"]

    assert {"alarm.command", "alarm.gpio"} == {text.split(":")[0] for text in problems}
    assert not finding.ok
    assert "/nonexistent/siren" in finding.text
    assert "line 1 of /nonexistent" in finding.text


def test_the_check_greets_the_second_broker(tmp_path: Path, unused_tcp_port: int) -> None:
    """And says what is lost without it."""
    plain = test_feed.station(tmp_path).config
    alarm = AlarmConfig(broker=MqttConfig(port=unused_tcp_port))
    changed = plain.model_copy(update={"alarm": alarm})

    found = {one.subject: one for one in check_station(changed)}

    assert found["alarm"].ok
    assert not found["alarm broker"].ok
    assert f"127.0.0.1:{unused_tcp_port}" in found["alarm broker"].text
    assert "would not hear of an alarm" in found["alarm broker"].text


@pytest.mark.broker
async def test_a_second_broker_that_is_away_is_a_problem_until_it_comes(
    mosquitto: Mosquitto, tmp_path: Path
) -> None:
    """And learns how the alarm stands when it is back."""
    await mosquitto.stop()
    made = test_feed.station(tmp_path)
    broker = MqttConfig(port=mosquitto.port, retry_max_s=0.5)
    changed = made.config.model_copy(update={"alarm": AlarmConfig(broker=broker)})
    async with alarmed(open_station(changed)) as guarded:
        assert guarded.alarm is not None
        bell = guarded.alarm.bell
        await until(lambda: len(bell.standing.problems) == 1)
        early = bell.standing.problems
        await mosquitto.start()
        async with hearing(mosquitto.port) as heard:
            await until(lambda: len(heard.alarms) > 0)
        well = bell.standing.problems
        await mosquitto.stop()
        await until(lambda: len(bell.standing.problems) == 1)

        late = bell.standing.problems
    assert "has not been reached yet" in early[0]
    assert () == well
    assert "is out of reach" in late[0]
    assert not heard.alarms[0][0].ringing
