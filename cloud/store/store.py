"""Stations, triggers, events and health in the database.

Every write may come twice: a message is a row, found by its id and revision, and a row that is
there stays as it is. Of states and health reports the newest holds, whatever the order.

Methods block for the database; call them in a thread.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Insert, Select, Table, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError

from cloud.errors import StoreError
from cloud.store.engine import address, open_engine
from cloud.store.epochs import Epoch, epochs, note_epoch
from cloud.store.migrate import bring_up_to_date
from cloud.store.tables import events, health_reports, stations, triggers
from edge.messages import Event, Health, State, Trigger

Kept = State | Health | Trigger | Event
"""What is kept."""

_INSERT: dict[str, Callable[[Table], sqlite.Insert | postgresql.Insert]] = {
    "sqlite": sqlite.insert,
    "postgresql": postgresql.insert,
}


class Store:
    """The database, brought to the tables of this version.

    Args:
        path: SQLite file; its folder is made if need be.
        url: An SQLAlchemy URL in place of `path`.
        password: Takes the place of the one in the URL.

    Raises:
        StoreError: The database cannot be opened, is of a kind that we do not know, or was
            written by a newer version.

    Attributes:
        where: Its address, without the password.
    """

    def __init__(
        self, path: Path | None = None, url: str | None = None, password: str | None = None
    ) -> None:
        self.where = url if url is not None else str(path)
        try:
            place = address(path, url, password)
            self.where = place.render_as_string(hide_password=True)
            self._engine = open_engine(place)
        except ModuleNotFoundError as error:
            reason = f"{error.name!r} is not installed; pip install 'tremorkit[scale]' mends it"
            raise StoreError(self.where, reason) from error
        except (SQLAlchemyError, OSError) as error:
            raise StoreError(self.where, str(error)) from error
        try:
            bring_up_to_date(self._engine, self.where)
        except SQLAlchemyError as error:
            raise StoreError(self.where, str(error)) from error
        finally:
            # Connections of the opening thread are of no use to the others.
            self._engine.dispose()

    @property
    def engine(self) -> Engine:
        """The connections, for the other tables of the centre."""
        return self._engine

    def save(self, message: Kept, received_ns: int) -> None:
        """Keep a message.

        Args:
            message: Of a trigger or an event the first to come of each revision stays; of states
                and health reports the newest.
            received_ns: The data clock when it came.
        """
        self.save_all([(message, received_ns)])

    def save_all(self, messages: Sequence[tuple[Kept, int]]) -> None:
        """Keep messages with the times of their coming: all or, where one cannot be kept, none."""
        rows = _Rows()
        for message, received_ns in messages:
            rows.add(message, received_ns)
        with self._engine.begin() as connection:
            self._insert(connection, rows)

    def states(self) -> list[tuple[State, int]]:
        """Return the newest state of every station and when it came."""
        query = select(stations.c.message, stations.c.received_ns).order_by(
            stations.c.network, stations.c.station
        )
        return [(State.from_wire(text), at_ns) for text, at_ns in self._rows(query)]

    def health(self) -> list[tuple[Health, int]]:
        """Return the newest health report of every station and when it came."""
        query = select(health_reports.c.message, health_reports.c.received_ns).order_by(
            health_reports.c.network, health_reports.c.station
        )
        return [(Health.from_wire(text), at_ns) for text, at_ns in self._rows(query)]

    def triggers_since(self, received_ns: int) -> list[tuple[Trigger, int]]:
        """Return every revision that came since, in the order of its coming."""
        query = (
            select(triggers.c.message, triggers.c.received_ns)
            .where(triggers.c.received_ns >= received_ns)
            .order_by(triggers.c.received_ns, triggers.c.id, triggers.c.revision)
        )
        return [(Trigger.from_wire(text), at_ns) for text, at_ns in self._rows(query)]

    def epochs(self) -> list[Epoch]:
        """Return how every station was set up, and when, by name and start."""
        with self._engine.connect() as connection:
            return epochs(connection)

    def latest_events(self, limit: int) -> list[Event]:
        """Return the newest revision of the latest events, oldest origin first."""
        query = _newest_events().order_by(events.c.origin_ns.desc(), events.c.id).limit(limit)
        return [Event.from_wire(text) for (text,) in self._rows(query)][::-1]

    def events_between(self, start_ns: int | None, end_ns: int | None) -> list[Event]:
        """Return the newest revision of the events with their origin in a time, oldest first."""
        query = _newest_events().order_by(events.c.origin_ns, events.c.id)
        if start_ns is not None:
            query = query.where(events.c.origin_ns >= start_ns)
        if end_ns is not None:
            query = query.where(events.c.origin_ns <= end_ns)
        return [Event.from_wire(text) for (text,) in self._rows(query)]

    def revisions(self, event_id: str) -> list[Event]:
        """Return all revisions of an event, oldest first."""
        query = select(events.c.message).where(events.c.id == event_id).order_by(events.c.revision)
        return [Event.from_wire(text) for (text,) in self._rows(query)]

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    def _rows(self, query: Any) -> Iterable[Any]:  # noqa: ANN401 - any select, any row
        with self._engine.connect() as connection:
            return connection.execute(query).all()

    def _insert(self, connection: Connection, rows: "_Rows") -> None:
        insert = _INSERT[self._engine.dialect.name]
        if rows.states:
            newest = _newest(insert(stations))
            for message, received_ns in rows.states:
                state = _with_life(connection, message)
                connection.execute(newest, _station_row(state, received_ns))
                note_epoch(connection, state, received_ns)
        if rows.health:
            connection.execute(_newest(insert(health_reports)), list(rows.health.values()))
        if rows.triggers:
            connection.execute(insert(triggers).on_conflict_do_nothing(), rows.triggers)
        if rows.events:
            connection.execute(insert(events).on_conflict_do_nothing(), rows.events)


@dataclass(slots=True)
class _Rows:
    """Messages as rows, by table; of health reports the last of each station."""

    states: list[tuple[State, int]] = field(default_factory=list)
    health: dict[tuple[str, str], dict[str, object]] = field(default_factory=dict)
    triggers: list[dict[str, object]] = field(default_factory=list)
    events: list[dict[str, object]] = field(default_factory=list)

    def add(self, message: Kept, received_ns: int) -> None:
        """Add a message."""
        match message:
            case State():
                self.states.append((message, received_ns))
            case Health():
                key = (message.network, message.station)
                self.health[key] = _station_row(message, received_ns)
            case Trigger():
                self.triggers.append(_trigger_row(message, received_ns))
            case Event():
                self.events.append(_event_row(message))


def _newest_events() -> Select[tuple[str]]:
    newest = select(events.c.id, func.max(events.c.revision).label("revision"))
    newest_of = newest.group_by(events.c.id).subquery()
    return select(events.c.message).join(
        newest_of, (events.c.id == newest_of.c.id) & (events.c.revision == newest_of.c.revision)
    )


def _newest(insert: sqlite.Insert | postgresql.Insert) -> Insert:
    """Return what puts a station's message in the place of an older one."""
    excluded = insert.excluded
    return insert.on_conflict_do_update(
        index_elements=["network", "station"],
        set_={"received_ns": excluded.received_ns, "message": excluded.message},
        where=insert.table.c.received_ns <= excluded.received_ns,
    )


def _with_life(connection: Connection, state: State) -> State:
    """Return a last will with what its station said in life; any other state as it is.

    A will is written before the station knows itself: it would take place, sensor and what the
    station said of updates from everybody who asks later.
    """
    if state.online or state.latitude is not None:
        return state
    here = (stations.c.network == state.network) & (stations.c.station == state.station)
    row = connection.execute(select(stations.c.message).where(here)).one_or_none()
    if row is None:
        return state
    known = State.from_wire(row.message)
    return known.model_copy(update={"online": False, "since": state.since})


def _station_row(message: State | Health, received_ns: int) -> dict[str, object]:
    return {
        "network": message.network,
        "station": message.station,
        "received_ns": received_ns,
        "message": message.model_dump_json(),
    }


def _trigger_row(trigger: Trigger, received_ns: int) -> dict[str, object]:
    return {
        "id": trigger.id,
        "revision": trigger.revision,
        "network": trigger.network,
        "station": trigger.station,
        "status": trigger.status.value,
        "onset_ns": trigger.onset,
        "received_ns": received_ns,
        "message": trigger.model_dump_json(),
    }


def _event_row(event: Event) -> dict[str, object]:
    return {
        "id": event.id,
        "revision": event.revision,
        "status": event.status.value,
        "origin_ns": event.origin_time,
        "latitude": event.latitude,
        "longitude": event.longitude,
        "magnitude": event.magnitude,
        "published_ns": event.published,
        "message": event.model_dump_json(),
    }
