"""A station appears in Home Assistant and goes again: by a real agent and a real broker."""

import asyncio
import json
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from edge.alarm.config import AlarmConfig
from edge.homeassistant.config import HomeAssistantConfig
from edge.homeassistant.presence import shown_to_home_assistant
from edge.mqtt import Connector, Identity, MqttConfig
from edge.outbox import Outbox
from edge.station import Station, open_station
from tests.conftest import Mosquitto
from tests.edge import test_feed
from tests.edge.alarm.test_station_alarm import alarming
from tests.edge.homeassistant.house import UNKNOWN, House
from tests.edge.test_agent import agent, until

TOPIC = "homeassistant/device/XX/A/config"


@asynccontextmanager
async def seen(port: int) -> AsyncIterator[dict[str, list[bytes]]]:
    """Collect all that is said at a broker, by topic."""
    said: dict[str, list[bytes]] = {}

    async def listen() -> None:
        async with Connector(MqttConfig(port=port), Identity("house")).connect() as connection:
            await connection.subscribe("#", qos=1)
            async for message in connection.messages:
                assert isinstance(message.payload, bytes)
                said.setdefault(message.topic.value, []).append(message.payload)
                connection.acknowledge(message)

    task = asyncio.create_task(listen())
    yield said
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


@pytest.mark.broker
async def test_a_house_reads_all_of_a_real_station(mosquitto: Mosquitto, tmp_path: Path) -> None:
    """Every entity has a state from messages as they are; without the section it is withdrawn."""
    station, _ = alarming(tmp_path, mosquitto.port, hold_s=3600.0)
    shown = station.model_copy(update={"home_assistant": HomeAssistantConfig(name="House")})
    log = shown.state_dir / "agent.log"
    root = "tremor/v1/XX/A"
    async with seen(mosquitto.port) as said, agent(shown) as process:
        await until(lambda: any(b'"ringing":true' in p for p in said.get(f"{root}/alarm", [])), log)
        await until(lambda: any(b'"final"' in p for p in said.get(f"{root}/trigger", [])), log)
        await until(lambda: any(b'"rms_m_s2"' in p for p in said.get(f"{root}/health", [])), log)
        process.send_signal(signal.SIGTERM)
        await asyncio.wait_for(process.wait(), 60)
    house = House(TOPIC, said[TOPIC][0])
    for kind in ("state", "trigger", "health"):
        payloads = said[f"{root}/{kind}"]
        online = [payload for payload in payloads if b'"online":false' not in payload]
        for payload in online:
            house.take(f"{root}/{kind}", payload)
    house.take(f"{root}/alarm", next(p for p in said[f"{root}/alarm"] if b'"ringing":true' in p))

    missing = {key for key, state in house.states.items() if state in {UNKNOWN, "unknown"}}
    assert missing <= {"temperature", "site"}
    assert ("ON", "ON", "ON") == tuple(
        house.states[key] for key in ("alarm", "shaking", "connection")
    )
    assert float(house.states["pga"]) > 0.05

    async with agent(station), seen(mosquitto.port) as later:
        await until(
            lambda: b"" in later.get(TOPIC, [b""]) and bool(later.get(f"{root}/health")), log
        )
    async with seen(mosquitto.port) as left:
        await until(lambda: f"{root}/state" in left)
    assert TOPIC not in left


@pytest.fixture
def outbox(tmp_path: Path) -> "Outbox":
    """An empty outbox."""
    box = Outbox(tmp_path / "outbox.sqlite")
    yield box  # type: ignore[misc]
    box.close()


def station(folder: Path, section: HomeAssistantConfig | None) -> Station:
    """A station with or without the section."""
    plain = test_feed.station(folder).config
    return open_station(plain.model_copy(update={"home_assistant": section}))


def test_what_is_shown_is_withdrawn_once(tmp_path: Path, outbox: Outbox) -> None:
    """At the first start without the section, by way of the outbox."""
    shown = shown_to_home_assistant(station(tmp_path, HomeAssistantConfig()), outbox)
    depth = outbox.depth
    for _ in range(2):
        assert [] == shown_to_home_assistant(station(tmp_path, None), outbox)
    entities, empty = outbox.batch(10)

    assert ([TOPIC], 0) == ([topic for topic, _ in shown], depth)
    assert {TOPIC} == {entities.topic, empty.topic}
    assert (b"", True, True) == (empty.payload, empty.retain, entities.retain)
    before, after = (json.loads(p)["components"] for p in (shown[0][1], entities.payload))
    assert {key: {"platform": one["platform"]} for key, one in before.items()} == after


def test_an_entity_that_is_gone_is_taken_from_a_device_that_stays(
    tmp_path: Path, outbox: Outbox
) -> None:
    """A station that has no alarm any more; also at later starts, for a house that was away."""
    with_alarm = station(tmp_path, HomeAssistantConfig())
    config = with_alarm.config.model_copy(update={"alarm": AlarmConfig()})
    shown_to_home_assistant(open_station(config), outbox)
    for _ in range(2):
        ((_, payload),) = shown_to_home_assistant(with_alarm, outbox)

        assert {"platform": "binary_sensor"} == json.loads(payload)["components"]["alarm"]
    assert 0 == outbox.depth


def test_another_prefix_leaves_nothing_behind(tmp_path: Path, outbox: Outbox) -> None:
    """The old device is taken away, the new one shown."""
    shown_to_home_assistant(station(tmp_path, HomeAssistantConfig()), outbox)
    ((topic, _),) = shown_to_home_assistant(
        station(tmp_path, HomeAssistantConfig(prefix="ha")), outbox
    )
    withdrawn = {message.topic for message in outbox.batch(10)}

    assert "ha/device/XX/A/config" == topic
    assert {TOPIC} == withdrawn


def test_a_station_that_was_never_shown_withdraws_nothing(tmp_path: Path, outbox: Outbox) -> None:
    """It may have no right to that topic."""
    assert [] == shown_to_home_assistant(station(tmp_path, None), outbox)
    assert 0 == outbox.depth


def test_a_damaged_note_ends_nothing(tmp_path: Path, outbox: Outbox) -> None:
    """It is told in the log, and written anew."""
    (tmp_path / "home_assistant.json").write_bytes(b"\0\0")
    with capture_logs() as logs:
        shown = shown_to_home_assistant(station(tmp_path, HomeAssistantConfig()), outbox)

    assert 1 == len(shown)
    assert ["home_assistant_unreadable"] == [entry["event"] for entry in logs]


def test_a_disk_that_does_not_take_the_note_ends_nothing(tmp_path: Path, outbox: Outbox) -> None:
    """The device is shown all the same."""
    (tmp_path / "home_assistant.part").mkdir()
    with capture_logs() as logs:
        shown = shown_to_home_assistant(station(tmp_path, HomeAssistantConfig()), outbox)

    assert 1 == len(shown)
    assert ["home_assistant_not_noted"] == [entry["event"] for entry in logs]
