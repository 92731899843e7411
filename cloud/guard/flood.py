"""How many messages a station sends: a level that each message raises and time lowers."""

from typing import Final

from cloud.guard.config import GuardConfig
from edge.timestamps import ns_to_seconds

_MOST_KEYS: Final = 50_000


class FloodGate:
    """A leaky bucket a station and kind of message.

    The gate closes when the bucket is full and opens when it is half empty. What is dropped fills
    it too, so that a flood ends when the station is quiet, not when the gate has waited.

    Args:
        config: Size and leak.
    """

    def __init__(self, config: GuardConfig) -> None:
        self._full = float(config.burst_messages)
        self._leak_hz = config.messages_per_minute / 60
        self._levels: dict[tuple[str, str], tuple[float, int]] = {}
        self._closed: dict[tuple[str, str], int] = {}

    def pour(self, station: str, kind: str, now_ns: int) -> bool:
        """Count a message; return whether it may pass."""
        key = (station, kind)
        level = min(self._level(key, now_ns) + 1, self._full)
        if key not in self._levels and len(self._levels) >= _MOST_KEYS:
            self._forget(now_ns)
        self._levels[key] = (level, now_ns)
        if key in self._closed:
            self._closed[key] += 1
            return False
        if level >= self._full:
            self._closed[key] = 1
            return False
        return True

    def closed_for(self, station: str) -> dict[str, int]:
        """Return the kinds of message that a station floods with, and how many were dropped."""
        return {kind: count for (name, kind), count in self._closed.items() if name == station}

    def open_again(self, now_ns: int) -> list[tuple[str, str, int]]:
        """Open the gates of those that have become quiet; return station, kind and dropped."""
        over = [key for key in self._closed if self._level(key, now_ns) <= self._full / 2]
        return [(*key, self._closed.pop(key)) for key in over]

    def _level(self, key: tuple[str, str], now_ns: int) -> float:
        level, since_ns = self._levels.get(key, (0.0, now_ns))
        return max(0.0, level - self._leak_hz * max(0.0, ns_to_seconds(now_ns - since_ns)))

    def _forget(self, now_ns: int) -> None:
        """Forget whoever is quiet; made-up stations must not fill memory."""
        kept = [key for key in self._levels if key in self._closed or self._level(key, now_ns) > 1]
        self._levels = {key: self._levels[key] for key in kept[-_MOST_KEYS // 2 :]}
