"""The SQLite file under the outbox: opened with care, mended where it can be.

WAL mode with `synchronous=FULL`: a transaction that returned survives a power cut. A damaged
file is set aside under another name and a new one begun with every message that can still be
read. A disk that no longer takes writes (full, or mounted read-only after an error) is replaced
by memory; the station goes on, and `durable` says that a restart would lose what waits. Now and
then the disk is tried again, and what waits goes back to it. The file is locked for other processes
while it is open: two agents on one file would send everything twice.
"""

import contextlib
import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import structlog

from edge.errors import OutboxError

_log = structlog.get_logger(__name__)
_T = TypeVar("_T")

_SCHEMA = """
CREATE TABLE IF NOT EXISTS message (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    lane INTEGER NOT NULL,
    topic TEXT NOT NULL,
    payload BLOB NOT NULL,
    qos INTEGER NOT NULL,
    retain INTEGER NOT NULL,
    expires_ns INTEGER,
    size INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS message_order ON message (lane, id);
CREATE INDEX IF NOT EXISTS message_expiry ON message (expires_ns) WHERE expires_ns IS NOT NULL;
"""
_LOCKED_S = 2.0
"""A process that is just ending may hold the file so long."""
_RETRY_S = 30.0
"""A disk that took no writes is tried again so often."""
_CACHE_KB = 256
"""A board has better use for memory than a queue that is read once."""
_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_UNWRITABLE = (
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CANTOPEN,
)


class OutboxFile:
    """The database and its misfortunes; used by one thread at a time.

    Args:
        path: The file; its folder is made if need be.
        clock_s: A steady clock, seconds; injected by tests.

    Raises:
        OutboxError: Another process has the file open.

    Attributes:
        durable: False while the disk takes no writes.
        generation: Counts the databases that took the place of another.
    """

    def __init__(self, path: Path, clock_s: Callable[[], float] = time.monotonic) -> None:
        self.path = path
        self._clock_s = clock_s
        self._retry_at_s = 0.0
        self.durable = True
        self.generation = 0
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._database = _open(path)
        except (sqlite3.DatabaseError, OSError) as error:
            if _code(error) == sqlite3.SQLITE_BUSY:
                reason = "another process has it open; is the agent running already?"
                raise OutboxError(path, reason) from error
            self._database = self._substitute(error)

    def run(self, action: Callable[[sqlite3.Connection], _T]) -> _T:
        """Run an action in a transaction; where the file fails, replace it and run once more.

        Args:
            action: May run twice, so it changes nothing but the database.

        Raises:
            sqlite3.Error: The action itself is wrong.
        """
        if not self.durable and self._clock_s() >= self._retry_at_s:
            self._return_to_disk()
        try:
            return _in_transaction(self._database, action)
        except sqlite3.DatabaseError as error:
            if _code(error) not in (*_DAMAGED, *_UNWRITABLE):
                raise
            rows = list(_readable_rows(self._database))
            self._database.close()
            self._database = self._substitute(error)
            _insert_all(self._database, rows)
            self.generation += 1
        return _in_transaction(self._database, action)

    def copy_to(self, path: Path) -> None:
        """Copy all that waits into a new file.

        Raises:
            sqlite3.Error: It cannot be read, or the copy cannot be written.
        """
        with contextlib.closing(sqlite3.connect(path)) as copy:
            self._database.backup(copy)

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def _substitute(self, error: Exception) -> sqlite3.Connection:
        if _code(error) in _DAMAGED:
            try:
                return self._begin_anew(error)
            except (sqlite3.DatabaseError, OSError) as second:
                error = second
        self.durable = False
        self._retry_at_s = self._clock_s() + _RETRY_S
        _log.error("outbox_not_durable", path=str(self.path), reason=str(error))
        return _prepare(sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None))

    def _return_to_disk(self) -> None:
        """Put what waits in memory into the file, where the disk takes it again."""
        self._retry_at_s = self._clock_s() + _RETRY_S
        rows = list(_readable_rows(self._database))
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            database = _open(self.path)
        except (sqlite3.DatabaseError, OSError):
            return
        try:
            # In one transaction: a power cut leaves what was there or what is now.
            _in_transaction(database, lambda target: _replace_all(target, rows))
        except sqlite3.DatabaseError:
            database.close()
            return
        self._database.close()
        self._database, self.durable = database, True
        self.generation += 1
        _log.info("outbox_durable_again", path=str(self.path), waiting=len(rows))

    def _begin_anew(self, error: Exception) -> sqlite3.Connection:
        aside = self.path.with_name(f"{self.path.name}.damaged-{time.time_ns()}")
        for suffix in ("", "-wal", "-shm"):
            with contextlib.suppress(FileNotFoundError):
                self.path.with_name(self.path.name + suffix).rename(f"{aside}{suffix}")
        database = _open(self.path)
        rows = _rows_of_damaged(aside)
        _insert_all(database, rows)
        _log.error(
            "outbox_damaged",
            path=str(self.path),
            set_aside=str(aside),
            rescued=len(rows),
            reason=str(error),
        )
        return database


def _code(error: Exception) -> int:
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF


def _open(path: Path) -> sqlite3.Connection:
    database = sqlite3.connect(
        path, timeout=_LOCKED_S, check_same_thread=False, isolation_level=None
    )
    try:
        database.execute("PRAGMA locking_mode=EXCLUSIVE")
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("PRAGMA synchronous=FULL")
        database.execute(f"PRAGMA cache_size=-{_CACHE_KB}")
        _check(database)
        return _prepare(database)
    except BaseException:
        database.close()
        raise


def _check(database: sqlite3.Connection) -> None:
    (verdict,) = database.execute("PRAGMA quick_check(1)").fetchone()
    if verdict != "ok":
        damage = sqlite3.DatabaseError(verdict)
        damage.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
        raise damage


def _prepare(database: sqlite3.Connection) -> sqlite3.Connection:
    database.executescript(_SCHEMA)
    return database


def _in_transaction(database: sqlite3.Connection, action: Callable[[sqlite3.Connection], _T]) -> _T:
    database.execute("BEGIN IMMEDIATE")
    try:
        result = action(database)
        database.execute("COMMIT")
    except BaseException:
        if database.in_transaction:
            database.execute("ROLLBACK")
        raise
    return result


def _readable_rows(database: sqlite3.Connection) -> Iterator[tuple[object, ...]]:
    """Yield rows until the damage."""
    with contextlib.suppress(sqlite3.DatabaseError):
        yield from database.execute(
            "SELECT id, lane, topic, payload, qos, retain, expires_ns, size "
            "FROM message NOT INDEXED"
        )


def _rows_of_damaged(path: Path) -> list[tuple[object, ...]]:
    with contextlib.closing(sqlite3.connect(path)) as database:
        return list(_readable_rows(database))


_INSERT = "INSERT OR IGNORE INTO message VALUES (?, ?, ?, ?, ?, ?, ?, ?)"


def _insert_all(database: sqlite3.Connection, rows: list[tuple[object, ...]]) -> None:
    _in_transaction(database, lambda target: target.executemany(_INSERT, rows))


def _replace_all(database: sqlite3.Connection, rows: list[tuple[object, ...]]) -> None:
    database.execute("DELETE FROM message")
    database.executemany(_INSERT, rows)
