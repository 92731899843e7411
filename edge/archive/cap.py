"""Keeps the archive within its bounds: the oldest day makes room, the one being written never."""

import shutil
from collections import defaultdict
from collections.abc import Callable
from datetime import date
from pathlib import Path

import structlog

from edge.archive.config import ArchiveConfig
from edge.archive.journal import FOLDER, read_day
from edge.archive.sds import date_of, read_name

_log = structlog.get_logger(__name__)


class Cap:
    """Counts what the archive takes and removes days that are too much.

    Args:
        folder: Root of the tree; the disk it lies on must be there.
        config: The bounds.
        free_bytes: Tells the free space of a disk; injected by tests.

    Attributes:
        size: Bytes of the archive.
        oldest: The oldest day that is kept.
    """

    def __init__(
        self,
        folder: Path,
        config: ArchiveConfig,
        free_bytes: Callable[[Path], int] | None = None,
    ) -> None:
        self._folder = folder
        self._config = config
        self._free_bytes = free_bytes or (lambda path: shutil.disk_usage(path).free)
        self._today: date | None = None
        days = self._days()
        self.size = sum(path.stat().st_size for paths in days.values() for path in paths)
        self.oldest = min(days, default=None)

    def add(self, size: int) -> None:
        """Count bytes that were written."""
        self.size += size

    def make_room(self, today: date) -> list[Path]:
        """Remove the oldest days until the bounds hold; return the files that went.

        Args:
            today: The day that is being written, which stays.

        Raises:
            OSError: The disk does not let us.
        """
        removed: list[Path] = []
        is_new_day, self._today = today != self._today, today
        if not (is_new_day or self._too_much()):
            return removed
        days = self._days()
        for day in sorted(days.keys() - {today}):
            if not (self._too_many(len(days.keys() | {today})) or self._too_much()):
                break
            removed += self._remove(day, days.pop(day))
        self.oldest = min(days, default=today)
        return removed

    def _too_much(self) -> bool:
        free = self._free_bytes(self._folder)
        return self.size > self._config.max_bytes or free < self._config.keep_free_bytes

    def _too_many(self, count: int) -> bool:
        """Tell whether there are too many days.

        They are counted, not looked up in the calendar: a station whose clock is years ahead at
        boot must not take all that it has for too old.
        """
        return self._config.max_days is not None and count > self._config.max_days

    def _remove(self, day: date, paths: list[Path]) -> list[Path]:
        freed = 0
        for path in paths:
            size = path.stat().st_size
            path.unlink()
            freed += size
        self.size -= freed
        _log.info("archive_thinned", day=day.isoformat(), freed_bytes=freed)
        return paths

    def _days(self) -> dict[date, list[Path]]:
        """Return the files of each day; a day's journal goes first, so that none is left alone."""
        days: defaultdict[date, list[Path]] = defaultdict(list)
        for path in (self._folder / FOLDER).glob("*"):
            if day := read_day(path):
                days[day].append(path)
        for path in self._folder.glob("*/*/*/*.D/*"):
            if name := read_name(path):
                days[date_of(name)].append(path)
        return days
