"""The newest records of a station, numbered, for clients that come and go.

Numbers on the wire have 24 bits. They begin at the time of day, eight a second, faster than any
station makes records: so after a restart they go on above those that clients remember.
"""

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from typing import Final

SEQUENCE_MASK: Final = 0xFFFFFF
_NUMBERS_A_SECOND: Final = 8
_NS: Final = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Kept:
    """One record."""

    number: int
    """Counts up for ever; its lowest 24 bits go on the wire."""
    channel: str
    start_ns: int
    end_ns: int
    """Time of the sample that would follow the last one."""
    content: bytes


class RecordRing:
    """Written by one thread, read by others.

    Args:
        capacity: Records that are kept.
        now_ns: Time of the start, nanoseconds since 1970 UTC.
    """

    def __init__(self, capacity: int, now_ns: int) -> None:
        self._lock = threading.Lock()
        self._kept: deque[Kept] = deque(maxlen=capacity)
        self._next = (now_ns * _NUMBERS_A_SECOND // _NS) & SEQUENCE_MASK
        self._watchers: list[Callable[[], None]] = []

    @property
    def next_number(self) -> int:
        """The number of the record that will come next."""
        with self._lock:
            return self._next

    def add(self, channel: str, start_ns: int, end_ns: int, content: bytes) -> None:
        """Keep a record and tell those who wait."""
        with self._lock:
            self._kept.append(Kept(self._next, channel, start_ns, end_ns, content))
            self._next += 1
            watchers = list(self._watchers)
        for tell in watchers:
            tell()

    def watch(self, tell: Callable[[], None]) -> None:
        """Have a function called, by the thread that adds, for each new record."""
        with self._lock:
            self._watchers.append(tell)

    def unwatch(self, tell: Callable[[], None]) -> None:
        """End what `watch` began."""
        with self._lock:
            self._watchers.remove(tell)

    def since(self, number: int, most: int) -> list[Kept]:
        """Return records from a number on; where it is gone, from the oldest.

        Args:
            number: As in `Kept`.
            most: So many at most.
        """
        with self._lock:
            oldest = self._next - len(self._kept)
            skip = max(number - oldest, 0)
            return list(islice(self._kept, skip, skip + most))

    def resume(self, sequence: int) -> int:
        """Return the number that a client means by 24 bits.

        One that is not here, nor the next to come, means the oldest record: a client rather gets
        a record twice than not at all.
        """
        with self._lock:
            oldest = self._next - len(self._kept)
            ahead = (sequence - oldest) & SEQUENCE_MASK
            return oldest + ahead if ahead <= len(self._kept) else oldest

    def snapshot(self) -> list[Kept]:
        """Return all that is kept."""
        with self._lock:
            return list(self._kept)
