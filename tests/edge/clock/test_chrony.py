"""What chrony says becomes a report; nonsense does not."""

import asyncio
import os
import shutil
import signal
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.clock.chrony import ask_chrony, parse_tracking
from edge.errors import PacketError
from edge.messages.clock import ClockSource

NOW_S = 1_795_270_200.0
GOOD = (
    "A29FC87B,162.159.200.123,4,1795270136.25,-0.000250,0.000031,0.000400,-12.345,0.010,0.150,"
    "0.012000,0.000900,64.4,Normal\n"
)
CHRONYD = shutil.which("chronyd", path=f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin")


def test_the_error_is_made_of_offset_scatter_and_root_distance() -> None:
    """Half a delay of 12 ms and 0.9 ms of dispersion bound the error; half of that is a sigma."""
    report = parse_tracking(GOOD, NOW_S)

    assert report is not None
    assert ("chrony", ClockSource.NTP) == (report.keeper, report.source)
    assert pytest.approx(0.00348, abs=1e-5) == report.error_s
    assert pytest.approx(0.15e-6) == report.drift
    assert pytest.approx(63.75) == report.age_s


def test_a_pulse_is_known_by_its_name() -> None:
    """A reference clock that chrony calls PPS is a receiver's pulse."""
    report = parse_tracking(GOOD.replace("A29FC87B,162.159.200.123", "50505330,PPS0"), NOW_S)

    assert report is not None
    assert ClockSource.GNSS_PPS is report.source


@pytest.mark.parametrize(
    "line",
    [
        GOOD.replace("Normal", "Not synchronised"),
        "7F7F0101,,8,1795270084.953655707,0.0,0.0,0.0,0.000,0.000,0.000,0.0,0.0,0.0,Normal",
        "00000000,,0,0.000000000,0.0,0.0,0.0,0.000,0.000,0.000,1.0,1.0,0.0,Not synchronised",
    ],
    ids=["lost", "its own clock", "never"],
)
def test_a_chrony_that_follows_nobody_says_nothing(line: str) -> None:
    """Its word would be the clock's own."""
    assert parse_tracking(line, NOW_S) is None


@pytest.mark.parametrize(
    "line", ["", "506 Cannot talk to daemon", GOOD.replace("0.000900", "nan"), GOOD[:40], ",,,"]
)
def test_another_answer_is_refused(line: str) -> None:
    """And the error shows it."""
    with pytest.raises(PacketError, match="chronyc"):
        parse_tracking(line, NOW_S)


@given(st.text(alphabet="0123456789.,-eNaInf ABCDEF", max_size=200))
def test_no_answer_is_more_than_refused(line: str) -> None:
    """Whatever comes, a report has a finite error, or there is none."""
    try:
        report = parse_tracking(line, NOW_S)
    except PacketError:
        return
    assert report is None or 0 < report.error_s < float("inf")


async def test_a_command_that_is_not_there_is_no_error() -> None:
    """Most stations have no chrony."""
    assert await ask_chrony("no-such-command-of-chrony", None, NOW_S) is None


async def test_a_chrony_that_does_not_run_is_no_error(tmp_path: Path) -> None:
    """The command fails."""
    command = tmp_path / "chronyc"
    command.write_text("#!/bin/sh\necho '506 Cannot talk to daemon'\nexit 1\n")
    command.chmod(0o755)

    assert await ask_chrony(str(command), None, NOW_S) is None


async def test_the_command_is_asked_for_tracking(tmp_path: Path) -> None:
    """With its address, where one is given."""
    command = tmp_path / "chronyc"
    command.write_text(
        f'#!/bin/sh\n[ "$*" = "-h 10.0.0.1 -c tracking" ] && echo "{GOOD.strip()}"\n'
    )
    command.chmod(0o755)

    report = await ask_chrony(str(command), "10.0.0.1", NOW_S)

    assert report == parse_tracking(GOOD, NOW_S)


@pytest.fixture
async def real_chrony(tmp_path: Path) -> AsyncIterator[Path]:
    """Run one chronyd that follows another, neither touching this machine's clock."""
    if CHRONYD is None or os.geteuid() != 0:
        pytest.skip("needs chronyd, run as root (Debian: apt install chrony)")
    port = 11_000 + os.getpid() % 1000
    settings = {
        "server": f"local stratum 2\nport {port}\nbindaddress 127.0.0.1\nallow 127.0.0.1\n",
        "client": f"server 127.0.0.1 port {port} iburst minpoll -2 maxpoll 0\nport 0\n",
    }
    running = []
    for name, lines in settings.items():
        folder = tmp_path / name
        folder.mkdir(mode=0o700)
        config = folder / "chrony.conf"
        config.write_text(f"{lines}cmdport 0\nbindcmdaddress {folder}/sock\npidfile {folder}/pid\n")
        running.append(
            await asyncio.create_subprocess_exec(
                CHRONYD,
                "-x",
                "-d",
                "-u",
                "root",
                "-f",
                str(config),
                stderr=asyncio.subprocess.DEVNULL,
            )
        )
    yield tmp_path / "client" / "sock"
    for process in running:
        process.send_signal(signal.SIGTERM)
        await process.wait()


async def test_a_real_chrony_is_understood(real_chrony: Path) -> None:
    """It follows another over loopback, to less than a second."""
    report = None
    for _ in range(400):
        report = await ask_chrony("chronyc", str(real_chrony), time.time())
        if report is not None:
            break
        await asyncio.sleep(0.1)

    assert report is not None
    assert ClockSource.NTP is report.source
    assert 0 < report.error_s < 1
