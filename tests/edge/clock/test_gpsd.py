"""What gpsd says becomes a report, over a server that speaks its protocol."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.clock.gpsd import read_line, watch_gpsd
from edge.errors import PacketError
from edge.messages.clock import ClockSource
from edge.timestamps import parse_time

WALL_NS = parse_time("2026-11-21T14:08:39.400000Z")
VERSION = b'{"class":"VERSION","release":"3.22","rev":"3.22","proto_major":3,"proto_minor":14}\r\n'
SKY = b'{"class":"SKY","device":"/dev/ttyAMA0","nSat":14,"uSat":9,"satellites":[]}\r\n'


def pulse(off_ns: int, precision: int = -20) -> bytes:
    """Return a PPS line of a wall clock that is off by so much."""
    content = {
        "class": "PPS",
        "device": "/dev/pps0",
        "real_sec": 1_795_270_119,
        "real_nsec": 0,
        "clock_sec": 1_795_270_119 + off_ns // 10**9,
        "clock_nsec": off_ns % 10**9,
        "precision": precision,
    }
    return json.dumps(content).encode() + b"\r\n"


def position(time: str, mode: int = 3) -> bytes:
    """Return a TPV line."""
    content = {"class": "TPV", "device": "/dev/ttyAMA0", "mode": mode, "time": time, "ept": 0.005}
    return json.dumps(content).encode() + b"\r\n"


@pytest.mark.parametrize(
    ("off_ns", "error_s"), [(0, 2**-20), (250_000, 250e-6), (-250_000, 250e-6), (-40, 2**-20)]
)
def test_a_pulse_measures_the_wall_clock(off_ns: int, error_s: float) -> None:
    """Its error is what the clock was off, and the precision of the pulse."""
    report = read_line(pulse(off_ns), WALL_NS)

    assert report is not None
    assert ("gpsd", ClockSource.GNSS_PPS) == (report.keeper, report.source)
    assert pytest.approx(error_s, rel=1e-3) == report.error_s


def test_a_pulse_counted_to_the_wrong_second_is_left_out() -> None:
    """It says nothing of the clock that is better than the second."""
    assert read_line(pulse(999_000_000), WALL_NS) is None


def test_a_position_shows_a_clock_that_is_years_off() -> None:
    """Its error is the difference."""
    report = read_line(position("2046-11-21T14:08:39.000Z"), WALL_NS)

    assert report is not None
    assert ClockSource.FREE_RUN is report.source
    assert pytest.approx(20 * 365.25 * 86400, rel=1e-3) == report.error_s


@pytest.mark.parametrize(
    "line",
    [
        VERSION,
        SKY,
        position("2026-11-21T14:08:39.000Z"),
        position("1999-08-22T00:00:00.000Z", mode=1),
        b'{"class":"TPV","mode":3}\r\n',
    ],
    ids=["version", "sky", "late as usual", "no fix", "no time"],
)
def test_what_says_nothing_of_the_clock_is_passed_over(line: bytes) -> None:
    """A position's time comes some tenths of a second late; without a fix it is a guess."""
    assert read_line(line, WALL_NS) is None


@pytest.mark.parametrize(
    "line",
    [b"", b"\xff\xfe", b"[]", b"{}", b'{"class":"PPS"}', b'{"class":"TPV","mode":3,"time":1}'],
)
def test_nonsense_is_refused(line: bytes) -> None:
    """With what was seen."""
    with pytest.raises(PacketError, match="gpsd"):
        read_line(line, WALL_NS)


@given(
    st.dictionaries(
        st.sampled_from(
            ["class", "mode", "time", "clock_sec", "real_sec", "clock_nsec", "real_nsec"]
        ),
        st.sampled_from(["PPS", "TPV"]) | st.integers() | st.floats() | st.text(max_size=10),
    )
)
def test_no_line_is_more_than_refused(content: dict[str, object]) -> None:
    """Whatever comes, a report has a finite error, or there is none."""
    try:
        report = read_line(json.dumps(content).encode(), WALL_NS)
    except PacketError:
        return
    assert report is None or 0 < report.error_s < float("inf")


class Gpsd:
    """Speaks gpsd's protocol on loopback: says its version, waits for WATCH, sends lines."""

    def __init__(self, lines: list[bytes]) -> None:
        self.lines = lines
        self.asked = b""
        self.port = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one client, then end the connection."""
        writer.write(VERSION)
        self.asked = await reader.readline()
        for line in self.lines:
            writer.write(line)
        await writer.drain()
        writer.close()


@pytest.fixture
async def gpsd() -> AsyncIterator[Gpsd]:
    """Run the stand-in."""
    peer = Gpsd([SKY, pulse(3000), position("2026-11-21T14:08:39.000Z"), pulse(-2000)])
    server = await asyncio.start_server(peer.serve, "127.0.0.1", 0)
    peer.port = server.sockets[0].getsockname()[1]
    async with server:
        yield peer


async def test_reports_come_over_the_connection(gpsd: Gpsd) -> None:
    """The station asks for JSON with pulses, and is told of each."""
    heard = []

    await watch_gpsd("127.0.0.1", gpsd.port, lambda: WALL_NS, heard.append)

    assert gpsd.asked == b'?WATCH={"enable":true,"json":true,"pps":true};\n'
    assert [3.0e-6, 2.0e-6] == pytest.approx([one.error_s for one in heard], rel=0.2)


async def test_a_line_without_an_end_is_refused(gpsd: Gpsd) -> None:
    """No peer fills the memory."""
    gpsd.lines = [b"x" * 200_000]

    with pytest.raises(PacketError, match="longer"):
        await watch_gpsd("127.0.0.1", gpsd.port, lambda: WALL_NS, print)
