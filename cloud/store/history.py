"""The history of the stations' health: every report for a while, then spans of them.

A report is a row of float32 numbers, little-endian, 4 bytes each; a row of a span holds the number
of its reports, and the least, the middle and the largest of each number. NaN is what was not told.

Methods block for the database; call them in a thread.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, Connection, Engine, and_, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite

from cloud.store.tables import health_history, health_reports
from edge.timestamps import seconds_to_ns

Numbers = NDArray[np.float32]

GRACE_NS: Final = seconds_to_ns(60.0)
"""A span is closed so long after its end: what is written in batches comes late."""
MOST_ROWS: Final = 5_000
"""Rows that one step reads or deletes at most; more reports than an hour can have."""
_WIRE: Final = np.dtype("<f4")


@dataclass(frozen=True, slots=True)
class Report:
    """One health report in numbers."""

    network: str
    station: str
    time_ns: int
    numbers: Numbers


@dataclass(frozen=True, slots=True)
class Span:
    """What became of the reports of a span.

    Attributes:
        start_ns: Its begin.
        span_s: Its length; 0: one report.
        count: Reports in it.
        low: The least of each number.
        middle: The median of each, or the sum where it counts something.
        high: The largest of each.
    """

    start_ns: int
    span_s: int
    count: int
    low: Numbers
    middle: Numbers
    high: Numbers


@dataclass(frozen=True, slots=True)
class Level:
    """Spans of one length, and how long they are kept."""

    span_s: int
    keep_ns: int


class HealthHistory:
    """The table.

    Args:
        engine: The database.
        summed: Which of the numbers are counts, shape (numbers,).
    """

    def __init__(self, engine: Engine, summed: NDArray[np.bool_]) -> None:
        self._engine = engine
        self._summed = summed

    def add(self, reports: Sequence[Report]) -> None:
        """Write reports; those that are there already stay as they are."""
        rows = [
            _row(one.network, one.station, 0, one.time_ns, one.numbers.astype(_WIRE))
            for one in reports
        ]
        with self._engine.begin() as connection:
            self._insert(connection, rows)

    def stations(self) -> list[tuple[str, str]]:
        """Return network and station of everybody who ever reported."""
        columns = health_reports.c
        query = select(columns.network, columns.station).order_by(columns.network, columns.station)
        with self._engine.connect() as connection:
            return [(row.network, row.station) for row in connection.execute(query)]

    def read(
        self, network: str, station: str, span_s: int, start_ns: int, end_ns: int
    ) -> list[Span]:
        """Return a station's spans of one length that begin in a time, oldest first."""
        here = _here(network, station, span_s)
        with self._engine.connect() as connection:
            rows = _rows(connection, here, start_ns, end_ns, limit=None)
            return [self._unpack(time_ns, span_s, blob) for time_ns, blob in rows]

    def thin(
        self, network: str, station: str, raw_ns: int, levels: Sequence[Level], now_ns: int
    ) -> int:
        """Take one step with one station: make the spans that have closed, delete what is too old.

        Args:
            network: The station's network.
            station: The station.
            raw_ns: How long single reports are kept.
            levels: The spans.
            now_ns: The data clock.

        Returns:
            How many rows were written and deleted; as long as it is not 0 there is more to do.
        """
        with self._engine.begin() as connection:
            done, safe_ns = 0, now_ns - raw_ns
            for level in levels:
                made, reached_ns = self._close_spans(
                    connection, network, station, level.span_s, now_ns
                )
                done += made
                safe_ns = min(safe_ns, reached_ns)
                done += _drop(
                    connection, _here(network, station, level.span_s), now_ns - level.keep_ns
                )
            return done + _drop(connection, _here(network, station, 0), safe_ns)

    def _close_spans(
        self, connection: Connection, network: str, station: str, span_s: int, now_ns: int
    ) -> tuple[int, int]:
        """Make the spans that have closed; return how many, and up to when all are made."""
        length_ns = seconds_to_ns(span_s)
        here = _here(network, station, span_s)
        newest = connection.execute(
            select(func.max(health_history.c.start_ns)).where(here)
        ).scalar_one()
        from_ns = 0 if newest is None else newest + length_ns
        until_ns = (now_ns - GRACE_NS) // length_ns * length_ns
        raw = _rows(connection, _here(network, station, 0), from_ns, until_ns, limit=MOST_ROWS)
        if not raw:
            return 0, until_ns
        if len(raw) == MOST_ROWS:
            until_ns = raw[-1][0] // length_ns * length_ns
            raw = [row for row in raw if row[0] < until_ns]
        rows = [
            _row(network, station, span_s, start_ns, packed)
            for start_ns, packed in self._pack(raw, length_ns)
        ]
        self._insert(connection, rows)
        return len(rows), until_ns

    def _pack(
        self, raw: Sequence[tuple[int, bytes]], length_ns: int
    ) -> Iterator[tuple[int, Numbers]]:
        starts = np.array([time_ns // length_ns * length_ns for time_ns, _ in raw], dtype=np.int64)
        numbers = np.stack([self._padded(np.frombuffer(blob, _WIRE)) for _, blob in raw])
        edges = np.flatnonzero(np.diff(starts, prepend=-1))
        for first, block in zip(edges, np.split(numbers, edges[1:]), strict=True):
            yield int(starts[first]), _statistics(block, self._summed)

    def _unpack(self, start_ns: int, span_s: int, blob: bytes) -> Span:
        held = np.frombuffer(blob, _WIRE)
        if span_s == 0:
            one = self._padded(held)
            return Span(start_ns, 0, 1, one, one, one)
        low, middle, high = (self._padded(part) for part in held[1:].reshape(3, -1))
        return Span(start_ns, span_s, int(held[0]), low, middle, high)

    def _padded(self, numbers: Numbers) -> Numbers:
        """Return the numbers of a row that an older version wrote as long as ours are."""
        missing = len(self._summed) - len(numbers)
        if missing <= 0:
            return numbers[: len(self._summed)]
        return np.concatenate([numbers, np.full(missing, np.nan, _WIRE)])

    def _insert(self, connection: Connection, rows: list[dict[str, Any]]) -> None:
        if rows:
            kind = sqlite if self._engine.dialect.name == "sqlite" else postgresql
            connection.execute(kind.insert(health_history).on_conflict_do_nothing(), rows)


def _statistics(block: Numbers, summed: NDArray[np.bool_]) -> Numbers:
    """Return count, least, middle and largest of a block, shape (1 + 3 * numbers,)."""
    told = (~np.isnan(block)).sum(axis=0)
    known = told > 0
    # NaN sorts to the end: the middle of what was told is found by its number.
    ordered = np.sort(block, axis=0)[:, known]
    columns, count = np.arange(ordered.shape[1]), told[known]
    low, high = ordered[0], ordered[count - 1, columns]
    median = (ordered[(count - 1) // 2, columns] + ordered[count // 2, columns]) / 2
    packed = np.full((3, block.shape[1]), np.nan, _WIRE)
    total = np.nansum(block[:, known], axis=0)
    packed[:, known] = low, np.where(summed[known], total, median), high
    return np.concatenate([np.array([len(block)], _WIRE), packed.ravel()])


def _row(
    network: str, station: str, span_s: int, start_ns: int, numbers: Numbers
) -> dict[str, Any]:
    key = {"network": network, "station": station, "span_s": span_s, "start_ns": start_ns}
    return key | {"numbers": numbers.tobytes()}


def _here(network: str, station: str, span_s: int) -> ColumnElement[bool]:
    columns = health_history.c
    return and_(columns.network == network, columns.station == station, columns.span_s == span_s)


def _rows(
    connection: Connection,
    here: ColumnElement[bool],
    start_ns: int,
    end_ns: int,
    limit: int | None,
) -> list[tuple[int, bytes]]:
    columns = health_history.c
    query = (
        select(columns.start_ns, columns.numbers)
        .where(here, columns.start_ns >= start_ns, columns.start_ns < end_ns)
        .order_by(columns.start_ns)
        .limit(limit)
    )
    return [(row.start_ns, row.numbers) for row in connection.execute(query)]


def _drop(connection: Connection, here: ColumnElement[bool], before_ns: int) -> int:
    """Delete the oldest rows of before a time, not too many; return how many."""
    columns = health_history.c
    oldest = (
        select(columns.start_ns)
        .where(here, columns.start_ns < before_ns)
        .order_by(columns.start_ns)
        .limit(MOST_ROWS)
    )
    times = list(connection.execute(oldest).scalars())
    if times:
        connection.execute(delete(health_history).where(here, columns.start_ns <= times[-1]))
    return len(times)
