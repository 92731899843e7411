"""The durable queue between the station and the broker.

`put` returns when the message is on disk, `batch` gives the most urgent ones, `delete` forgets
them: call it only when the broker has acknowledged. Everything is in one SQLite file (see
`edge.outbox_file` for what happens when that fails).

The queue is bounded: when it is full, the oldest message of the least urgent lane makes room.

Methods are safe to call from several threads and block for one disk write: in an event loop
call them through `asyncio.to_thread`.
"""

import json
import sqlite3
import threading
import time
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import NamedTuple

import structlog
from pydantic import BaseModel, ConfigDict, Field

from edge.errors import OutboxError
from edge.outbox_file import OutboxFile

_log = structlog.get_logger(__name__)


class Lane(IntEnum):
    """How urgent a message is; the lowest goes first and is dropped last."""

    TRIGGER = 0
    REPLY = 1
    BULK = 2


class OutboxConfig(BaseModel):
    """Bounds of the queue."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    max_messages: int = Field(
        default=20_000, ge=1, title="Most messages", description="Messages kept at most"
    )
    max_bytes: int = Field(
        default=64_000_000, ge=1_000, title="Most bytes", description="Bytes of messages at most"
    )


@dataclass(frozen=True, slots=True)
class Queued:
    """A message that waits for the broker."""

    id: int
    lane: Lane
    topic: str
    payload: bytes
    qos: int
    retain: bool
    expires_ns: int | None
    """Time after which nobody wants it, nanoseconds since 1970 UTC."""


class _Total(NamedTuple):
    messages: int
    size: int


class Outbox:
    """The queue; one process at a time has a file open.

    Args:
        path: The SQLite file; its folder is made if need be.
        config: The bounds.
        clock_ns: Time in nanoseconds since 1970 UTC; injected by tests.

    Raises:
        OutboxError: Another process has the file open.

    Attributes:
        dropped: Messages that made room for others, since the start.
        expired: Messages that nobody wanted any more, since the start.
    """

    def __init__(
        self,
        path: Path,
        config: OutboxConfig | None = None,
        clock_ns: Callable[[], int] = time.time_ns,
    ) -> None:
        self.path = path
        self.dropped = 0
        self.expired = 0
        self._config = config or OutboxConfig()
        self._clock_ns = clock_ns
        self._lock = threading.Lock()
        self._file = OutboxFile(path)
        self._total = self._file.run(_count)
        self._generation = self._file.generation

    @property
    def depth(self) -> int:
        """Messages that wait."""
        return self._total.messages

    @property
    def durable(self) -> bool:
        """Whether what waits would survive a restart."""
        return self._file.durable

    def put(
        self,
        topic: str,
        payload: bytes,
        *,
        lane: Lane = Lane.TRIGGER,
        qos: int = 1,
        retain: bool = False,
        expires_ns: int | None = None,
    ) -> int | None:
        """Keep a message; when this returns, it is on disk.

        Args:
            topic: Where it shall go.
            payload: The message.
            lane: How urgent it is.
            qos: MQTT quality of service.
            retain: The broker shall keep it for later subscribers.
            expires_ns: Time after which nobody wants it, nanoseconds since 1970 UTC.

        Returns:
            Its number, or None where the queue is full of more urgent messages.

        Raises:
            OutboxError: The message alone is larger than the queue may be.
        """
        size = len(payload) + len(topic)
        if size > self._config.max_bytes:
            reason = (
                f"message of {size} bytes on {topic} exceeds max_bytes={self._config.max_bytes}"
            )
            raise OutboxError(self.path, reason)
        row = (int(lane), topic, payload, qos, int(retain), expires_ns, size)
        with self._lock:
            number, victims, self._total = self._file.run(
                lambda database: self._insert(database, row, size)
            )
            self._generation = self._file.generation
        self._count_dropped(victims)
        return None if number in victims else number

    def put_all(self, messages: Sequence[tuple[Lane, str, bytes]]) -> None:
        """Keep messages in one write; when this returns, they are on disk.

        Args:
            messages: Of each lane, topic and payload; one that is larger than the queue may be
                makes room at once.
        """

        def insert(database: sqlite3.Connection) -> tuple[set[int], _Total]:
            total, victims = self._before(database), set[int]()
            for lane, topic, payload in messages:
                size = len(payload) + len(topic)
                row = (int(lane), topic, payload, 1, 0, None, size)
                _, made_room, total = self._insert(database, row, size, total)
                victims |= made_room
            return victims, total

        with self._lock:
            victims, self._total = self._file.run(insert)
            self._generation = self._file.generation
        self._count_dropped(victims)

    def batch(
        self, limit: int, max_bytes: int | None = None, without: Collection[int] = ()
    ) -> list[Queued]:
        """Return the most urgent messages, oldest first in a lane; forgets the expired ones.

        Args:
            limit: How many at most.
            max_bytes: Payload bytes at most; the first message is given however large it is.
            without: Numbers to pass over.
        """
        self._forget_expired()
        with self._lock:
            rows = self._file.run(lambda database: _select(database, limit, without))
        chosen: list[Queued] = []
        size = 0
        for number, lane, topic, payload, qos, retain, expires_ns in rows:
            size += len(payload)
            if chosen and max_bytes is not None and size > max_bytes:
                break
            chosen.append(Queued(number, Lane(lane), topic, payload, qos, bool(retain), expires_ns))
        return chosen

    def delete(self, numbers: Iterable[int]) -> None:
        """Forget messages that the broker has acknowledged; unknown numbers are ignored."""
        wanted = list(numbers)
        with self._lock:
            self._total = self._file.run(lambda database: self._remove(database, wanted))
            self._generation = self._file.generation

    def copy_to(self, path: Path) -> None:
        """Copy all that waits into a new file, which others may open.

        Raises:
            OutboxError: It cannot be read, or the copy cannot be written.
        """
        try:
            with self._lock:
                self._file.copy_to(path)
        except sqlite3.Error as error:
            raise OutboxError(path, f"no copy of {self.path} can be made: {error}") from error

    def close(self) -> None:
        """Close the file; what waits is there at the next start."""
        with self._lock:
            self._file.close()

    def _forget_expired(self) -> None:
        now_ns = self._clock_ns()
        with self._lock:
            stale = self._file.run(lambda database: _expired(database, now_ns))
        if stale:
            self.delete(stale)
            self.expired += len(stale)
            _log.warning("outbox_expired", path=str(self.path), expired=self.expired)

    def _before(self, database: sqlite3.Connection) -> _Total:
        """Return the totals; after a change of file they are counted anew."""
        return self._total if self._file.generation == self._generation else _count(database)

    def _count_dropped(self, victims: set[int]) -> None:
        if victims:
            self.dropped += len(victims)
            _log.warning("outbox_full", path=str(self.path), dropped=self.dropped)

    def _insert(
        self,
        database: sqlite3.Connection,
        row: tuple[object, ...],
        size: int,
        before: _Total | None = None,
    ) -> tuple[int, set[int], _Total]:
        messages, total = before or self._before(database)
        (number,) = database.execute(
            "INSERT INTO message (lane, topic, payload, qos, retain, expires_ns, size) "
            "VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING id",
            row,
        ).fetchone()
        messages, total = messages + 1, total + size
        victims: set[int] = set()
        while messages > self._config.max_messages or total > self._config.max_bytes:
            victim, freed = database.execute(
                "DELETE FROM message WHERE id = "
                "(SELECT id FROM message ORDER BY lane DESC, id LIMIT 1) RETURNING id, size"
            ).fetchone()
            victims.add(victim)
            messages, total = messages - 1, total - freed
        return number, victims, _Total(messages, total)

    def _remove(self, database: sqlite3.Connection, numbers: list[int]) -> _Total:
        messages, total = self._before(database)
        for number in numbers:
            for (size,) in database.execute(
                "DELETE FROM message WHERE id = ? RETURNING size", (number,)
            ).fetchall():
                messages, total = messages - 1, total - size
        return _Total(messages, total)


def _count(database: sqlite3.Connection) -> _Total:
    row = database.execute("SELECT COUNT(*), COALESCE(SUM(size), 0) FROM message").fetchone()
    return _Total(*row)


def _expired(database: sqlite3.Connection, now_ns: int) -> list[int]:
    rows = database.execute("SELECT id FROM message WHERE expires_ns <= ?", (now_ns,))
    return [number for (number,) in rows.fetchall()]


def _select(
    database: sqlite3.Connection, limit: int, without: Collection[int]
) -> list[tuple[int, int, str, bytes, int, int, int | None]]:
    return database.execute(
        "SELECT id, lane, topic, payload, qos, retain, expires_ns FROM message "
        "WHERE id NOT IN (SELECT value FROM json_each(?)) ORDER BY lane, id LIMIT ?",
        (json.dumps(list(without)), limit),
    ).fetchall()
