"""The station's own clock: wall time for stamps, monotonic time for waiting, and how good it is.

The kernel knows whether somebody (chrony, timesyncd, ntpd) keeps its clock: `adjtimex(2)` tells
without any right and without asking a daemon.
"""

import ctypes
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Final

from edge.messages.clock import ClockSource, ClockState

STATUS_PPS_TIME: Final = 0x0004
STATUS_UNSYNCHRONISED: Final = 0x0040
STATUS_PPS_SIGNAL: Final = 0x0100
UNSTATED_ERROR_S: Final = 0.01
"""Error of a synchronised clock whose keeper states none (timesyncd); usual for NTP over a WAN."""
LEAST_ERROR_S: Final = 1e-4
UNKNOWN_ERROR_S: Final = 16.0
"""What the kernel says of a clock that was never set (NTP_PHASE_LIMIT)."""
ERROR_GROWTH: Final = 500e-6
"""By so much a second the kernel lets its maximum error grow (MAXFREQ). Keepers who state no
error set it to zero when they set the clock, so that it tells when that was."""
_MICROSECOND: Final = 1e-6


class _Timex(ctypes.Structure):
    """`struct timex` of 64-bit Linux, as far as it is read."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("frequency", ctypes.c_long),
        ("maximum_error_us", ctypes.c_long),
        ("estimated_error_us", ctypes.c_long),
        ("status", ctypes.c_int),
        ("rest", ctypes.c_byte * 164),
    )


@cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None)


def read_kernel_clock() -> ClockState:
    """Return what the kernel says of its clock at this moment."""
    timex = _Timex()
    if _libc().adjtimex(ctypes.byref(timex)) < 0:
        return ClockState(source=ClockSource.FREE_RUN, error_s=UNKNOWN_ERROR_S)
    return clock_state(timex.status, timex.estimated_error_us, timex.maximum_error_us)


def clock_state(status: int, estimated_error_us: int, maximum_error_us: int) -> ClockState:
    """Return a clock state in our terms.

    Args:
        status: Status bits of `struct timex`.
        estimated_error_us: Its `esterror`, microseconds; 0 where nobody states one.
        maximum_error_us: Its `maxerror`, microseconds; grows while nobody sets the clock.
    """
    if status & STATUS_UNSYNCHRONISED:
        error_s = max(maximum_error_us * _MICROSECOND, UNSTATED_ERROR_S)
        return ClockState(source=ClockSource.FREE_RUN, error_s=error_s)
    stated_s = estimated_error_us * _MICROSECOND
    error_s = max(stated_s, LEAST_ERROR_S) if stated_s > 0 else UNSTATED_ERROR_S
    age_s = None if stated_s > 0 else maximum_error_us * _MICROSECOND / ERROR_GROWTH
    by_pulse = STATUS_PPS_TIME | STATUS_PPS_SIGNAL
    source = ClockSource.GNSS_PPS if status & by_pulse == by_pulse else ClockSource.NTP
    return ClockState(source=source, error_s=error_s, age_s=age_s)


def read_steady_ns() -> int:
    """Return the host's own oscillator, which nobody sets and nobody slews.

    `CLOCK_MONOTONIC` is slewed with the wall clock, so that a sensor would seem to run faster
    or slower while the wall clock is being put right.
    """
    return time.clock_gettime_ns(time.CLOCK_MONOTONIC_RAW)


@dataclass(frozen=True, slots=True)
class HostClock:
    """What a live source needs of its host; tests put a simulated one in its place."""

    wall_ns: Callable[[], int] = time.time_ns
    """Nanoseconds since 1970 UTC; may be set at any moment."""
    monotonic_ns: Callable[[], int] = time.monotonic_ns
    """Nanoseconds from an origin of its own; never set."""
    sleep: Callable[[float], None] = time.sleep
    """Waits for so many seconds."""
    state: Callable[[], ClockState] = read_kernel_clock
    """How good the wall clock is."""
    steady_ns: Callable[[], int] = read_steady_ns
    """Nanoseconds from an origin of its own; neither set nor slewed."""


HOST = HostClock()
