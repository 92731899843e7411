"""What the centre remembers: stations, triggers, events and health, in SQLite or PostgreSQL.

Every write may come twice: a message is a row, found by its id and revision, and a row that is
there stays as it is. The whole message is kept as JSON; the columns beside it are for queries.

Methods block for a disk write: call them in a thread of their own, one at a time.
"""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Engine,
    Float,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    create_engine,
    event,
    func,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry

from cloud.errors import StoreError
from edge.messages import Event, Health, State, Trigger

metadata = MetaData(
    # Names of constraints are fixed, so that migrations can speak of them on any database.
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

stations = Table(
    "station",
    metadata,
    Column("network", String(12), primary_key=True),
    Column("station", String(12), primary_key=True),
    Column("received_ns", BigInteger, nullable=False),
    Column("message", Text, nullable=False),
)
health_reports = Table(
    "health",
    metadata,
    Column("network", String(12), primary_key=True),
    Column("station", String(12), primary_key=True),
    Column("received_ns", BigInteger, nullable=False),
    Column("message", Text, nullable=False),
)
triggers = Table(
    "trigger",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("network", String(12), nullable=False),
    Column("station", String(12), nullable=False),
    Column("status", String(16), nullable=False),
    Column("onset_ns", BigInteger, nullable=False),
    Column("received_ns", BigInteger, nullable=False),
    Column("message", Text, nullable=False),
    Index(None, "received_ns"),
    Index(None, "network", "station", "onset_ns"),
)
events = Table(
    "event",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("status", String(16), nullable=False),
    Column("origin_ns", BigInteger, nullable=False),
    Column("latitude", Float, nullable=False),
    Column("longitude", Float, nullable=False),
    Column("magnitude", Float),
    Column("published_ns", BigInteger, nullable=False),
    Column("message", Text, nullable=False),
    Index(None, "origin_ns"),
)

_INSERT: dict[str, Callable[[Table], sqlite.Insert | postgresql.Insert]] = {
    "sqlite": sqlite.insert,
    "postgresql": postgresql.insert,
}


class Store:
    """The database.

    Args:
        url: An SQLAlchemy URL, or None for `path`.
        path: SQLite file; its folder is made if need be.

    Raises:
        StoreError: The database cannot be opened, or is of a kind that we do not know.
    """

    def __init__(self, path: Path | None = None, url: str | None = None) -> None:
        where = url or f"sqlite:///{path}"
        self.where = make_url(where).render_as_string(hide_password=True)
        try:
            self._engine = _engine(where, path)
            metadata.create_all(self._engine)
        except (SQLAlchemyError, OSError, ModuleNotFoundError) as error:
            raise StoreError(self.where, str(error)) from error

    def save_state(self, state: State, received_ns: int) -> None:
        """Keep the newest state of a station."""
        self._replace(stations, state, received_ns)

    def save_health(self, health: Health, received_ns: int) -> None:
        """Keep the newest health report of a station."""
        self._replace(health_reports, health, received_ns)

    def save_trigger(self, trigger: Trigger, received_ns: int) -> None:
        """Keep a revision of a trigger; the first to come stays.

        Args:
            trigger: The revision.
            received_ns: The data clock when it came.
        """
        self._add(
            triggers,
            id=trigger.id,
            revision=trigger.revision,
            network=trigger.network,
            station=trigger.station,
            status=trigger.status.value,
            onset_ns=trigger.onset,
            received_ns=received_ns,
            message=trigger.model_dump_json(),
        )

    def save_event(self, what: Event) -> None:
        """Keep a revision of an event; the first to come stays."""
        self._add(
            events,
            id=what.id,
            revision=what.revision,
            status=what.status.value,
            origin_ns=what.origin_time,
            latitude=what.latitude,
            longitude=what.longitude,
            magnitude=what.magnitude,
            published_ns=what.published,
            message=what.model_dump_json(),
        )

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

    def latest_events(self, limit: int) -> list[Event]:
        """Return the newest revision of the latest events, oldest origin first."""
        newest = select(events.c.id, func.max(events.c.revision).label("revision"))
        newest_of = newest.group_by(events.c.id).subquery()
        query = (
            select(events.c.message)
            .join(
                newest_of,
                (events.c.id == newest_of.c.id) & (events.c.revision == newest_of.c.revision),
            )
            .order_by(events.c.origin_ns.desc())
            .limit(limit)
        )
        return [Event.from_wire(text) for (text,) in self._rows(query)][::-1]

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

    def _add(self, table: Table, **values: object) -> None:
        insert = _INSERT[self._engine.dialect.name]
        with self._engine.begin() as connection:
            connection.execute(insert(table).values(values).on_conflict_do_nothing())

    def _replace(self, table: Table, message: State | Health, received_ns: int) -> None:
        values = {"received_ns": received_ns, "message": message.model_dump_json()}
        key = {"network": message.network, "station": message.station}
        insert = _INSERT[self._engine.dialect.name](table).values(key | values)
        with self._engine.begin() as connection:
            connection.execute(insert.on_conflict_do_update(index_elements=list(key), set_=values))


def _engine(url: str, path: Path | None) -> Engine:
    name = make_url(url).get_backend_name()
    if name not in _INSERT:
        raise OSError(f"{name!r} is none of {', '.join(_INSERT)}")
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url)
    if name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _: ConnectionPoolEntry) -> None:  # noqa: ANN401 - any driver
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.close()
