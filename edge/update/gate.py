"""When an update may be looked for at all.

Everything signed runs out, and by a wrong clock it does not: a board without a battery wakes up in
the past, where old signatures hold. So nothing is looked for unless somebody keeps the clock, and
it is later than the kit itself and than any time that was ever believed.
"""

from collections.abc import Callable
from typing import Final

from edge.clock.keeper import EARLIEST_NS
from edge.errors import UpdateError
from edge.messages.clock import ClockSource
from edge.sources.hostclock import read_kernel_clock
from edge.timestamps import NANOSECONDS_PER_SECOND, format_time

_DAY_S: Final = 86_400
_HOUR_S: Final = 3600


def is_kept_by_kernel() -> bool:
    """Return whether the kernel says that somebody keeps its clock."""
    return read_kernel_clock().source is not ClockSource.FREE_RUN


def check_clock(now_ns: int, newest_ns: int, is_kept: Callable[[], bool] | None) -> None:
    """Do nothing where the clock can be believed.

    Args:
        now_ns: The wall clock, nanoseconds since 1970 UTC.
        newest_ns: The newest time that was ever believed.
        is_kept: Says whether somebody keeps the clock; None: nobody is asked.

    Raises:
        UpdateError: It cannot.
    """
    if now_ns < EARLIEST_NS:
        reason = f"it is {format_time(now_ns)}, before this software was made; set the clock"
        raise UpdateError("clock", reason)
    if now_ns < newest_ns:
        reason = f"it is {format_time(now_ns)}, and was {format_time(newest_ns)}; set the clock"
        raise UpdateError("clock", reason)
    if is_kept is not None and not is_kept():
        reason = "nobody keeps the host's clock; install chrony, or see `edge-agent doctor`"
        raise UpdateError("clock", reason)


def is_open(window_utc: tuple[int, int] | None, now_ns: int) -> bool:
    """Return whether a window of hours is open; 22 to 4 goes over midnight."""
    if window_utc is None:
        return True
    begin, end = window_utc
    hour = now_ns // NANOSECONDS_PER_SECOND % _DAY_S // _HOUR_S
    if begin <= end:
        return begin <= hour < end
    return hour >= begin or hour < end
