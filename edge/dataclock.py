"""The data's clock: the wall clock when live, a moving window into the past in a replay.

Several processes that replay one recording share three numbers, and so stay in step. Where the
moment of the start is not known yet, the clock stands still until `begin`.
"""

import asyncio
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from edge.config import ReplaySection
from edge.errors import ConfigError
from edge.timestamps import format_time, parse_time

_LOOK_S = 0.05


@dataclass(slots=True)
class DataClock:
    """A straight line from wall time to data time.

    Attributes:
        data_start_ns: The data time that stands for `wall_start_ns`.
        wall_start_ns: Wall time, nanoseconds since 1970 UTC; None while the clock stands still.
        speed: Seconds of data in a second of ours.
        wall_ns: The wall clock; injected by tests.
    """

    data_start_ns: int = 0
    wall_start_ns: int | None = 0
    speed: float = 1.0
    wall_ns: Callable[[], int] = field(default=time.time_ns, compare=False)

    def begin(self, wall_start_ns: int) -> None:
        """Let the clock run from a wall time on."""
        self.wall_start_ns = wall_start_ns

    def now_ns(self) -> int:
        """Return the data time of this moment."""
        if self.wall_start_ns is None:
            return self.data_start_ns
        passed_ns = self.wall_ns() - self.wall_start_ns
        return self.data_start_ns + (
            passed_ns if self.speed == 1.0 else round(passed_ns * self.speed)
        )

    def seconds_until(self, data_ns: int) -> float:
        """Return our seconds until a data time; negative when it is past."""
        if self.wall_start_ns is None:
            return math.inf
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
    wall_start_ns = replay.wall_start
    if wall_start_ns is None and replay.start_file is None:
        wall_start_ns = live.wall_ns()
    return DataClock(data_start_ns, wall_start_ns, replay.speed, live.wall_ns)


def write_start(file: Path, wall_start_ns: int) -> None:
    """Tell all who wait for a start file when the replay begins."""
    partial = file.with_name(file.name + ".part")
    partial.write_text(format_time(wall_start_ns), encoding="ascii")
    partial.replace(file)


async def begin_when_told(clock: DataClock, file: Path | None) -> None:
    """Wait for a start file, where there is to be one, and let the clock begin; never returns.

    Raises:
        ConfigError: The file holds no time.
    """
    while file is not None and clock.wall_start_ns is None:
        if await asyncio.to_thread(file.is_file):
            text = await asyncio.to_thread(file.read_text, encoding="utf-8")
            try:
                clock.begin(parse_time(text.strip()))
            except ValueError as error:
                raise ConfigError(file, [f"replay.start_file: {error}"]) from error
        await asyncio.sleep(_LOOK_S)
    await asyncio.Event().wait()
