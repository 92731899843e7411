"""The live picture of the network: the newest of every message, kept for those who watch.

Order of use: make one `Board`, give it every message that comes in (`on_state`, `on_trigger`,
`on_health`, `on_event`) and the time now and then (`advance`). A watcher takes `picture()` whole,
then waits for changes and takes `picture(since)` again and again.

What changed is found by number, not kept in a queue for each watcher: a slow browser skips
the states between and costs no memory. All calls belong to one event loop.
"""

import asyncio
import secrets
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from pydantic import BaseModel, ConfigDict, Field

from cloud.board.alarm import FleetAlarm
from cloud.board.condition import Facts, judge, look_again_ns
from cloud.board.detail import StationDetail
from cloud.board.limits import ConditionConfig
from cloud.board.memory import Learnt, Memory
from cloud.board.picture import (
    NANOSECONDS_PER_MINUTE,
    Condition,
    HealthPoint,
    MinuteCount,
    Mode,
    Picture,
    StationView,
    latest_point,
)
from cloud.board.recent import Recent
from cloud.board.trouble import Fault
from cloud.board.twin import twin_of
from cloud.board.upkeep import Upkeep
from cloud.board.wanted import Wanted
from edge.messages import Event, Health, State, Trigger
from edge.noise.peterson import nhnm_db, nlnm_db

_JUDGE_EVERY_NS = 500_000_000
"""Time is looked at every half second of our clock at most, however many watchers ask."""


class BoardConfig(BaseModel):
    """How much the board keeps, and what it says of itself."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    mode: Mode = Field(default=Mode.LIVE, title="Mode", description="Said in the page's banner")
    note: str | None = Field(
        default=None, title="Note", description="What is replayed or exercised, one line"
    )
    speed: float = Field(
        default=1.0,
        gt=0,
        title="Speed",
        description="Seconds of the data clock in a second of ours",
    )
    stations: int = Field(
        default=5_000, gt=0, title="Stations", description="Stations kept at most"
    )
    triggers: int = Field(default=200, gt=0, title="Triggers", description="Triggers kept at most")
    events: int = Field(default=100, gt=0, title="Events", description="Events kept at most")
    alarms: int = Field(
        default=100, gt=0, title="Alarms", description="Alarms on stations kept at most"
    )
    history: int = Field(
        default=180, gt=0, title="History", description="Health reports kept of each station"
    )
    minutes: int = Field(
        default=60, gt=0, title="Minutes", description="Minutes of the activity chart"
    )
    condition: ConditionConfig = Field(
        default=ConditionConfig(), title="Condition", description="Where well ends"
    )


@dataclass(slots=True)
class _Station:
    """All that is known of one station."""

    id: str
    heard_ns: int
    state: State | None = None
    health: Health | None = None
    trigger: Trigger | None = None
    trigger_heard_ns: int | None = None
    latitude: float | None = None
    longitude: float | None = None
    condition: Condition = Condition.QUIET
    faults: tuple[Fault, ...] = ()
    memory: Memory = field(default_factory=Memory)
    doubts: tuple[str, ...] = ()
    upkeep: Upkeep = field(default_factory=Upkeep)
    look_again_ns: int | None = None
    """When time alone may change the condition."""
    history: deque[HealthPoint] = field(default_factory=deque)

    def view(self) -> StationView:
        """Return what the screen is told."""
        twin = self.upkeep.twin
        if twin is not None and self.condition is Condition.OFFLINE:
            twin = twin.silenced()
        return StationView(
            id=self.id,
            condition=self.condition,
            reasons=tuple(fault.text for fault in self.faults),
            latitude=self.latitude,
            longitude=self.longitude,
            state=self.state,
            health=self.health,
            last_trigger=self.trigger.id if self.trigger is not None else None,
            heard=self.heard_ns,
            twin=twin,
            certificate_until=self.upkeep.certificate_ns,
        )


class Board:
    """The newest of every message, and who changed when.

    Args:
        config: Limits and labels.
    """

    def __init__(self, config: BoardConfig | None = None) -> None:
        self.config = config or BoardConfig()
        self.instance = secrets.token_hex(4)
        self.closed = False
        self._sequence = 0
        self._now_ns = 0
        self._judged_ns = 0
        self._stations: Recent[_Station] = Recent(self.config.stations)
        self._triggers: Recent[Trigger] = Recent(self.config.triggers)
        self._events: Recent[Event] = Recent(self.config.events)
        self._alarms: Recent[FleetAlarm] = Recent(self.config.alarms)
        self._wanted = Wanted()
        self._minutes: dict[int, int] = {}
        self._activity_sequence = 0
        self._changed = asyncio.Event()

    @property
    def sequence(self) -> int:
        """Number of the last change."""
        return self._sequence

    @property
    def wanted(self) -> Wanted:
        """What stations are to run."""
        return self._wanted

    def on_state(self, state: State, now_ns: int) -> None:
        """Take a birth certificate or a last will."""
        station = self._heard(f"{state.network}.{state.station}", now_ns)
        known = station.state
        if not state.online and known is not None and state.latitude is None:
            # A last will is written before the station knows itself: keep what it said in life.
            state = known.model_copy(update={"online": False, "since": state.since})
        station.state = state
        station.memory.on_state(state)
        if state.latitude is not None and state.longitude is not None:
            station.latitude, station.longitude = state.latitude, state.longitude
        twin = twin_of(station.id, state, self._wanted)
        station.upkeep = replace(station.upkeep, twin=twin)
        self._touch(station)

    def on_health(self, health: Health, now_ns: int) -> None:
        """Take a health report; one older than the last is ignored."""
        station = self._heard(f"{health.network}.{health.station}", now_ns)
        station.memory.on_health(health, now_ns)
        if station.health is not None and health.time < station.health.time:
            return
        station.health = health
        station.history.append(latest_point(health))
        self._touch(station)

    def on_trigger(self, trigger: Trigger, now_ns: int) -> None:
        """Take a revision of a trigger; one not higher than the last is ignored."""
        held = self._triggers.get(trigger.id)
        if held is not None and trigger.revision <= held.revision:
            return
        self._now_ns = max(self._now_ns, now_ns)
        if held is None:
            self._count(trigger)
        self._triggers.put(trigger.id, trigger, self._next())
        station = self._heard(f"{trigger.network}.{trigger.station}", now_ns)
        station.memory.on_trigger(trigger, now_ns)
        if station.trigger is None or trigger.onset >= station.trigger.onset:
            station.trigger, station.trigger_heard_ns = trigger, now_ns
        if station.latitude is None:
            station.latitude, station.longitude = trigger.latitude, trigger.longitude
        self._touch(station)

    def on_event(self, event: Event, now_ns: int) -> None:
        """Take a revision of an event; one not higher than the last is ignored."""
        self._now_ns = max(self._now_ns, now_ns)
        held = self._events.get(event.id)
        if held is not None and event.revision <= held.revision:
            return
        self._events.put(event.id, event, self._next())
        self._wake()

    def on_doubts(self, name: str, doubts: tuple[str, ...], now_ns: int) -> None:
        """Take why a station, NETWORK.STATION, is not believed; nothing where it is again."""
        station = self._heard(name, now_ns)
        station.doubts = doubts
        self._touch(station)

    def on_alarm(self, alarm: FleetAlarm) -> None:
        """Take an alarm on stations; a revision not higher than the last is ignored."""
        held = self._alarms.get(alarm.id)
        if held is None or alarm.revision > held.revision:
            self._alarms.put(alarm.id, alarm, self._next())
            self._wake()

    def learn(self, name: str, learnt: Learnt) -> None:
        """Take what the history says of a station, NETWORK.STATION; an unknown one is ignored."""
        station = self._stations.get(name)
        if station is not None and learnt != station.memory.learnt:
            station.memory.learnt = learnt
            self._touch(station)

    def settle(self, name: str) -> None:
        """Take it that a station stands where it says."""
        station = self._stations.get(name)
        if station is not None:
            station.memory.settle()
            self._touch(station)

    def want(self, wanted: Wanted) -> None:
        """Take what stations are to run."""
        if wanted is self._wanted:
            return
        self._wanted = wanted
        for station in self._stations:
            twin = twin_of(station.id, station.state, wanted)
            if twin != station.upkeep.twin:
                station.upkeep = replace(station.upkeep, twin=twin)
                self._touch(station)

    def certify(self, ends_ns: Mapping[str, int]) -> None:
        """Take when certificates end, by NETWORK.STATION."""
        for station in self._stations:
            end_ns = ends_ns.get(station.id)
            if end_ns != station.upkeep.certificate_ns:
                station.upkeep = replace(station.upkeep, certificate_ns=end_ns)
                self._touch(station)

    def faults(self) -> Iterator[tuple[str, tuple[Fault, ...]]]:
        """Yield each station, NETWORK.STATION, with what is wrong with it."""
        for station in self._stations:
            yield station.id, station.faults

    def advance(self, now_ns: int) -> None:
        """Let time pass: a silent station goes offline, a trigger ends."""
        self._now_ns = max(self._now_ns, now_ns)
        if 0 <= now_ns - self._judged_ns < _JUDGE_EVERY_NS * self.config.speed:
            return
        self._judged_ns = now_ns
        for station in self._stations:
            if station.look_again_ns is None or station.look_again_ns > self._now_ns:
                continue
            before = station.condition, station.faults
            if self._judge(station) != before:
                self._touch(station)

    def picture(self, since: int | None = None, now_ns: int | None = None) -> Picture:
        """Return the whole picture, or what changed after the number `since`.

        Args:
            since: The `sequence` of the last picture seen; None or an unknown one: everything.
            now_ns: The data clock; None: the time of the last message.
        """
        full = since is None or not 0 <= since <= self._sequence
        after = -1 if since is None or full else since
        return Picture(
            full=full,
            instance=self.instance,
            sequence=self._sequence,
            now=self._now_ns if now_ns is None else now_ns,
            speed=self.config.speed,
            mode=self.config.mode,
            note=self.config.note,
            stations=tuple(station.view() for station in self._stations.after(after)),
            triggers=self._triggers.after(after),
            events=self._events.after(after),
            alarms=self._alarms.after(after),
            activity=self._activity() if self._activity_sequence > after else (),
        )

    def history(self, station: str) -> tuple[HealthPoint, ...] | None:
        """Return a station's health reports, oldest first; None if it is unknown."""
        known = self._stations.get(station)
        return tuple(known.history) if known is not None else None

    def station(self, name: str) -> StationDetail | None:
        """Return a station, NETWORK.STATION, close up; None if it is unknown."""
        known = self._stations.get(name)
        if known is None:
            return None
        spectrum = known.health.spectrum if known.health is not None else None
        bands_hz = spectrum.bands_hz if spectrum is not None else ()
        return StationDetail(
            **dict(known.view()),
            nlnm_db=tuple(nlnm_db(one) if one > 0 else None for one in bands_hz),
            nhnm_db=tuple(nhnm_db(one) if one > 0 else None for one in bands_hz),
            reports=known.memory.reports.percentiles(),
            trigger_messages=known.memory.triggers.percentiles(),
            normal_noise_m_s2=known.memory.learnt.noise_m_s2,
            disk_full_days=known.memory.learnt.disk_full_days,
        )

    def view(self, name: str) -> StationView | None:
        """Return a station, NETWORK.STATION, as the screen is told; None if it is unknown."""
        known = self._stations.get(name)
        return known.view() if known is not None else None

    async def wait(self, since: int) -> None:
        """Return as soon as there is something newer than `since`, or the board is closed."""
        while self._sequence <= since and not self.closed:
            await self._changed.wait()

    def close(self) -> None:
        """End all streams; call it before the web server is told to stop."""
        self.closed = True
        self._wake()

    def _heard(self, name: str, now_ns: int) -> _Station:
        self._now_ns = max(self._now_ns, now_ns)
        station = self._stations.get(name)
        if station is None:
            station = _Station(name, now_ns, history=deque(maxlen=self.config.history))
        station.heard_ns = max(station.heard_ns, now_ns)
        return station

    def _touch(self, station: _Station) -> None:
        station.condition, station.faults = self._judge(station)
        self._stations.put(station.id, station, self._next())
        self._wake()

    def _judge(self, station: _Station) -> tuple[Condition, tuple[Fault, ...]]:
        facts = Facts(
            state=station.state,
            health=station.health,
            trigger=station.trigger,
            trigger_heard_ns=station.trigger_heard_ns,
            heard_ns=station.heard_ns,
            doubts=station.doubts,
            seen=station.memory.seen(self._now_ns),
            upkeep=station.upkeep,
        )
        looked = self._now_ns, self.config.speed, self.config.condition
        station.look_again_ns = look_again_ns(facts, *looked)
        return judge(facts, *looked)

    def _count(self, trigger: Trigger) -> None:
        minute = trigger.onset // NANOSECONDS_PER_MINUTE
        newest = self._now_ns // NANOSECONDS_PER_MINUTE
        if not newest - self.config.minutes < minute <= newest + 1:
            return
        self._minutes[minute] = self._minutes.get(minute, 0) + 1
        for old in [key for key in self._minutes if key <= newest - self.config.minutes]:
            del self._minutes[old]
        self._activity_sequence = self._sequence + 1

    def _activity(self) -> tuple[MinuteCount, ...]:
        return tuple(
            MinuteCount(minute=minute * NANOSECONDS_PER_MINUTE, triggers=count)
            for minute, count in sorted(self._minutes.items())
        )

    def _next(self) -> int:
        self._sequence += 1
        return self._sequence

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()
