"""Brings the news of one rule to its target, the newest revision of each, again and again."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

import httpx2
import structlog

from cloud.board.alarm import FleetAlarm
from cloud.store.deliveries import Delivery, DeliveryStatus
from cloud.traveltimes import TravelTimes
from cloud.webhooks.alarms import alarm_request
from cloud.webhooks.config import Rule, WebhooksConfig
from cloud.webhooks.judge import shaking_of
from cloud.webhooks.request import Request
from cloud.webhooks.templates import request_for
from edge.backoff import Backoff
from edge.concurrency import wait_at_most
from edge.dataclock import DataClock
from edge.errors import ConfigError
from edge.messages import Event
from edge.timestamps import seconds_to_ns

_log = structlog.get_logger(__name__)

News = Event | FleetAlarm
"""What is told: both have an id and revisions."""
_LATER: Final = frozenset({408, 425, 429})
"""Of the statuses from 400 to 499, those that may pass."""


class Courier:
    """The deliveries of one rule; all methods belong to one event loop.

    Args:
        rule: Whom to tell.
        config: Timeouts and retries.
        client: Makes the requests.
        times: Travel times to the rule's place.
        clock: Data clock and wall clock.
        note: Called whenever a delivery stands differently.
    """

    def __init__(
        self,
        rule: Rule,
        config: WebhooksConfig,
        client: httpx2.AsyncClient,
        times: TravelTimes,
        clock: DataClock,
        note: Callable[[Delivery], Awaitable[None]],
    ) -> None:
        self._rule = rule
        self._config = config
        self._client = client
        self._times = times
        self._clock = clock
        self._note = note
        self._waiting: dict[str, tuple[News, Delivery]] = {}
        self._news = asyncio.Event()
        self._noting = asyncio.Lock()
        """What is noted of a revision is noted in the order in which it happened: a try that is
        noted after its revision was superseded would leave it waiting for ever."""

    async def take(self, event: News, delivery: Delivery) -> None:
        """Take a revision to deliver; an older one that still waits is superseded."""
        before = self._waiting.get(event.id)
        self._waiting[event.id] = (event, delivery)
        self._news.set()
        if before is not None:
            async with self._noting:
                await self._settle(before[1], DeliveryStatus.SUPERSEDED, before[1].answer)

    async def run(self) -> None:
        """Deliver until cancelled."""
        backoff = Backoff(self._config.retry_initial_s, self._config.retry_max_s)
        while True:
            self._news.clear()
            failed = False
            for name in list(self._waiting):
                failed = not await self._deliver(name) or failed
            if failed:
                await wait_at_most(self._news, backoff.next_delay_s())
                continue
            backoff.reset()
            await self._news.wait()

    async def _deliver(self, name: str) -> bool:
        """Try to deliver what waits of an event; return False where it must be tried again."""
        event, delivery = self._waiting[name]
        late_ns = self._clock.wall_ns() - delivery.created
        if delivery.attempts and late_ns > seconds_to_ns(self._config.give_up_s):
            self._forget(name, event)
            await self._settle(delivery, DeliveryStatus.GIVEN_UP, delivery.answer)
            return True
        status, answer = await self._post(event)
        tried = delivery.model_copy(
            update={"attempts": delivery.attempts + 1, "tried": self._clock.wall_ns()}
        )
        async with self._noting:
            if status is not DeliveryStatus.WAITING:
                self._forget(name, event)
            elif self._waiting[name][0] is event:
                self._waiting[name] = (event, tried.model_copy(update={"answer": answer}))
            else:
                status = DeliveryStatus.SUPERSEDED
            await self._settle(tried, status, answer)
        return status is not DeliveryStatus.WAITING

    async def _post(self, event: News) -> tuple[DeliveryStatus, str]:
        try:
            request = self._request(event)
            answer = await self._client.post(
                request.url, content=request.body, headers=request.headers
            )
        except (httpx2.HTTPError, ConfigError) as error:
            return DeliveryStatus.WAITING, f"{type(error).__name__}: {error}"
        text = f"{answer.status_code} {answer.reason_phrase}"
        if answer.is_success:
            return DeliveryStatus.DELIVERED, text
        if answer.is_server_error or answer.status_code in _LATER:
            return DeliveryStatus.WAITING, text
        return DeliveryStatus.REFUSED, text

    def _request(self, news: News) -> Request:
        if isinstance(news, FleetAlarm):
            return alarm_request(self._rule, news)
        shaking = shaking_of(self._rule, news, self._times)
        return request_for(self._rule, news, shaking, self._clock.now_ns())

    def _forget(self, name: str, event: News) -> None:
        """Drop a revision, but not a newer one that came meanwhile."""
        if self._waiting[name][0] is event:
            del self._waiting[name]

    async def _settle(self, delivery: Delivery, status: DeliveryStatus, answer: str | None) -> None:
        _log.log(
            20 if status is DeliveryStatus.DELIVERED else 30,
            "webhook",
            rule=delivery.rule,
            event_id=delivery.event_id,
            revision=delivery.revision,
            status=status.value,
            attempts=delivery.attempts,
            answer=answer,
        )
        await self._note(delivery.model_copy(update={"status": status, "answer": answer}))
