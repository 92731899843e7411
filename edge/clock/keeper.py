"""How good the host's clock is, at any moment and at next to no cost.

`state()` is asked with every packet, in the data's thread: it looks at the kernel once a second
and adds what chrony and gpsd last said. `run()` asks those two, rarely, in the event loop. When
nobody keeps the clock any more, the last that was heard grows worse with time (holdover). A clock
that was never set is as wrong as it may be: it may stand where the last shutdown left it.
"""

import asyncio
from contextlib import suppress
from pathlib import Path
from typing import Final

import structlog

from edge.clock.chrony import ask_chrony
from edge.clock.config import ClockSection
from edge.clock.gpsd import watch_gpsd
from edge.clock.report import ClockReport
from edge.errors import PacketError
from edge.messages.clock import ClockSource, ClockState
from edge.sources.hostclock import HOST, HostClock
from edge.timestamps import ns_to_seconds, parse_time

_log = structlog.get_logger(__name__)

EARLIEST_NS: Final = parse_time("2026-01-01T00:00:00Z")
"""The kit is younger than this: an earlier clock is certainly wrong."""
UNSET_ERROR_S: Final = 86_400.0
"""Error of a clock that nobody has set since the start, and no clock with a battery either."""
BATTERY_ERROR_S: Final = 60.0
"""Error of a clock with a battery: 20 ppm over a month."""
STEP_S: Final = 0.3
"""A change of the wall clock by more than this was a setting."""
_LOOK_S: Final = 1.0
_FRESH_INTERVALS: Final = 3
_RTC: Final = Path("/sys/class/rtc/rtc0/hctosys")


class ClockKeeper:
    """Knows the state of a host's clock.

    Args:
        config: Whom to ask.
        host: The host's clock; its `state` is the kernel's word.
        rtc: File that says whether a clock with a battery set this one at the start.
    """

    def __init__(self, config: ClockSection, host: HostClock = HOST, rtc: Path = _RTC) -> None:
        self._config = config
        self._host = host
        self._rtc = rtc
        self._evidence: ClockReport | None = None
        self._heard_ns = 0
        self._state: ClockState | None = None
        self._looked_ns = 0
        self._offset_ns = host.wall_ns() - host.steady_ns()
        self._complained: set[str] = set()

    def clock(self) -> HostClock:
        """Return the host's clock with this keeper's word on how good it is."""
        host = self._host
        return HostClock(host.wall_ns, host.monotonic_ns, host.sleep, self.state, host.steady_ns)

    def state(self) -> ClockState:
        """Return how good the wall clock is now; may be called from any thread."""
        now_ns = self._host.steady_ns()
        if self._state is None or ns_to_seconds(now_ns - self._looked_ns) >= _LOOK_S:
            self._looked_ns = now_ns
            self._state = self._look(now_ns)
        return self._state

    def tell(self, report: ClockReport) -> None:
        """Take the word of chrony or gpsd."""
        self._heard_ns = self._host.steady_ns()
        self._evidence = report

    async def run(self) -> None:
        """Ask and listen for ever."""
        async with asyncio.TaskGroup() as tasks:
            if self._config.keeper in {"auto", "chrony"}:
                tasks.create_task(self._ask_for_ever())
            if self._config.keeper in {"auto", "gpsd"}:
                tasks.create_task(self._listen_for_ever())

    def _look(self, now_ns: int) -> ClockState:
        wall_ns = self._host.wall_ns()
        self._watch_steps(wall_ns - now_ns)
        kernel = self._host.state()
        elapsed_s = ns_to_seconds(now_ns - self._heard_ns)
        fresh_s = _FRESH_INTERVALS * self._config.interval_s
        spoken = self._evidence is not None and self._evidence.keeper != "kernel"
        is_fresh = spoken and elapsed_s <= fresh_s
        if kernel.source is not ClockSource.FREE_RUN and not is_fresh:
            self._evidence, self._heard_ns = _of_kernel(kernel), now_ns
            elapsed_s = 0.0
        if self._evidence is None:
            return self._unset(wall_ns)
        is_kept = is_fresh or kernel.source is not ClockSource.FREE_RUN
        return self._evidence.state(elapsed_s, self._config.holdover_ppm * 1e-6, is_kept=is_kept)

    def _watch_steps(self, offset_ns: int) -> None:
        """Forget what was said of a clock that has been set since."""
        if abs(ns_to_seconds(offset_ns - self._offset_ns)) > STEP_S:
            self._evidence = None
        self._offset_ns = offset_ns

    def _unset(self, wall_ns: int) -> ClockState:
        """Return the state of a clock that nobody vouches for."""
        by_battery = False
        with suppress(OSError):
            by_battery = self._rtc.read_text(encoding="ascii").strip() == "1"
        error_s = BATTERY_ERROR_S if by_battery else UNSET_ERROR_S
        too_early_s = ns_to_seconds(EARLIEST_NS - wall_ns)
        if too_early_s > 0:
            return ClockState(source=ClockSource.FREE_RUN, error_s=max(error_s, too_early_s))
        source = ClockSource.RTC if by_battery else ClockSource.FREE_RUN
        return ClockState(source=source, error_s=error_s)

    async def _ask_for_ever(self) -> None:
        config = self._config
        while True:
            now_s = ns_to_seconds(self._host.wall_ns())
            try:
                report = await ask_chrony(config.chronyc, config.chrony_socket, now_s)
            except PacketError as error:
                self._complain(error.place, error.reason)
            else:
                if report is not None:
                    self.tell(report)
            await asyncio.sleep(config.interval_s)

    async def _listen_for_ever(self) -> None:
        config = self._config
        while True:
            try:
                await watch_gpsd(config.gpsd_host, config.gpsd_port, self._host.wall_ns, self.tell)
            except PacketError as error:
                self._complain(error.place, error.reason)
            except OSError as error:
                if config.keeper == "gpsd":
                    self._complain("gpsd", f"{error}; does it run at gpsd_host and gpsd_port?")
            await asyncio.sleep(config.interval_s)

    def _complain(self, who: str, reason: str) -> None:
        """Say once what is wrong with somebody who is asked again and again."""
        if who not in self._complained:
            self._complained.add(who)
            _log.warning("clock_keeper_unclear", keeper=who, reason=reason)


def _of_kernel(state: ClockState) -> ClockReport:
    return ClockReport(
        keeper="kernel", source=state.source, error_s=state.error_s, age_s=state.age_s or 0.0
    )
