"""The protocol to the letter, one line at a time."""

import asyncio
import xml.etree.ElementTree as ET
from typing import Self

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymseed import MS3Record

from edge.errors import ConfigError
from edge.serve.config import SeedLinkServerConfig
from edge.serve.ring import SEQUENCE_MASK, RecordRing
from edge.serve.seedlink_server import SeedLinkServer
from edge.serve.selection import parse_selector, parse_time
from tests.edge.archive.streams import START_NS, STATION, blocks, source
from tests.edge.serve.conftest import Serve, until_asked

PATIENCE_S = 60.0
PACKET = 520


class Dialogue:
    """A client that says lines and compares answers."""

    def __init__(self, port: int) -> None:
        self._port = port

    async def __aenter__(self) -> Self:
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self._port)
        return self

    async def __aexit__(self, *_: object) -> None:
        self.writer.close()

    def say(self, line: str, end: str = "\r") -> None:
        """Send a line."""
        self.writer.write(f"{line}{end}".encode())

    async def hear(self, size: int) -> bytes:
        """Return so many bytes."""
        return await asyncio.wait_for(self.reader.readexactly(size), PATIENCE_S)

    async def ask(self, line: str) -> str:
        """Send a line and return the answer's first line."""
        self.say(line)
        answer = await asyncio.wait_for(self.reader.readuntil(b"\r\n"), PATIENCE_S)
        return answer.decode().strip()

    async def info(self, level: str) -> ET.Element:
        """Return the answer to INFO."""
        self.say(f"INFO {level}")
        text, last = b"", False
        while not last:
            packet = await self.hear(PACKET)
            assert packet.startswith(b"SLINFO ")
            last = packet[7:8] == b" "
            record = MS3Record.parse(packet[8:], unpack_data=True)
            text += bytes(record.datasamples)
        return ET.fromstring(text)


async def test_the_greeting_names_the_version(serve: Serve) -> None:
    """HELLO has two lines; the first one says version 3 to every client."""
    async with serve(organisation="Geological Survey") as server, Dialogue(server.port) as client:
        assert (await client.ask("HELLO")).startswith("SeedLink v3.1 (tremorkit ")
        assert "Geological Survey" == (await client.hear(19)).decode().strip()


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n"])
async def test_lines_may_end_in_three_ways(serve: Serve, end: str) -> None:
    """Clients differ."""
    async with serve() as server, Dialogue(server.port) as client:
        client.say("STATION KARA1 XX", end)
        client.say("SELECT HNZ", end)

        assert b"OK\r\nOK\r\n" == await client.hear(8)


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("STATION KARA1 XX", "OK"),
        ("station KARA1", "OK"),
        ("STATION KARA2 XX", "ERROR"),
        ("STATION KARA1 YY", "ERROR"),
        ("STATION", "ERROR"),
        ("SELECT HN?.D", "OK"),
        ("SELECT 00HNZ", "OK"),
        ("SELECT !HNE", "OK"),
        ("SELECT", "OK"),
        ("SELECT HNZ.L", "ERROR"),
        ("SELECT nonsense-selector", "ERROR"),
        ("DATA XYZ", "ERROR"),
        ("TIME yesterday", "ERROR"),
        ("TIME 2023,13,1,0,0,0", "ERROR"),
        ("TIME", "ERROR"),
        ("END", "ERROR"),
        ("INFO GAPS", "ERROR"),
        ("BATCH", "ERROR"),
        ("AUTH USERPASS a b", "ERROR"),
    ],
)
async def test_answers(serve: Serve, line: str, answer: str) -> None:
    """Each line gets OK or ERROR, and the client may go on."""
    async with serve() as server, Dialogue(server.port) as client:
        assert answer == await client.ask(line)
        assert (await client.ask("HELLO")).startswith("SeedLink")


async def test_after_a_station_that_is_not_here_nothing_is_taken(serve: Serve) -> None:
    """A client that asks for several stations gets ours alone, with its own selectors."""
    async with serve() as server, Dialogue(server.port) as client:
        assert "ERROR" == await client.ask("STATION OTHER XX")
        assert "ERROR" == await client.ask("SELECT HNZ")
        assert "ERROR" == await client.ask("DATA")
        assert "OK" == await client.ask("STATION KARA1 XX")
        assert "OK" == await client.ask("SELECT HNE")
        assert "OK" == await client.ask("FETCH")
        for block in blocks(20):
            server.push(block)
        client.say("END")

        packet = await client.hear(PACKET)
        assert "FDSN:XX_KARA1_00_H_N_E" == MS3Record.parse(packet[8:]).sourceid


async def test_without_a_station_data_begins_at_once(serve: Serve) -> None:
    """Uni-station mode: no OK, the packets themselves."""
    async with serve() as server, Dialogue(server.port) as client:
        assert "OK" == await client.ask("SELECT HNZ")
        client.say("DATA")
        await until_asked(server)
        for block in blocks(20):
            server.push(block)

        packet = await client.hear(PACKET)

    (record, *_) = [one for one in server.ring.snapshot() if one.channel == "HNZ"]
    assert b"SL%06X" % (record.number & SEQUENCE_MASK) == packet[:8]
    assert record.content == packet[8:]


async def test_cat_and_bye(serve: Serve) -> None:
    """The catalogue ends in END; after BYE the server closes."""
    async with serve() as server, Dialogue(server.port) as client:
        client.say("CAT")
        assert b"XX KARA1 tremorkit\r\nEND" == await client.hear(23)
        client.say("BYE")
        assert b"" == await asyncio.wait_for(client.reader.read(), PATIENCE_S)


async def test_info_says_what_there_is(serve: Serve) -> None:
    """Station with its numbers, streams with their times; also while packets flow."""
    stream = blocks(40)
    async with serve() as server, Dialogue(server.port) as client:
        for block in stream:
            server.push(block)
        root = await client.info("STREAMS")
        (station,) = root
        assert ("KARA1", "XX") == (station.get("name"), station.get("network"))
        numbers = [one.number & SEQUENCE_MASK for one in server.ring.snapshot()]
        assert f"{numbers[0]:06X}" == station.get("begin_seq")
        assert ["HNZ", "HNN", "HNE"] == [one.get("seedname") for one in station]
        assert "2023/11/14 22:13:20.1234" == station[0].get("begin_time")
        assert "multistation" in [one.get("name") for one in await client.info("CAPABILITIES")]
        client.say("DATA")
        assert "seedlink" == (await client.info("ID")).tag


async def test_a_line_without_end_ends_the_client(serve: Serve) -> None:
    """Nobody fills the memory."""
    async with serve() as server, Dialogue(server.port) as client:
        client.say("A" * 10_000, "")

        assert b"" == await asyncio.wait_for(client.reader.read(), PATIENCE_S)


@given(st.binary(max_size=300))
def test_no_line_breaks_the_parsers(content: bytes) -> None:
    """Whatever comes is a selector or a time, or is none."""
    text = content.decode("ascii", "replace")
    parse_selector(text)
    parse_time(text)


async def test_garbage_harms_nobody_else(serve: Serve) -> None:
    """Bytes that are no lines; the next client is served."""
    async with serve() as server:
        async with Dialogue(server.port) as client:
            client.writer.write(bytes(range(256)) * 4 + b"\r\n")
            await client.hear(1)
        async with Dialogue(server.port) as client:
            assert (await client.ask("HELLO")).startswith("SeedLink")


def test_the_ring_is_bounded_and_numbers_go_on() -> None:
    """The oldest goes; who asks for it gets the oldest that there is."""
    ring = RecordRing(3, START_NS)
    first = ring.next_number
    for number in range(5):
        ring.add("HNZ", number, number + 1, b"%d" % number)

    assert [b"2", b"3", b"4"] == [one.content for one in ring.since(first, 10)]
    assert first + 2 == ring.resume(first & SEQUENCE_MASK)
    assert first + 4 == ring.resume((first + 4) & SEQUENCE_MASK)
    assert first + 5 == ring.resume((first + 5) & SEQUENCE_MASK)
    assert first + 2 == ring.resume((first + 6) & SEQUENCE_MASK)


def test_numbers_wrap_around() -> None:
    """After FFFFFF comes 0, and resuming over it works."""
    ring = RecordRing(10, (SEQUENCE_MASK - 1) * 1_000_000_000 // 8 + 125_000_000)
    begin = ring.next_number
    for number in range(4):
        ring.add("HNZ", number, number + 1, b"%d" % number)

    after_wrap = ring.resume(1)

    assert SEQUENCE_MASK == begin
    assert [b"2", b"3"] == [one.content for one in ring.since(after_wrap, 10)]


def test_a_restart_goes_on_above_the_numbers_of_before() -> None:
    """A minute of records, a restart: the client's last number means the oldest, not the future."""
    before = RecordRing(1000, START_NS)
    for number in range(60 * 6):
        before.add("HNZ", number, number + 1, b"")
    after = RecordRing(1000, START_NS + 60_000_000_000)
    after.add("HNZ", 0, 1, b"new")

    found = after.since(after.resume(before.next_number & SEQUENCE_MASK), 5)

    assert [b"new"] == [one.content for one in found]


def test_codes_that_are_too_long_are_refused_with_a_reason() -> None:
    """SeedLink 3 carries miniSEED 2, which has no room for them."""
    station = STATION.model_copy(update={"station": "NORTHROOF"})

    with pytest.raises(ConfigError, match="shorten the codes"):
        SeedLinkServer(SeedLinkServerConfig(), station, source())


async def test_a_port_that_is_taken_is_tried_again(serve: Serve) -> None:
    """The station runs on; when the port is free the server listens."""
    async with serve() as first:
        second = SeedLinkServer(SeedLinkServerConfig(port=first.port), STATION, source())
        running = asyncio.create_task(second.run())
        done, _ = await asyncio.wait({running}, timeout=0.2)
        assert not done
        assert second.port is None
    await asyncio.wait_for(second.listening.wait(), PATIENCE_S)
    running.cancel()
