"""Writes the numbers of health reports down, many at once and never in the way of the ingest.

What could not be written yet waits in memory, bounded: while the database is away longer than the
room lasts, the oldest reports are lost and counted. The newest report of each station is kept
elsewhere (`cloud.store`).
"""

import asyncio
from collections import deque
from functools import partial
from typing import Final

import structlog
from sqlalchemy.exc import SQLAlchemyError

from cloud.fleetview.vitals import SUMMED, vitals
from cloud.store import Store
from cloud.store.history import HealthHistory, Report
from edge.concurrency import wait_at_most
from edge.messages import Health
from edge.timestamps import seconds_to_ns

_log = structlog.get_logger(__name__)

_EVERY_S: Final = 5.0
_BATCH: Final = 1_000
_MOST_WAITING: Final = 50_000
"""Eight minutes of a thousand stations; 20 MB."""
_MOST_STATIONS: Final = 50_000
"""Made-up stations must not fill memory; whoever reported longest ago is forgotten."""
_LEAST_APART_NS: Final = seconds_to_ns(5.0)
"""Reports come every ten seconds; of a station that floods only so many are kept."""


class Recorder:
    """The way of health reports into their history; all methods belong to one event loop.

    Args:
        store: The database.

    Attributes:
        lost: Reports that found no room while the database was away.
    """

    def __init__(self, store: Store) -> None:
        self.lost = 0
        self._history = HealthHistory(store.engine, SUMMED)
        self._before: dict[tuple[str, str], tuple[int, Health]] = {}
        self._waiting: deque[Report] = deque()
        self._away = False

    @property
    def waiting(self) -> int:
        """How many reports wait for the database."""
        return len(self._waiting)

    def take(self, report: Health, received_ns: int) -> None:
        """Take a report; it is written within seconds.

        Args:
            report: The report.
            received_ns: The data clock when it came.
        """
        key = (report.network, report.station)
        then_ns, before = self._before.get(key, (None, None))
        if then_ns is not None and received_ns - then_ns < _LEAST_APART_NS:
            return
        self._before.pop(key, None)
        self._before[key] = (received_ns, report)
        if len(self._before) > _MOST_STATIONS:
            del self._before[next(iter(self._before))]
        if len(self._waiting) >= _MOST_WAITING:
            self._waiting.popleft()
            self.lost += 1
        numbers = vitals(report, received_ns, before)
        self._waiting.append(Report(*key, received_ns, numbers))

    async def run(self, stop: asyncio.Event) -> None:
        """Write every few seconds, and once more at the end."""
        while not await wait_at_most(stop, _EVERY_S):
            await self.flush()
        await self.flush()

    async def flush(self) -> None:
        """Write what waits, as far as the database takes it."""
        while self._waiting:
            batch = [self._waiting[place] for place in range(min(_BATCH, len(self._waiting)))]
            lost_before = self.lost
            try:
                await asyncio.to_thread(partial(self._history.add, batch))
            except SQLAlchemyError as error:
                if not self._away:
                    _log.warning("history_away", waiting=self.waiting, reason=str(error)[:500])
                self._away = True
                return
            # Those of the batch that made room meanwhile are gone already.
            for _ in range(len(batch) - (self.lost - lost_before)):
                self._waiting.popleft()
        if self._away:
            _log.info("history_back", lost=self.lost)
            self._away = False
