"""The ACL file at a real Mosquitto: a station writes its own topics and reads its own commands."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiomqtt
import pytest
from pydantic import SecretStr

from cloud.acl import HomeAssistant, acl_file
from cloud.ingest import Ingest
from cloud.station_messages import StationMessage
from edge.commands.receiver import CommandReceiver, Result
from edge.errors import PublishRefusedError
from edge.messages import Health, State
from edge.messages.command import Command, Reply
from edge.messages.topics import ROOT
from edge.mqtt import Connection, Connector, Identity, MqttConfig
from edge.outbox import Outbox
from edge.publisher import Presence, Publisher
from tests.edge.archive.streams import STATION

A, B, CENTRE, WALL = "XX/KARA1", "XX/KARA2", "centre", "wall"
STRANGER = "XX/KARA3"
FORMS = {"list": [("XX", "KARA1"), ("XX", "KARA2")], "pattern": None}

pytestmark = pytest.mark.broker


class Guarded:
    """A broker with accounts and an ACL file."""

    def __init__(self, rights: Path) -> None:
        self.rights = rights
        self.broker: Any = None

    def config(self, user: str) -> MqttConfig:
        """Return what a user connects with."""
        return MqttConfig(
            port=self.broker.port, username=user, password=SecretStr(f"{user}!"), retry_max_s=0.5
        )

    @asynccontextmanager
    async def connected(self, user: str, client_id: str | None = None) -> AsyncIterator[Connection]:
        """Connect as a user."""
        identity = Identity(client_id or f"client of {user}")
        async with Connector(self.config(user), identity).connect() as connection:
            yield connection

    def reload(self) -> None:
        """Make the broker read its files again, as `systemctl reload` does."""
        self.broker._process.send_signal(signal.SIGHUP)


Guard = Callable[..., Awaitable[Guarded]]


@pytest.fixture
def guard(mosquitto_with: Callable[[str], Awaitable[Any]], tmp_path: Path) -> Guard:
    """Return a function that runs a guarded broker."""

    async def start(text: str, extra: str = "") -> Guarded:
        rights, accounts = tmp_path / "tremorkit.acl", tmp_path / "accounts"
        rights.write_text(text)
        accounts.write_text("".join(f"{user}:{user}!\n" for user in (A, B, CENTRE, WALL, STRANGER)))
        hashing = await asyncio.create_subprocess_exec("mosquitto_passwd", "-U", accounts)
        assert 0 == await hashing.wait()
        for file in (rights, accounts):
            file.chmod(0o600)
        guarded = Guarded(rights)
        guarded.broker = await mosquitto_with(
            f"allow_anonymous false\npassword_file {accounts}\nacl_file {rights}\n{extra}"
        )
        return guarded

    return start


async def _is_taken(connection: Connection, topic: str, payload: bytes) -> bool:
    try:
        await connection.deliver(topic, payload)
    except PublishRefusedError:
        return False
    return True


async def _heard_until(connection: Connection, last: bytes) -> set[tuple[str, bytes]]:
    """Return what arrives up to a last payload, which the broker hands on after all others."""
    heard = set()
    async with asyncio.timeout(30):
        async for message in connection.messages:
            if message.payload == last:
                break
            heard.add((message.topic.value, message.payload))
    return heard


WRITES = [
    *((A, f"{A}/{kind}", True) for kind in ("state", "health", "trigger", "alarm", "reply")),
    (A, f"{A}/waveform/r1", True),
    *((A, f"{B}/{kind}", False) for kind in ("state", "health", "trigger", "reply")),
    (A, f"{B}/waveform/r1", False),
    (A, f"{B}/command", False),
    (A, f"{A}/command", False),
    (A, f"{A}/other", False),
    (A, f"{A}/waveform/r1/more", False),
    (A, "event/e1", False),
    (A, "XX", False),
    (WALL, "event/e1", False),
    (WALL, f"{A}/trigger", False),
    (WALL, f"{A}/command", False),
    (CENTRE, f"{A}/command", True),
    (CENTRE, "event/e1", True),
    (CENTRE, f"{A}/trigger", False),
    (CENTRE, f"{A}/state", False),
]
"""Who writes, where below the root, and whether it may."""


@pytest.mark.parametrize("form", FORMS)
async def test_only_ones_own_topics_can_be_written(guard: Guard, form: str) -> None:
    """What is refused is told to the writer and reaches nobody, not even the centre."""
    broker = await guard(acl_file(FORMS[form], CENTRE, [WALL]))
    async with (
        broker.connected(CENTRE, "ear") as ear,
        broker.connected(CENTRE) as centre,
        broker.connected(A) as station,
        broker.connected(WALL) as wall,
    ):
        writers = {A: station, CENTRE: centre, WALL: wall}
        await ear.subscribe("#", qos=1)
        taken = [
            (user, topic, await _is_taken(writers[user], f"{ROOT}/{topic}", user.encode()))
            for user, topic, _ in WRITES
        ]
        await centre.deliver(f"{ROOT}/event/last", b"last")
        heard = await _heard_until(ear, b"last")

    assert taken == WRITES
    expected = {(f"{ROOT}/{topic}", user.encode()) for user, topic, allowed in WRITES if allowed}
    assert expected == heard


SAID = [
    (A, f"{A}/trigger"),
    (A, f"{A}/state"),
    (A, f"{A}/reply"),
    (A, f"{A}/waveform/r1"),
    (CENTRE, f"{A}/command"),
    (CENTRE, f"{B}/command"),
    (CENTRE, "event/e1"),
]
SEEN = {
    A: {f"{A}/command"},
    WALL: {f"{A}/trigger", f"{A}/state", "event/e1"},
    CENTRE: {topic for _, topic in SAID},
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("user", SEEN)
async def test_nobody_reads_what_is_not_for_him(guard: Guard, form: str, user: str) -> None:
    """Whoever asks for everything gets his part: a station its commands, a screen no commands."""
    broker = await guard(acl_file(FORMS[form], CENTRE, [WALL]))
    last = f"{ROOT}/{A}/command" if user == A else f"{ROOT}/event/last"
    async with (
        broker.connected(user, "ear") as ear,
        broker.connected(CENTRE) as centre,
        broker.connected(A) as station,
    ):
        await ear.subscribe("#", qos=1)
        for writer, topic in SAID:
            await {A: station, CENTRE: centre}[writer].deliver(f"{ROOT}/{topic}", b"x")
        await centre.deliver(last, b"last")
        heard = await _heard_until(ear, b"last")

    assert {f"{ROOT}/{topic}" for topic in SEEN[user]} == {topic for topic, _ in heard}


@pytest.mark.parametrize("form", FORMS)
async def test_a_station_shows_itself_to_home_assistant_and_nobody_else(
    guard: Guard, form: str
) -> None:
    """Its own device only; the house reads it, and how stations do."""
    broker = await guard(acl_file(FORMS[form], CENTRE, home_assistant=HomeAssistant(WALL)))
    own, other = (f"homeassistant/device/{name}/config" for name in (A, B))
    async with broker.connected(WALL) as house, broker.connected(A) as station:
        await house.subscribe([("homeassistant/#", 1), (f"{ROOT}/{A}/alarm", 1)])
        taken = [await _is_taken(station, topic, b"x") for topic in (own, other)]
        await station.deliver(f"{ROOT}/{A}/alarm", b"last")
        heard = await _heard_until(house, b"last")
        house_writes = [
            await _is_taken(house, topic, b"online")
            for topic in ("homeassistant/status", f"{ROOT}/{A}/command", f"{ROOT}/{A}/alarm")
        ]

    assert [True, False] == taken
    assert {(own, b"x")} == heard
    assert [True, False, False] == house_writes


async def test_a_station_without_that_right_sends_its_triggers(
    guard: Guard, tmp_path: Path
) -> None:
    """A refused discovery message is logged; the connection holds."""
    broker = await guard(acl_file(FORMS["list"], CENTRE))
    outbox = Outbox(tmp_path / "outbox.sqlite")
    outbox.put(f"{ROOT}/{A}/trigger", b"shaken")
    state = f"{ROOT}/{A}/state"
    presence = Presence(
        state, lambda: b"here", b"gone", lambda: [("homeassistant/device/x/config", b"{}")]
    )
    publisher = Publisher(broker.config(A), outbox, "station", presence)
    stop = asyncio.Event()
    async with broker.connected(CENTRE) as centre:
        await centre.subscribe(f"{ROOT}/#", qos=1)
        publishing = asyncio.create_task(publisher.run(stop))
        heard = await _heard_until(centre, b"shaken")
        async with asyncio.timeout(30):
            while not publisher.refused:  # noqa: ASYNC110 - a count of the publisher
                await asyncio.sleep(0.01)
        connected = publisher.connected
        stop.set()
        await publishing
    outbox.close()

    assert connected
    assert heard <= {(state, b"here")}


async def test_a_name_that_is_not_in_the_list_can_do_nothing(guard: Guard) -> None:
    """Its password may still hold."""
    broker = await guard(acl_file(FORMS["list"], CENTRE))
    async with broker.connected(STRANGER) as stranger:
        taken = [
            await _is_taken(stranger, f"{ROOT}/{name}/trigger", b"x") for name in (STRANGER, A)
        ]

    assert [False, False] == taken


async def test_nobody_comes_in_without_a_name(guard: Guard) -> None:
    """An ACL alone would let him connect."""
    broker = await guard(acl_file(None, CENTRE))
    with pytest.raises(aiomqtt.MqttError, match="refuses"):
        async with Connector(MqttConfig(port=broker.broker.port), Identity("x")).connect():
            pass


async def test_a_stolen_station_is_shut_out_while_it_is_connected(guard: Guard) -> None:
    """A new file and a reload take its rights away; the others stay connected."""
    broker = await guard(acl_file(FORMS["list"], CENTRE))
    topic = f"{ROOT}/{B}/trigger"
    async with broker.connected(A) as honest, broker.connected(B) as stolen:
        before = await _is_taken(stolen, topic, b"x")
        broker.rights.write_text(acl_file([("XX", "KARA1")], CENTRE))
        broker.reload()
        async with asyncio.timeout(30):
            while await _is_taken(stolen, topic, b"x"):
                pass
        assert before
        assert await _is_taken(honest, f"{ROOT}/{A}/trigger", b"x")


async def test_no_station_takes_anothers_place_at_the_broker(guard: Guard) -> None:
    """Where the client id is the user's name, a station cannot end another's connection."""
    broker = await guard(acl_file(None, CENTRE), "use_username_as_clientid true")
    async with broker.connected(A, A) as victim:
        async with broker.connected(B, A) as thief:
            await thief.deliver(f"{ROOT}/{B}/trigger", b"x")
        await victim.deliver(f"{ROOT}/{A}/trigger", b"x")


@pytest.mark.parametrize("form", FORMS)
async def test_the_kits_own_parts_need_no_more(guard: Guard, tmp_path: Path, form: str) -> None:
    """Birth, health, command, reply and last word of a station; the centre hears all of it."""
    broker = await guard(acl_file(FORMS[form], CENTRE))
    place = f"{ROOT}/{A}"
    birth, goodbye = (
        State(online=online, network="XX", station="KARA1") for online in (True, False)
    )
    done: list[Command] = []
    heard: asyncio.Queue[StationMessage] = asyncio.Queue()
    stop, centre_stop = asyncio.Event(), asyncio.Event()

    def count(command: Command) -> Result:
        done.append(command)
        return "counted", {}

    outbox = Outbox(tmp_path / "outbox.sqlite")
    presence = Presence(f"{place}/state", birth.to_wire, goodbye.to_wire())
    inbox = CommandReceiver(
        STATION,
        outbox,
        {"count": count},
        time.time_ns,
        lambda: publisher.wake(),  # noqa: PLW0108 - there is no publisher yet
    )
    publisher = Publisher(broker.config(A), outbox, "XX-KARA1-00", presence, inbox)
    ingest = Ingest(broker.config(CENTRE), heard.put, "centre")
    publishing = asyncio.create_task(publisher.run(stop))
    ingesting = asyncio.create_task(ingest.run(centre_stop))
    async with broker.connected(CENTRE, "desk") as desk, asyncio.timeout(40):
        await desk.subscribe(f"{place}/reply", qos=1)
        first = await heard.get()
        while not done:  # the station may not have subscribed yet
            await desk.deliver(f"{place}/command", Command(id="c1", name="count").to_wire())
        reply = await anext(aiter(desk.messages))
        await publisher.publish_now(f"{place}/health", _health().to_wire())
        answered = await heard.get()
        second = await _after_replies(heard)
        stop.set()
        await publishing
        third = await _after_replies(heard)
    centre_stop.set()
    await ingesting
    outbox.close()

    assert [birth, _health(), goodbye] == [first, second, third]
    assert f"{place}/reply" == reply.topic.value
    assert isinstance(answered, Reply)
    assert [1, 0] == [len(done), publisher.refused]


async def _after_replies(heard: asyncio.Queue[StationMessage]) -> StationMessage:
    """Return the next message that is no reply: a command sent twice is answered twice."""
    while isinstance(message := await heard.get(), Reply):
        pass
    return message


def _health() -> Health:
    return Health(
        network="XX",
        station="KARA1",
        time=0,
        packets=0,
        packets_dropped=0,
        gaps=0,
        outbox_depth=0,
        triggers=0,
    )
