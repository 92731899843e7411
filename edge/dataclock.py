"""The data's clock: the wall clock when live, a moving window into the past in a replay.

Several processes that replay one recording share three numbers, and so stay in step.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from edge.config import ReplaySection


@dataclass(frozen=True, slots=True)
class DataClock:
    """A straight line from wall time to data time.

    Attributes:
        data_start_ns: The data time that stands for `wall_start_ns`.
        wall_start_ns: Wall time, nanoseconds since 1970 UTC.
        speed: Seconds of data in a second of ours.
        wall_ns: The wall clock; injected by tests.
    """

    data_start_ns: int = 0
    wall_start_ns: int = 0
    speed: float = 1.0
    wall_ns: Callable[[], int] = field(default=time.time_ns, compare=False)

    def now_ns(self) -> int:
        """Return the data time of this moment."""
        if self.speed == 1.0:
            return self.wall_ns() - self.wall_start_ns + self.data_start_ns
        return self.data_start_ns + round((self.wall_ns() - self.wall_start_ns) * self.speed)

    def seconds_until(self, data_ns: int) -> float:
        """Return our seconds until a data time; negative when it is past."""
        ahead_ns = (data_ns - self.data_start_ns) / self.speed
        return (ahead_ns - (self.wall_ns() - self.wall_start_ns)) / 1e9


LIVE = DataClock()


def data_clock(
    replay: ReplaySection | None, first_arrival_ns: Callable[[], int], live: DataClock = LIVE
) -> DataClock:
    """Return the clock that the `[replay]` section asks for; without one, the wall clock.

    Args:
        replay: The section, or None.
        first_arrival_ns: Gives the data time to begin with where the section does not.
        live: The wall clock.
    """
    if replay is None:
        return live
    data_start_ns = replay.data_start if replay.data_start is not None else first_arrival_ns()
    wall_start_ns = replay.wall_start if replay.wall_start is not None else live.wall_ns()
    return DataClock(data_start_ns, wall_start_ns, replay.speed, live.wall_ns)
