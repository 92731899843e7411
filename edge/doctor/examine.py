"""All that `edge-agent doctor` looks at, in the order in which a person would mend it."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

from edge.check import check_station
from edge.clock.config import ClockSection
from edge.clock.keeper import ClockKeeper
from edge.config import StationConfig
from edge.doctor.listening import hear_source
from edge.doctor.machine import Tree, examine_board, examine_clock, examine_disk, examine_speed
from edge.errors import TremorError
from edge.finding import Finding
from edge.messages import ClockState

_KEEPERS_ANSWER_S = 2.0


def examine_station(config: StationConfig, listen_s: float) -> list[Finding]:
    """Return what was found: first the machine, then the sensor, then what `check` looks at.

    Args:
        config: The station file.
        listen_s: How long to listen to the sensor, seconds.
    """
    looks: dict[str, Callable[[], str]] = {
        "board": lambda: examine_board(Tree()),
        "clock": lambda: examine_clock(asyncio.run(_clock_state(config.clock))),
        "disk": lambda: examine_disk(config.state_dir),
        "speed": lambda: examine_speed(config),
        "sensor": lambda: hear_source(config.source.open(), listen_s),
    }
    found = [_finding(subject, look) for subject, look in looks.items()]
    return found + [one for one in check_station(config) if one.subject != "source"]


async def _clock_state(config: ClockSection) -> ClockState:
    """Give chrony and gpsd time to answer, then return what is known of the clock."""
    keeper = ClockKeeper(config)
    with suppress(TimeoutError):
        async with asyncio.timeout(_KEEPERS_ANSWER_S):
            await keeper.run()
    return keeper.state()


def _finding(subject: str, look: Callable[[], str]) -> Finding:
    try:
        return Finding(subject, ok=True, text=look())
    except TremorError as error:
        return Finding(subject, ok=False, text=str(error))
