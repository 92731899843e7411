"""The fleet at work: history written and thinned, alarms begun and ended."""

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final, TypeVar

import structlog
from sqlalchemy.exc import SQLAlchemyError

from cloud.board import Board
from cloud.board.alarm import FleetAlarm
from cloud.board.memory import Learnt
from cloud.board.trouble import Trouble
from cloud.fleetview.config import FleetConfig
from cloud.fleetview.learning import learn
from cloud.fleetview.recorder import Recorder
from cloud.fleetview.retention import Janitor, RetentionConfig
from cloud.fleetview.upkeep import Faults, Upkeep
from cloud.fleetview.vitals import SUMMED
from cloud.fleetview.watch import Change, Watch
from cloud.store import Store
from cloud.store.alarms import AlarmLog
from cloud.store.history import HealthHistory
from edge.concurrency import until_first, wait_at_most
from edge.dataclock import DataClock
from edge.messages import Health
from edge.messages.topics import alarm_topic
from edge.outbox import Outbox
from edge.timestamps import seconds_to_ns

_log = structlog.get_logger(__name__)
_T = TypeVar("_T")

_LOOK_S: Final = 5.0
_SHOWN: Final = 50
_LEARN_EVERY_NS: Final = seconds_to_ns(3_600.0)
_ALARM_LIFE_NS: Final = seconds_to_ns(7 * 86_400.0)
"""A version 5 broker forgets a retained alarm after a week."""


class Fleet:
    """The centre's look at its stations; all methods belong to one event loop.

    Args:
        config: When to alarm.
        retention: How long what is kept.
        board: Says what is wrong with whom, and shows the alarms.
        store: The database.
        outbox: Where alarms wait for the broker.
        clock: The data's clock.
        notify: Called after alarms were put into the outbox.

    Attributes:
        listeners: Called with each alarm of which people are to be told.
        upkeep: Reads assignments, certificates and rollouts; None: a network without them.
    """

    def __init__(
        self,
        config: FleetConfig,
        retention: RetentionConfig,
        board: Board,
        store: Store,
        outbox: Outbox,
        clock: DataClock,
        notify: Callable[[], None] = lambda: None,
    ) -> None:
        self.upkeep: Upkeep | None = None
        self.listeners: list[Callable[[FleetAlarm], None]] = []
        self._config = config
        self._board = board
        self._outbox = outbox
        self._clock = clock
        self._notify = notify
        self._log = AlarmLog(store.engine)
        self._history = HealthHistory(store.engine, SUMMED)
        self._recorder = Recorder(store)
        self._janitor = Janitor(retention, store, clock.now_ns)
        self._watch = Watch(config)
        self._unsaved: dict[str, FleetAlarm] = {}
        self._learnt_ns: dict[tuple[str, str], int] = {}

    def on_health(self, report: Health, received_ns: int) -> None:
        """Take a health report into the history."""
        self._recorder.take(report, received_ns)

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set."""
        await self.restore()
        loop = asyncio.get_running_loop()

        def thinned(network: str, station: str) -> None:
            learnt = self._learn(network, station)
            if learnt is not None:
                name = f"{network}.{station}"
                loop.call_soon_threadsafe(self._board.learn, name, learnt)

        self._janitor.after.append(thinned)
        await until_first(
            stop.wait(),
            self._recorder.run(stop),
            self._janitor.run(stop),
            self._look_for_ever(stop),
        )

    async def restore(self) -> None:
        """Go on with the alarms that an earlier run of the centre left."""
        left: Sequence[FleetAlarm] = await self._in_database(self._log.open, otherwise=())
        latest: Sequence[FleetAlarm] = await self._in_database(
            partial(self._log.latest, _SHOWN), otherwise=()
        )
        for alarm in latest:
            self._board.on_alarm(alarm)
        self._watch = Watch(self._config, left, self._clock.now_ns())

    async def close(self) -> None:
        """Write what waits."""
        await self._recorder.flush()
        await self._save()

    async def look(self) -> None:
        """Look at all stations once; call it every few seconds."""
        now_ns = self._clock.now_ns()
        self._board.advance(now_ns)
        changes = await self._acknowledgements(now_ns)
        faults = [*self._board.faults(), *await self._faults_beside()]
        changes += self._watch.look(faults, now_ns, self._board.config.speed)
        for change in changes:
            await self._tell(change)
        await self._save()

    async def _look_for_ever(self, stop: asyncio.Event) -> None:
        while not await wait_at_most(stop, _LOOK_S):
            await self.look()

    async def _faults_beside(self) -> Faults:
        """Tell the board what stations are to run, and return what is wrong beside stations."""
        if self.upkeep is None:
            return []
        tell = await asyncio.to_thread(self.upkeep.read)
        tell(self._board)
        return self.upkeep.faults

    async def _acknowledgements(self, now_ns: int) -> list[Change]:
        unseen = [alarm.id for alarm in self._watch.open if alarm.acknowledged is None]
        if not unseen:
            return []
        seen: Sequence[FleetAlarm] = await self._in_database(
            partial(self._log.acknowledged, unseen), otherwise=()
        )
        changes: list[Change] = []
        for alarm in seen:
            if alarm.kind is Trouble.MOVED:
                for name in alarm.open_stations:
                    self._board.settle(name)
            by, at_ns = alarm.acknowledged_by or "", alarm.acknowledged or now_ns
            changes += self._watch.acknowledge(alarm.id, by, at_ns, now_ns)
        return changes

    async def _tell(self, change: Change) -> None:
        alarm = change.alarm
        self._board.on_alarm(alarm)
        self._unsaved[alarm.id] = alarm
        _log.log(
            30 if change.notice else 20,
            "station_alarm",
            id=alarm.id,
            revision=alarm.revision,
            headline=alarm.headline,
            over=alarm.ended is not None,
        )
        expires_ns = self._clock.wall_ns() + _ALARM_LIFE_NS
        put = partial(
            self._outbox.put,
            alarm_topic(alarm.id),
            alarm.to_wire(),
            retain=True,
            expires_ns=expires_ns,
        )
        await asyncio.to_thread(put)
        self._notify()
        if change.notice:
            for listener in self.listeners:
                listener(alarm)

    async def _save(self) -> None:
        """Write how alarms stand; what the database does not take now waits for the next time."""
        for alarm in list(self._unsaved.values()):
            saved = await self._in_database(partial(self._write, alarm), otherwise=False)
            if not saved:
                return
            if self._unsaved.get(alarm.id) is alarm:
                del self._unsaved[alarm.id]

    def _write(self, alarm: FleetAlarm) -> bool:
        self._log.save(alarm)
        return True

    def _learn(self, network: str, station: str) -> Learnt | None:
        """Learn from a station's history, once an hour; runs in the janitor's thread."""
        now_ns = self._clock.now_ns()
        key = (network, station)
        if now_ns - self._learnt_ns.get(key, -_LEARN_EVERY_NS) < _LEARN_EVERY_NS:
            return None
        self._learnt_ns[key] = now_ns
        return learn(self._history, network, station, now_ns)

    async def _in_database(self, action: Callable[[], _T], otherwise: _T) -> _T:
        """Use the database; where it is away, say so and go on without."""
        try:
            return await asyncio.to_thread(action)
        except SQLAlchemyError as error:
            _log.warning("alarm_log_away", reason=str(error)[:500])
            return otherwise
