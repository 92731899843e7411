"""Connections to the two kinds of database."""

import sqlite3
import time
from pathlib import Path
from typing import Any, Final

from sqlalchemy import URL, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.pool import ConnectionPoolEntry

from cloud.errors import StoreError

KINDS: Final = ("sqlite", "postgresql")
_POSTGRESQL: Final = {
    "connect_timeout": 3,
    # A server behind a dead line is given up after seconds, not after the system's quarter hour.
    "tcp_user_timeout": 10_000,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "options": "-c statement_timeout=10000 -c timezone=UTC",
}
_BUSY_S: Final = 5.0
"""Another process may hold the SQLite file so long."""
_LOOK_AGAIN_S: Final = 0.02


def address(path: Path | None, url: str | None, password: str | None = None) -> URL:
    """Return the address of a database.

    Args:
        path: An SQLite file, where there is no `url`.
        url: An SQLAlchemy URL of SQLite or PostgreSQL.
        password: Takes the place of the one in the URL.

    Raises:
        StoreError: The URL cannot be read, or is of a kind that we do not know.
        sqlalchemy.exc.ArgumentError: The text is no URL.
    """
    if url is None:
        return URL.create("sqlite", database=str(path))
    where = make_url(url)
    if where.get_backend_name() not in KINDS:
        reason = f"{where.get_backend_name()!r} is none of {', '.join(KINDS)}"
        raise StoreError(where.render_as_string(hide_password=True), reason)
    if where.drivername == "postgresql":
        where = where.set(drivername="postgresql+psycopg")
    return where if password is None else where.set(password=password)


def open_engine(where: URL) -> Engine:
    """Return an engine; nothing is connected yet.

    Raises:
        OSError: The folder of the file cannot be made.
        ModuleNotFoundError: The driver is not installed.
    """
    if where.get_backend_name() == "postgresql":
        # A connection that a restart of the server broke is replaced before it is used.
        return create_engine(where, pool_pre_ping=True, connect_args=_POSTGRESQL)
    if where.database:
        Path(where.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(where, connect_args={"timeout": _BUSY_S})
    event.listen(engine, "connect", _prepare_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _: ConnectionPoolEntry) -> None:  # noqa: ANN401 - any driver
    cursor = connection.cursor()
    _write_ahead(cursor)
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.close()


def _write_ahead(cursor: Any) -> None:  # noqa: ANN401 - as above
    """Turn the file's write-ahead log on; this one statement does not wait for others by itself."""
    end_s = time.monotonic() + _BUSY_S
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > end_s:
                raise
            time.sleep(_LOOK_AGAIN_S)
        else:
            return
