"""How long the centre keeps what, and who sees to it.

A step is small: one station's history, or some hundred old rows of the other tables, in a thread
and a transaction of its own. Between steps others get their turn. The pace is such that everything
is looked at every five minutes.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Final

import structlog
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.exc import SQLAlchemyError

from cloud.fleetview.vitals import SUMMED
from cloud.store import Store
from cloud.store.aging import Ages, Aging
from cloud.store.history import HealthHistory, Level
from edge.concurrency import wait_at_most
from edge.timestamps import seconds_to_ns

_log = structlog.get_logger(__name__)

SPANS_S: Final = (600, 3_600)
"""Lengths of the spans that health reports become."""
_ROUND_S: Final = 300.0
_DAY_S: Final = 86_400.0
_FIRST_S: Final = 10.0
_AGAIN_S: Final = 30.0
_MORE_S: Final = 0.2
"""Where a step found much to do, the next one comes soon, but not at once."""


class RetentionConfig(BaseModel):
    """How long what is kept."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    health_hours: float = Field(
        default=24.0,
        ge=2,
        le=240,
        title="Health reports",
        description="Hours for which every health report is kept, in numbers",
    )
    ten_minutes_days: float = Field(
        default=30.0,
        gt=0,
        title="Ten minutes",
        description="Days for which least, middle and largest of ten minutes are kept",
    )
    hours_days: float = Field(
        default=400.0,
        gt=0,
        title="Hours",
        description="Days for which least, middle and largest of an hour are kept",
    )
    triggers_days: float = Field(
        default=90.0, ge=1, title="Triggers", description="Days for which triggers are kept"
    )
    events_days: float = Field(
        default=36_500.0,
        ge=1,
        title="Events",
        description="Days for which events are kept, with all revisions",
    )
    deliveries_days: float = Field(
        default=365.0,
        ge=2,
        title="Deliveries",
        description="Days for which the log of webhooks is kept",
    )
    alarms_days: float = Field(
        default=730.0,
        ge=1,
        title="Alarms",
        description="Days for which alarms on stations are kept after their end",
    )

    @property
    def levels(self) -> tuple[Level, ...]:
        """Return the spans and how long each is kept."""
        days = (self.ten_minutes_days, self.hours_days)
        return tuple(
            Level(span_s, seconds_to_ns(kept * _DAY_S))
            for span_s, kept in zip(SPANS_S, days, strict=True)
        )

    def ages(self, now_ns: int) -> Ages:
        """Return the oldest that is kept of each kind."""

        def before(days: float) -> int:
            return now_ns - seconds_to_ns(days * _DAY_S)

        return Ages(
            triggers_ns=before(self.triggers_days),
            events_ns=before(self.events_days),
            deliveries_ns=before(self.deliveries_days),
            alarms_ns=before(self.alarms_days),
        )


class Janitor:
    """Thins what is old; all methods belong to one event loop.

    Args:
        config: How long what is kept.
        store: The database.
        now_ns: The data clock.

    Attributes:
        after: Called with network and station when a station's history was thinned.
    """

    def __init__(self, config: RetentionConfig, store: Store, now_ns: Callable[[], int]) -> None:
        self.after: list[Callable[[str, str], None]] = []
        self._config = config
        self._history = HealthHistory(store.engine, SUMMED)
        self._aging = Aging(store.engine)
        self._now_ns = now_ns
        self._round: deque[tuple[str, str]] = deque()
        self._aged = True
        self._pace_s = _FIRST_S

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set."""
        wait_s = self._pace_s
        while not await wait_at_most(stop, wait_s):
            try:
                done = await asyncio.to_thread(self.step)
            except SQLAlchemyError as error:
                _log.warning("retention_waits", reason=str(error)[:500])
                wait_s = _AGAIN_S
                continue
            wait_s = self._pace_s if done == 0 else _MORE_S

    def step(self) -> int:
        """Take one step; it blocks for the database.

        Returns:
            How many rows it touched; not 0: there may be more of the same.
        """
        if not self._aged:
            done = self._aging.step(self._config.ages(self._now_ns()))
            self._aged = done == 0
            return done
        if not self._round:
            self._round.extend(self._history.stations())
            self._pace_s = _ROUND_S / (len(self._round) + 1)
            self._aged = False
            return 0
        network, station = self._round[0]
        kept_ns = seconds_to_ns(self._config.health_hours * 3_600.0)
        done = self._history.thin(network, station, kept_ns, self._config.levels, self._now_ns())
        if done == 0:
            self._round.popleft()
            for listener in self.after:
                listener(network, station)
        return done
