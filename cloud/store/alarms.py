"""The alarms on stations: those that go on, and those that are over.

The centre writes how an alarm stands; who acknowledges it writes beside that, and both are read
together. Methods block for the database; call them in a thread.
"""

from collections.abc import Collection
from typing import Any

from sqlalchemy import Engine, Row, Select, select, update
from sqlalchemy.dialects import postgresql, sqlite

from cloud.board.alarm import FleetAlarm
from cloud.store.tables import station_alarms


class AlarmLog:
    """The table.

    Args:
        engine: The database.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def save(self, alarm: FleetAlarm) -> None:
        """Write how an alarm stands."""
        values = {
            "kind": alarm.kind.value,
            "began_ns": alarm.began,
            "ended_ns": alarm.ended,
            "message": alarm.model_dump_json(),
        }
        kind = sqlite if self._engine.dialect.name == "sqlite" else postgresql
        insert = kind.insert(station_alarms).values({"id": alarm.id} | values)
        with self._engine.begin() as connection:
            connection.execute(insert.on_conflict_do_update(index_elements=["id"], set_=values))

    def open(self) -> list[FleetAlarm]:
        """Return the alarms that go on, oldest first."""
        columns = station_alarms.c
        query = select(station_alarms).where(columns.ended_ns.is_(None))
        return self._read(query.order_by(columns.began_ns, columns.id))

    def latest(self, limit: int, station: str | None = None) -> list[FleetAlarm]:
        """Return the newest alarms, newest first.

        Args:
            limit: How many at most.
            station: NETWORK.STATION: only those with this station.
        """
        columns = station_alarms.c
        query = select(station_alarms).order_by(columns.began_ns.desc(), columns.id)
        if station is not None:
            query = query.where(columns.message.contains(f'"station":"{station}"', autoescape=True))
        return self._read(query.limit(limit))

    def get(self, alarm_id: str) -> FleetAlarm | None:
        """Return an alarm; None where there is none of this id."""
        found = self._read(select(station_alarms).where(station_alarms.c.id == alarm_id))
        return found[0] if found else None

    def acknowledge(self, alarm_id: str, by: str, now_ns: int) -> bool:
        """Note that somebody has seen an alarm; return False where that was noted before."""
        columns = station_alarms.c
        change = update(station_alarms).where(
            columns.id == alarm_id, columns.acknowledged_ns.is_(None)
        )
        with self._engine.begin() as connection:
            done = connection.execute(change.values(acknowledged_ns=now_ns, acknowledged_by=by))
        return done.rowcount > 0

    def acknowledged(self, alarm_ids: Collection[str]) -> list[FleetAlarm]:
        """Return those of some alarms that somebody has seen."""
        columns = station_alarms.c
        seen = columns.id.in_(alarm_ids) & columns.acknowledged_ns.is_not(None)
        return self._read(select(station_alarms).where(seen))

    def _read(self, query: Select[Any]) -> list[FleetAlarm]:
        with self._engine.connect() as connection:
            return [_alarm(row) for row in connection.execute(query)]


def _alarm(row: Row[Any]) -> FleetAlarm:
    alarm = FleetAlarm.from_wire(row.message)
    seen = {"acknowledged": row.acknowledged_ns, "acknowledged_by": row.acknowledged_by}
    return alarm.model_copy(update=seen)
