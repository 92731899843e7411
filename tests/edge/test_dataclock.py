"""The data's clock runs as told and agrees in every process."""

import pytest

from edge.config import ReplaySection
from edge.dataclock import LIVE, DataClock, data_clock

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
