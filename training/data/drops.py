"""What readers leave out: counted by reason, told once with its place."""

from collections import Counter
from collections.abc import Callable

import structlog

from training.data.recording import Recording, checked
from training.errors import BrokenRecordError

_log = structlog.get_logger(__name__)

_BROKEN = (BrokenRecordError, ValueError, KeyError, IndexError, OSError, EOFError)
"""What parsing a stranger's file may raise."""


class Drops:
    """Counts the broken rows and records of one reading."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.first: dict[str, str] = {}
        """For each reason, the first place where it was met."""

    @property
    def total(self) -> int:
        """How many were dropped."""
        return self.counts.total()

    def read(self, place: str, read: Callable[[], Recording]) -> Recording | None:
        """Return what `read` reads if it is sound; else count it and return None."""
        try:
            return checked(read())
        except _BROKEN as error:
            self.drop(place, error)
            return None

    def drop(self, place: str, error: Exception) -> None:
        """Count a broken row or record, and tell of the first of its kind."""
        reason = error.reason if isinstance(error, BrokenRecordError) else type(error).__name__
        self.counts[reason] += 1
        if reason not in self.first:
            self.first[reason] = place
            _log.warning("record dropped", place=place, reason=reason, detail=str(error))
