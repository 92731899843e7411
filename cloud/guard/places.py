"""Where stations say that they are, and whether one code speaks for two places."""

from collections import deque
from dataclasses import dataclass, field
from typing import Final, TypeVar

from cloud.guard.config import GuardConfig
from edge.geodesy import great_circle_km
from edge.timestamps import seconds_to_ns

Place = tuple[float, float]
"""Degrees north and east."""

_T = TypeVar("_T")
_MOST: Final = 50_000
"""Made-up stations must not fill memory."""


@dataclass(slots=True)
class _Known:
    place: Place
    changes_ns: deque[int] = field(default_factory=lambda: deque(maxlen=64))


class Places:
    """The last place of each station, and when it changed.

    Args:
        config: How far is elsewhere, and how many changes are too many.
    """

    def __init__(self, config: GuardConfig) -> None:
        self._config = config
        self._memory_ns = seconds_to_ns(config.flips_remembered_s)
        self._known: dict[str, _Known] = {}
        self._stated: dict[str, Place] = {}

    def state(self, station: str, place: Place, now_ns: int) -> None:
        """Take the place of a birth certificate, which is where the triggers come from."""
        _put(self._stated, station, place)
        self.see(station, place, now_ns)

    def see(self, station: str, place: Place, now_ns: int) -> None:
        """Take a place that a station gives."""
        known = self._known.get(station)
        if known is None:
            _put(self._known, station, _Known(place))
        elif self._elsewhere(known.place, place):
            known.place = place
            known.changes_ns.append(now_ns)

    def is_stated(self, station: str, place: Place) -> bool:
        """Return whether a place is that of the station's birth certificate, if it has one."""
        stated = self._stated.get(station)
        return stated is None or not self._elsewhere(stated, place)

    def flips(self, station: str, now_ns: int) -> int:
        """Return how often the place changed of late where that is too often, else 0."""
        known = self._known.get(station)
        if known is None:
            return 0
        while known.changes_ns and known.changes_ns[0] < now_ns - self._memory_ns:
            known.changes_ns.popleft()
        count = len(known.changes_ns)
        return count if count >= self._config.flips else 0

    def _elsewhere(self, one: Place, other: Place) -> bool:
        return one != other and great_circle_km(one, other) > self._config.moved_km


def _put(table: dict[str, _T], key: str, value: _T) -> None:
    """Set an entry; the oldest one makes room."""
    if key not in table and len(table) >= _MOST:
        del table[next(iter(table))]
    table[key] = value
