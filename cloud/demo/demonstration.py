"""A demonstration as it runs: agents and centre at work, watched until one event has settled."""

import asyncio
import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cloud.board.picture import Condition
from cloud.demo.agents import Agents
from cloud.errors import NoEventError
from cloud.service import Service
from edge.concurrency import until_first
from edge.config import StationConfig
from edge.dataclock import write_start
from edge.messages import Event, EventMethod, EventStatus
from edge.timestamps import ns_to_seconds

_ONLINE_LIMIT_S = 180.0
_LOOK_S = 0.2
_SETTLED_S = 10.0
"""Data seconds without a revision after which a declared event counts as settled."""
_SETTLED_WALL_S = 3.0
"""Our seconds that must pass too, in a fast replay."""
_AFTER_THE_END_S = 15.0
"""Seconds that remain for an event after the last agent ended."""
_LOCATED = (EventStatus.DECLARED, EventStatus.FINAL)


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be shown, and until when."""

    start_file: Path
    """The file that all processes wait for before the data begin."""
    what: str
    """In a few words."""
    quake_after_s: float | None
    """Seconds from the start of the data to the earthquake, where that is known."""
    one_event: bool
    """End after one located event."""
    timeout_s: float | None
    """Seconds from the start of the data within which it must come; None: until the data end."""


@dataclass(frozen=True, slots=True)
class _Heard:
    """An event's newest revision, and when it came on both clocks."""

    event: Event
    data_ns: int
    wall_s: float


class Demonstration:
    """Runs it.

    Args:
        plan: What is to be shown.
        configs: The stations.
        service: The centre.
        say: Tells the person at the terminal.
    """

    def __init__(
        self,
        plan: Plan,
        configs: list[StationConfig],
        service: Service,
        say: Callable[[str], None],
    ) -> None:
        self._plan = plan
        self._stations = len(configs)
        self._clock = service.clock
        self._service = service
        self._agents = Agents(configs)
        self._say = say
        self._found: Event | None = None
        self._complained: set[str] = set()
        self._events: dict[str, _Heard] = {}
        service.centre.listeners.append(self._on_event)

    async def run(self, stop: asyncio.Event) -> Event | None:
        """Show until stopped, or until one event has settled; then end everything.

        Returns:
            The event; None where there was no need for one, or it was stopped before.

        Raises:
            NoEventError: There was to be one event, and none came.
        """
        farewell = asyncio.Event()
        centre = asyncio.create_task(self._service.run(farewell))
        try:
            self._say(f"[2/4] centre started, page at {self._service.address}")
            await until_first(_shielded(centre), stop.wait(), self._show())
        finally:
            await self._agents.stop()
            farewell.set()
            await centre
        return self._found

    async def _show(self) -> None:
        await self._agents.start()
        await self._wait_online()
        self._say(f"[4/4] {self._plan.what}")
        await asyncio.to_thread(write_start, self._plan.start_file, self._clock.wall_ns())
        if self._plan.quake_after_s is not None:
            self._say(f"      an earthquake in {self._plan.quake_after_s:.0f} s")
        if not self._plan.one_event:
            self._say(f"      watch {self._service.address} - Ctrl-C ends it")
            await self._agents.wait()
            self._complain()
            self._say("      the data are over; the page stays until Ctrl-C")
            await asyncio.Event().wait()
        await self._wait_for_event()

    async def _wait_online(self) -> None:
        """Wait for the stations, and say how many are there."""
        said = -1
        give_up_s = time.monotonic() + _ONLINE_LIMIT_S
        while said < self._stations and time.monotonic() < give_up_s:
            stations = self._service.board.picture().stations
            online = sum(one.condition is not Condition.OFFLINE for one in stations)
            if online != said:
                said = online
                self._say(f"[3/4] {online} of {self._stations} stations online")
            self._complain()
            await asyncio.sleep(_LOOK_S)

    async def _wait_for_event(self) -> None:
        limit_s = self._plan.timeout_s
        try:
            async with asyncio.timeout(limit_s):
                await until_first(self._until_settled(), self._until_data_end())
        except TimeoutError:
            raise self._no_event(f"none was declared within {limit_s:.0f} s") from None
        if self._found is None:
            raise self._no_event("the data are over and none was declared")

    async def _until_settled(self) -> None:
        """Wait for the event; it stays found, whatever revision still comes while all ends."""
        while self._found is None:
            self._complain()
            await asyncio.sleep(_LOOK_S)
            self._found = self._found or self._settled()

    async def _until_data_end(self) -> None:
        await self._agents.wait()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_AFTER_THE_END_S):
                await self._until_settled()

    def _settled(self) -> Event | None:
        """Return the first event that is located and no longer changes."""
        for heard in self._events.values():
            if heard.event.status not in _LOCATED:
                continue
            quiet_s = ns_to_seconds(self._clock.now_ns() - heard.data_ns)
            waited_s = time.monotonic() - heard.wall_s
            is_quiet = quiet_s >= _SETTLED_S or heard.event.status is EventStatus.FINAL
            if is_quiet and waited_s >= _SETTLED_WALL_S:
                return heard.event
        return None

    def _on_event(self, event: Event) -> None:
        self._events[event.id] = _Heard(event, self._clock.now_ns(), time.monotonic())
        magnitude = "M ?" if event.magnitude is None else f"M {event.magnitude:.1f}"
        self._say(
            f"      {event.status} event, revision {event.revision}: {magnitude}, "
            f"{len(event.stations)} stations"
            + (", from waveforms" if event.method is EventMethod.WAVEFORMS else "")
        )

    def _complain(self) -> None:
        for failure in self._agents.failures():
            if failure not in self._complained:
                self._complained.add(failure)
                self._say(f"      station {failure}")

    def _no_event(self, reason: str) -> NoEventError:
        seen = [
            f"  {heard.event.id}: {heard.event.status}, {len(heard.event.stations)} stations"
            for heard in self._events.values()
        ]
        return NoEventError(reason, [*seen, *sorted(self._complained)])


async def _shielded(task: asyncio.Task[None]) -> None:
    await asyncio.shield(task)
