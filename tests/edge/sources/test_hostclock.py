"""What the kernel says of its clock becomes a clock state."""

import ctypes

import pytest

from edge.messages.clock import ClockSource
from edge.sources.hostclock import (
    STATUS_PPS_SIGNAL,
    STATUS_PPS_TIME,
    STATUS_UNSYNCHRONISED,
    _Timex,
    clock_state,
    read_kernel_clock,
)

PPS = STATUS_PPS_SIGNAL | STATUS_PPS_TIME


@pytest.mark.parametrize(
    ("status", "estimated_us", "maximum_us", "source", "error_s"),
    [
        (STATUS_UNSYNCHRONISED, 16_000_000, 16_000_000, ClockSource.FREE_RUN, 16.0),
        (STATUS_UNSYNCHRONISED, 0, 40_000, ClockSource.FREE_RUN, 0.04),
        (0, 2_500, 30_000, ClockSource.NTP, 0.0025),
        (0, 0, 30_000, ClockSource.NTP, 0.01),
        (PPS, 3, 500, ClockSource.GNSS_PPS, 1e-4),
        (STATUS_PPS_SIGNAL, 2_500, 500, ClockSource.NTP, 0.0025),
    ],
    ids=["never set", "holdover", "chrony", "timesyncd", "pulse", "pulse not used"],
)
def test_a_clock_state_says_who_keeps_the_clock_and_how_well(
    status: int, estimated_us: int, maximum_us: int, source: ClockSource, error_s: float
) -> None:
    """A clock that nobody keeps has the kernel's worst case as its error."""
    state = clock_state(status, estimated_us, maximum_us)

    assert source is state.source
    assert error_s == pytest.approx(state.error_s)


def test_the_structure_is_that_of_64_bit_linux() -> None:
    """Size and places as in sys/timex.h."""
    places = (_Timex.maximum_error_us.offset, _Timex.estimated_error_us.offset)

    assert 208 == ctypes.sizeof(_Timex)
    assert (24, 32, 40) == (*places, _Timex.status.offset)


def test_the_kernel_of_this_machine_answers() -> None:
    """Whatever it says, it is a state."""
    assert 0 < read_kernel_clock().error_s <= 16.0
