"""The centre without its wires: stations' messages in; board, database and outbox kept up to date.

All methods belong to one event loop; disks are written in threads beside it, in order.
"""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

import structlog

from cloud.aggregator import Aggregator
from cloud.board import Board
from cloud.continuity import Continuity
from cloud.guard import Guard, GuardConfig, Verdict
from cloud.holdings import Holdings
from cloud.station_messages import StationMessage
from cloud.waveforms import WaveformMessage
from edge.dataclock import DataClock
from edge.messages import Event, Health, State, Trigger
from edge.messages.command import Reply
from edge.messages.topics import event_topic
from edge.timestamps import NANOSECONDS_PER_SECOND, seconds_to_ns

_log = structlog.get_logger(__name__)
_T = TypeVar("_T")

_RECALLED_S = 1_200.0
"""Triggers of so many seconds are fed again after a restart: as long as an event can change."""
_EVENT_LIFE_NS = seconds_to_ns(7 * 86_400)
"""A version 5 broker forgets a retained event after a week."""
_SHOWN_EVENTS = 100


class Centre:
    """What happens with each message.

    Args:
        aggregator: Fresh.
        board: The live picture.
        holdings: Database, recordings, and the events that wait for the broker.
        clock: The data's clock.
        notify: Called after events were put into the outbox.
        guard: Where belief in stations ends.

    Attributes:
        listeners: Called with each event revision that goes out.
        health_listeners: Called with each health report and the data clock.
        answer_listeners: Called with what stations answer to commands.
        remade_listeners: Called after a restart with each event that the aggregator makes again.
        guard: Which stations are believed.
    """

    def __init__(
        self,
        aggregator: Aggregator,
        board: Board,
        holdings: Holdings,
        clock: DataClock,
        notify: Callable[[], None] = lambda: None,
        guard: GuardConfig | None = None,
    ) -> None:
        self.listeners: list[Callable[[Event], None]] = []
        self.health_listeners: list[Callable[[Health, int], None]] = []
        self.answer_listeners: list[Callable[[Reply | WaveformMessage], None]] = []
        self.remade_listeners: list[Callable[[Event], None]] = []
        self._aggregator = aggregator
        self._board = board
        self._store = holdings.store
        self._keeper = holdings.keeper
        self._waveforms = holdings.waveforms
        self._outbox = holdings.outbox
        self._clock = clock
        self._notify = notify
        self._places: dict[tuple[str, str], State] = {}
        self._online: dict[tuple[str, str], bool] = {}
        self.guard = Guard(guard or GuardConfig(), self._on_doubts)
        self._continuity = Continuity()
        self._to_publish: dict[str, Event] = {}
        self._publishing: asyncio.Task[None] | None = None
        self._disk = ThreadPoolExecutor(1, thread_name_prefix="outbox")

    async def restore(self) -> None:
        """Go on where an earlier run of the centre ended."""
        now_ns = self._clock.now_ns()
        await self._keeper.drain()
        states = await self._on_disk(self._store.states)
        health = await self._on_disk(self._store.health)
        since_ns = now_ns - seconds_to_ns(_RECALLED_S)
        triggers = await self._on_disk(partial(self._store.triggers_since, since_ns))
        events = await self._on_disk(partial(self._store.latest_events, _SHOWN_EVENTS))
        for state, at_ns in states:
            self.guard.admits(state, at_ns)
            self._register(state)
            self._board.on_state(state, at_ns)
        for report, at_ns in health:
            self._board.on_health(report, at_ns)
        for event in events:
            self._board.on_event(event, event.published)
        self._continuity = Continuity(events)
        last_ns = since_ns
        for trigger, at_ns in triggers:
            self._let_pass(last_ns, at_ns)
            last_ns = at_ns
            self._board.on_trigger(trigger, at_ns)
            if self.guard.admits(trigger, at_ns) is not Verdict.USED:
                continue
            self._recall(self._aggregator.on_trigger(trigger, at_ns))
        self._let_pass(last_ns, now_ns)
        await self._repeat_last(events, now_ns)
        await self._publish(self._continuity.recalled())
        _log.info("restored", stations=len(states), triggers=len(triggers), events=len(events))

    async def _repeat_last(self, events: Sequence[Event], now_ns: int) -> None:
        """Publish the newest revision once more, while somebody may still want it.

        It is in the database, and the centre may have ended before it was on its way. All others
        are: one is published after the other.
        """
        last = max(events, key=lambda event: event.published, default=None)
        if last is not None and now_ns - last.published <= seconds_to_ns(_RECALLED_S):
            await self._on_disk(partial(self._queue, last))
            self._notify()

    async def on_message(self, message: StationMessage) -> None:
        """Take one message of a station; after the next `settle` it is dealt with."""
        now_ns = self._clock.now_ns()
        if isinstance(message, WaveformMessage | Reply):
            if isinstance(message, WaveformMessage):
                await asyncio.to_thread(self._waveforms.keep, message)
            for answered in self.answer_listeners:
                answered(message)
            return
        verdict = self.guard.admits(message, now_ns)
        if verdict is Verdict.DROPPED:
            return
        match message:
            case State():
                self._register(message)
                self._board.on_state(message, now_ns)
                self._keeper.take(message, now_ns)
            case Health():
                self._board.on_health(message, now_ns)
                for listener in self.health_listeners:
                    listener(message, now_ns)
                self._keeper.take(message, now_ns)
            case Trigger():
                self._board.on_trigger(message, now_ns)
                self._keeper.take(message, now_ns)
                if verdict is Verdict.USED:
                    self._made(self._aggregator.on_trigger(message, now_ns))

    async def settle(self) -> None:
        """Return when what was taken is safe: it may be acknowledged."""
        if self._publishing is not None:
            await asyncio.shield(self._publishing)
        await self._keeper.settle()

    async def tick(self) -> None:
        """Let time pass; call it every second."""
        now_ns = self._clock.now_ns()
        self.guard.tick(now_ns)
        self._board.advance(now_ns)
        await self.carry_on(self._aggregator.advance(now_ns))
        await self._keeper.flush()

    def open_events(self) -> list[Event]:
        """Return the events that were published and may still change."""
        return self._continuity.open_events()

    def made_as(self, event_id: str) -> str:
        """Return the id under which the aggregator knows a published event."""
        return self._continuity.made_as(event_id)

    def state_of(self, station: str) -> State | None:
        """Return what a station, NETWORK.STATION, says of itself."""
        network, _, name = station.partition(".")
        return self._places.get((network, name))

    def close(self) -> None:
        """Wait until every event is in the outbox."""
        self._disk.shutdown()

    def _register(self, state: State) -> None:
        """Make a station known; the last will of one says nothing of its place."""
        key = (state.network, state.station)
        if state.latitude is not None:
            self._places[key] = state
        self._online[key] = state.online
        self._enlist(key)

    def _enlist(self, key: tuple[str, str]) -> None:
        """Tell the aggregator of a station; the silence of one in doubt means nothing."""
        place = self._places.get(key)
        if place is None or place.latitude is None or place.longitude is None:
            return
        self._aggregator.register(
            place.network,
            place.station,
            place.latitude,
            place.longitude,
            place.elevation_m or 0.0,
            online=self._online[key] and self.guard.believes(*key),
        )

    def _on_doubts(self, network: str, station: str, doubts: tuple[str, ...]) -> None:
        self._board.on_doubts(f"{network}.{station}", doubts, self._clock.now_ns())
        self._enlist((network, station))

    def _let_pass(self, from_ns: int, until_ns: int) -> None:
        """Advance second by second, as a running centre does."""
        for time_ns in range(from_ns, until_ns, NANOSECONDS_PER_SECOND):
            self._recall(self._aggregator.advance(time_ns))

    def _recall(self, remade: list[Event]) -> None:
        for event in remade:
            self._continuity.recall(event)
            for listener in self.remade_listeners:
                listener(event)

    async def carry_on(self, made: list[Event]) -> None:
        """Publish events that the aggregator made, as revisions of what was published."""
        self._made(made)
        if self._publishing is not None:
            await asyncio.shield(self._publishing)

    def _made(self, made: list[Event]) -> None:
        """Let events be published beside what goes on.

        Of an event that changes faster than disks can write the newest revision alone goes out: a
        large earthquake changes with every station, and triggers must not wait for its revisions.
        """
        for event in made:
            onward = self._continuity.carry_on(event)
            if onward is not None:
                self._to_publish.pop(onward.id, None)
                self._to_publish[onward.id] = onward
        if self._to_publish and (self._publishing is None or self._publishing.done()):
            self._publishing = asyncio.create_task(self._publish_all())

    async def _publish_all(self) -> None:
        while self._to_publish:
            event = self._to_publish.pop(next(iter(self._to_publish)))
            try:
                await self._publish([event])
            except Exception:  # noqa: BLE001 - an error of ours, told in full; others must go out
                _log.exception("event_failed", id=event.id, revision=event.revision)

    async def _publish(self, events: list[Event]) -> None:
        for event in events:
            self._board.on_event(event, self._clock.now_ns())
            _log.info(
                "event",
                id=event.id,
                revision=event.revision,
                status=event.status.value,
                magnitude=event.magnitude,
                stations=len(event.stations),
            )
            # First where a restart reads it: else the same revision could be made anew, and differ.
            await self._keeper.keep(event, event.published)
            await self._on_disk(partial(self._queue, event))
            self._notify()
            for listener in self.listeners:
                listener(event)

    def _queue(self, event: Event) -> None:
        expires_ns = self._clock.wall_ns() + _EVENT_LIFE_NS
        self._outbox.put(event_topic(event.id), event.to_wire(), retain=True, expires_ns=expires_ns)

    async def _on_disk(self, action: Callable[[], _T]) -> _T:
        return await asyncio.get_running_loop().run_in_executor(self._disk, action)
