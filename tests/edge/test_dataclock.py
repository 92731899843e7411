"""The data's clock runs as told and agrees in every process."""

import asyncio
import math
from pathlib import Path

import pytest

from edge.config import ReplaySection
from edge.dataclock import LIVE, DataClock, begin_when_told, data_clock, write_start
from edge.errors import ConfigError

SECOND = 1_000_000_000


def test_live_is_the_wall_clock() -> None:
    """Without a section nothing is moved."""
    clock = DataClock(wall_ns=lambda: 1_700_000_000 * SECOND + 1)

    assert 1_700_000_000 * SECOND + 1 == clock.now_ns()
    assert data_clock(None, lambda: 0) is LIVE


@pytest.mark.parametrize("speed", [0.5, 1.0, 10.0])
def test_data_time_runs_at_the_speed_from_the_common_start(speed: float) -> None:
    """After four of our seconds, four times the speed have passed."""
    section = ReplaySection(speed=speed, data_start=100 * SECOND, wall_start=1_000 * SECOND)
    live = DataClock(wall_ns=lambda: 1_004 * SECOND)

    clock = data_clock(section, lambda: 0, live)

    assert 100 * SECOND + round(4 * speed * SECOND) == clock.now_ns()


def test_waiting_counts_our_seconds() -> None:
    """Twenty seconds of data ahead at speed ten are two of ours."""
    clock = DataClock(100 * SECOND, 1_000 * SECOND, 10.0, lambda: 1_000 * SECOND)

    assert pytest.approx(2.0) == clock.seconds_until(120 * SECOND)
    assert pytest.approx(-1.0) == clock.seconds_until(90 * SECOND)


def test_what_the_section_leaves_out_is_the_first_packet_and_now() -> None:
    """A recording alone begins with its first packet at this moment."""
    live = DataClock(wall_ns=lambda: 77 * SECOND)

    clock = data_clock(ReplaySection(), lambda: 5 * SECOND, live)

    assert 5 * SECOND == clock.now_ns()


def test_the_clock_stands_still_until_it_begins() -> None:
    """Nothing is due before the start is known."""
    now_ns = 1_000 * SECOND
    clock = DataClock(100 * SECOND, None, 10.0, lambda: now_ns)
    before = clock.now_ns(), clock.seconds_until(100 * SECOND)

    clock.begin(1_000 * SECOND)
    now_ns = 1_001 * SECOND

    assert (100 * SECOND, math.inf) == before
    assert 110 * SECOND == clock.now_ns()


async def test_all_who_wait_for_the_start_file_begin_at_its_time(tmp_path: Path) -> None:
    """Whenever each of them started."""
    file = tmp_path / "start"
    section = ReplaySection(speed=2.0, data_start=5 * SECOND, start_file=file)
    clocks = [data_clock(section, lambda: 0, DataClock(wall_ns=lambda: 20 * SECOND)) for _ in "ab"]
    waiting = [asyncio.create_task(begin_when_told(clock, file)) for clock in clocks]
    await asyncio.sleep(0.1)
    before = [clock.now_ns() for clock in clocks]

    write_start(file, 10 * SECOND)
    async with asyncio.timeout(5):
        while any(clock.wall_start_ns is None for clock in clocks):  # noqa: ASYNC110 - no event
            await asyncio.sleep(0.01)
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)

    assert [5 * SECOND] * 2 == before
    assert [25 * SECOND] * 2 == [clock.now_ns() for clock in clocks]


async def test_a_start_file_without_a_time_is_said(tmp_path: Path) -> None:
    """The error names the file."""
    file = tmp_path / "start"
    file.write_text("soon")

    with pytest.raises(ConfigError, match=r"replay\.start_file: 'soon' is no ISO 8601 time"):
        await begin_when_told(DataClock(0, None), file)
