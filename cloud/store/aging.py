"""Deletes what is older than its table keeps, a few rows at a time.

Methods block for the database; call them in a thread.
"""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import Column, Engine, Table, delete, select, tuple_

from cloud.store.tables import deliveries, events, station_alarms, triggers

MOST_ROWS: Final = 500
"""Rows of one step: some milliseconds, in which nobody else writes to an SQLite file."""


@dataclass(frozen=True, slots=True)
class Ages:
    """The oldest that is kept of each kind: data clock, nanoseconds since 1970 UTC."""

    triggers_ns: int
    events_ns: int
    deliveries_ns: int
    alarms_ns: int


class Aging:
    """The tables that grow with time.

    Args:
        engine: The database.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def step(self, ages: Ages) -> int:
        """Delete some rows that are too old; return how many, 0 when there are no more."""
        return (
            self._drop(triggers, triggers.c.received_ns, ages.triggers_ns)
            + self._drop(events, events.c.origin_ns, ages.events_ns)
            + self._drop(deliveries, deliveries.c.created_ns, ages.deliveries_ns)
            # An alarm that goes on has no end yet, and NULL is before nothing.
            + self._drop(station_alarms, station_alarms.c.ended_ns, ages.alarms_ns)
        )

    def _drop(self, table: Table, time: Column[int], before_ns: int) -> int:
        key = list(table.primary_key)
        oldest = select(*key).where(time < before_ns).order_by(time).limit(MOST_ROWS)
        with self._engine.begin() as connection:
            rows = [tuple(row) for row in connection.execute(oldest)]
            if rows:
                connection.execute(delete(table).where(tuple_(*key).in_(rows)))
        return len(rows)
