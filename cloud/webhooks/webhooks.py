"""Tells events and alarms on stations to others, until they have heard or it is too late.

Each rule has its own queue: a target that is down holds up no other. Of one event the newest
revision alone waits; older ones that were not delivered yet are superseded by it. Each delivery
is a row of the log, found by rule, event and revision: nothing is told twice, also over a restart
of the centre, and what waited is told after it. Where the database is away, events are told all
the same, and the log has a gap.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Final, TypeVar

import httpx2
import structlog
from sqlalchemy.exc import SQLAlchemyError

from cloud.board.alarm import FleetAlarm
from cloud.store import Store
from cloud.store.alarms import AlarmLog
from cloud.store.deliveries import Delivery, DeliveryLog, DeliveryStatus
from cloud.traveltimes import TravelTimes
from cloud.webhooks.alarms import wants_alarm
from cloud.webhooks.config import Rule, WebhooksConfig
from cloud.webhooks.courier import Courier, News
from cloud.webhooks.judge import shaking_of, wanted
from edge.dataclock import DataClock
from edge.timestamps import seconds_to_ns

_log = structlog.get_logger(__name__)
_T = TypeVar("_T")

_MOST_TOLD: Final = 10_000
_REMEMBERED_NS: Final = seconds_to_ns(86_400)
"""Revisions of an event come within minutes; a day is far more."""


class Webhooks:
    """The rules at work; all methods belong to one event loop.

    Args:
        config: The rules.
        store: Events and the log.
        times: Travel times to the places of the rules.
        clock: The data clock judges, the wall clock stamps the log.
    """

    def __init__(
        self, config: WebhooksConfig, store: Store, times: TravelTimes, clock: DataClock
    ) -> None:
        self._config = config
        self._store = store
        self._log = DeliveryLog(store.engine)
        self._alarms = AlarmLog(store.engine)
        self._times = times
        self._clock = clock
        self._incoming: asyncio.Queue[News] = asyncio.Queue()
        self._told: dict[tuple[str, str], int] = {}
        self._couriers: dict[str, Courier] = {}

    def offer(self, event: News) -> None:
        """Take a revision of an event or of an alarm on stations; whoever wants it is told soon."""
        if self._config.rules:
            self._incoming.put_nowait(event)

    async def run(self, stop: asyncio.Event) -> None:
        """Tell others until `stop` is set."""
        if not self._config.rules:
            await stop.wait()
            return
        timeout = httpx2.Timeout(self._config.timeout_s)
        async with httpx2.AsyncClient(timeout=timeout, trust_env=False) as client:
            self._couriers = {
                rule.name: Courier(rule, self._config, client, self._times, self._clock, self._note)
                for rule in self._config.rules
            }
            await self._resume()
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(one.run()) for one in self._couriers.values()]
                tasks.append(group.create_task(self._sort_for_ever()))
                await stop.wait()
                for task in tasks:
                    task.cancel()

    async def _sort_for_ever(self) -> None:
        while True:
            event = await self._incoming.get()
            for rule in self._config.rules:
                await self._sort(rule, event)

    async def _sort(self, rule: Rule, event: News) -> None:
        """Hand an event to the courier of a rule that wants it."""
        key = (rule.name, event.id)
        before = self._told.get(key)
        if before is not None and event.revision <= before:
            return
        told = before is not None or await self._told_long_ago(rule, event)
        if not self._wanted(rule, event, told=told):
            return
        self._remember(key, event.revision)
        now_ns = self._clock.wall_ns()
        fresh = await self._in_log(
            lambda: self._log.begin(rule.name, event.id, event.revision, now_ns), otherwise=True
        )
        if fresh:
            await self._couriers[rule.name].take(event, _waiting(rule, event, now_ns))

    async def _told_long_ago(self, rule: Rule, news: News) -> bool:
        """Tell whether a rule heard of an alarm that is over now; alarms may last for weeks."""
        if not isinstance(news, FleetAlarm) or news.ended is None:
            return False
        return await self._in_log(lambda: self._log.knows(rule.name, news.id), otherwise=False)

    def _wanted(self, rule: Rule, news: News, *, told: bool) -> bool:
        if isinstance(news, FleetAlarm):
            return wants_alarm(rule, news, told=told)
        if rule.about != "events":
            return False
        shaking = shaking_of(rule, news, self._times)
        return wanted(rule, news, shaking, self._clock.now_ns(), told=told)

    async def _resume(self) -> None:
        """Go on with what an earlier run of the centre left."""
        since_ns = self._clock.wall_ns() - _REMEMBERED_NS
        left: Sequence[Delivery] = await self._in_log(
            lambda: self._log.since(since_ns), otherwise=()
        )
        for one in left:
            if one.rule not in self._couriers:
                continue
            self._remember((one.rule, one.event_id), one.revision)
            if one.status is DeliveryStatus.WAITING:
                await self._resume_one(one)

    async def _resume_one(self, delivery: Delivery) -> None:
        alarm = await self._in_log(lambda: self._alarms.get(delivery.event_id), otherwise=None)
        if alarm is not None:
            await self._couriers[delivery.rule].take(alarm, delivery)
            return
        found: Sequence[News] = await self._in_log(
            lambda: self._store.revisions(delivery.event_id), otherwise=()
        )
        for event in found:
            if event.revision == delivery.revision:
                await self._couriers[delivery.rule].take(event, delivery)

    def _remember(self, key: tuple[str, str], revision: int) -> None:
        self._told[key] = max(revision, self._told.pop(key, revision))
        while len(self._told) > _MOST_TOLD:
            del self._told[next(iter(self._told))]

    async def _note(self, delivery: Delivery) -> None:
        await self._in_log(lambda: self._log.note(delivery), otherwise=None)

    async def _in_log(self, action: Callable[[], _T], otherwise: _T) -> _T:
        """Use the database; where it is away, say so and go on without."""
        try:
            return await asyncio.to_thread(action)
        except SQLAlchemyError as error:
            _log.warning("delivery_log_away", reason=str(error)[:500])
            return otherwise


def _waiting(rule: Rule, event: News, now_ns: int) -> Delivery:
    return Delivery.model_validate(
        {
            "rule": rule.name,
            "event_id": event.id,
            "revision": event.revision,
            "status": DeliveryStatus.WAITING,
            "attempts": 0,
            "created_ns": now_ns,
            "tried_ns": None,
            "answer": None,
        }
    )
