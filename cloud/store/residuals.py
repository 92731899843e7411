"""What stations said too much of the magnitudes of events.

Methods block for the database; call them in a thread.
"""

from collections.abc import Iterable
from typing import Final

from sqlalchemy import Engine, delete, func, insert, select

from cloud.magnitude import MagnitudeType
from cloud.magnitude.corrections import Residual
from cloud.store.tables import magnitude_residuals

MOST_EVENTS: Final = 100
"""So many of the latest events of a station and kind count: soil and sensors change."""


class Residuals:
    """The table.

    Args:
        engine: The database.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def keep(self, event_id: str, origin_ns: int, residuals: Iterable[Residual]) -> None:
        """Keep the residuals of an event in the place of those that it had."""
        rows = [
            {
                "event_id": event_id,
                "station": residual.station,
                "type": residual.type.value,
                "origin_ns": origin_ns,
                "residual": residual.value,
                "weight": residual.weight,
            }
            for residual in residuals
        ]
        of_event = magnitude_residuals.c.event_id == event_id
        with self._engine.begin() as connection:
            connection.execute(delete(magnitude_residuals).where(of_event))
            if rows:
                connection.execute(insert(magnitude_residuals), rows)

    def latest(self) -> list[Residual]:
        """Return those of the latest events of each station and kind."""
        table = magnitude_residuals.c
        newest_first = func.row_number().over(
            partition_by=(table.station, table.type),
            order_by=(table.origin_ns.desc(), table.event_id),
        )
        numbered = select(
            table.station,
            table.type,
            table.residual,
            table.weight,
            newest_first.label("number"),
        ).subquery()
        query = (
            select(numbered.c.station, numbered.c.type, numbered.c.residual, numbered.c.weight)
            .where(numbered.c.number <= MOST_EVENTS)
            .order_by(numbered.c.station, numbered.c.type, numbered.c.number)
        )
        with self._engine.connect() as connection:
            rows = connection.execute(query).all()
        return [
            Residual(station, MagnitudeType(kind), value, weight)
            for station, kind, value, weight in rows
        ]
