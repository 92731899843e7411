"""The centre learns what its stations say too much of magnitudes, event by event."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from cloud.aggregator import Aggregator
from cloud.magnitude import Corrections, MagnitudeConfig, StationMagnitude
from cloud.magnitude.corrections import Correction, corrections_of, residuals_of
from cloud.store.residuals import Residuals
from edge.concurrency import until_first
from edge.messages import Event, EventStatus

_log = structlog.get_logger(__name__)

_MOST_WAITING: Final = 64
"""Events; beyond that the newest is not learnt from, rather than memory filled."""


class Learning:
    """Keeps residuals in the database and makes corrections of them.

    Methods block for the database; call them in a thread. While it is away nothing is learnt: an
    event's residuals are a drop among many, and the corrections that hold go on to hold.

    Args:
        engine: The database.
        config: How magnitudes are made.
    """

    def __init__(self, engine: Engine, config: MagnitudeConfig) -> None:
        self._residuals = Residuals(engine)
        self._config = config
        self._holding: Corrections = {}

    def corrections(self) -> Corrections:
        """Return what is to be taken off, by station and kind."""
        if not self._config.corrections:
            return {}
        try:
            learnt = self.table()
        except SQLAlchemyError as error:
            _log.warning("corrections not read", reason=str(error))
        else:
            self._holding = {(each.station, each.type): each.value for each in learnt}
        return self._holding

    def table(self) -> tuple[Correction, ...]:
        """Return what is known of each station.

        Raises:
            SQLAlchemyError: The database cannot be read.
        """
        return corrections_of(self._residuals.latest(), self._config)

    def learn(self, event: Event, stations: Sequence[StationMagnitude]) -> Corrections:
        """Take a final event into account; return what holds from now on.

        Args:
            event: Final; one that was learnt from before takes its own place.
            stations: What every station said of it.
        """
        if not self._config.corrections:
            return {}
        found = residuals_of(stations, self._config)
        try:
            self._residuals.keep(event.id, event.origin_time, found)
        except SQLAlchemyError as error:
            _log.warning("residuals not kept", event_id=event.id, reason=str(error))
            return self._holding
        return self.corrections()


class Learner:
    """Learns beside a running centre.

    Args:
        learning: What is known.
        aggregator: Gets the corrections.
        made_as: Gives the id under which the aggregator knows a published event.
    """

    def __init__(
        self, learning: Learning, aggregator: Aggregator, made_as: Callable[[str], str]
    ) -> None:
        self._learning = learning
        self._aggregator = aggregator
        self._made_as = made_as
        self._waiting: asyncio.Queue[tuple[Event, tuple[StationMagnitude, ...]]] = asyncio.Queue(
            _MOST_WAITING
        )

    def offer(self, event: Event) -> None:
        """Take an event revision that goes out; those that are not final teach nothing."""
        if event.status is not EventStatus.FINAL or event.exercise or self._waiting.full():
            return
        stations = self._aggregator.station_magnitudes(self._made_as(event.id))
        if stations:
            self._waiting.put_nowait((event, stations))

    async def run(self, stop: asyncio.Event) -> None:
        """Learn until `stop` is set."""
        self._aggregator.corrections = await asyncio.to_thread(self._learning.corrections)
        await until_first(stop.wait(), self._learn_for_ever())

    async def settle(self) -> None:
        """Return when everything that was offered has been learnt."""
        await self._waiting.join()

    async def _learn_for_ever(self) -> None:
        while True:
            event, stations = await self._waiting.get()
            learnt = await asyncio.to_thread(self._learning.learn, event, stations)
            self._aggregator.corrections = learnt
            self._waiting.task_done()
