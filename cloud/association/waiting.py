"""Triggers that nothing explains yet: bounded, the oldest give way."""

from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet

import numpy as np

from cloud.association.onset import Onset
from cloud.association.stations import Station
from cloud.geodesy import great_circle_km

_MOST = 2048
_MOST_A_STATION = 6
_SLOWEST_KM_S = 3.0
_S_AFTER_P_S = 30.0


class WaitingRoom:
    """Holds onsets by trigger id, in the order of their coming."""

    def __init__(self) -> None:
        self._onsets: dict[str, Onset] = {}
        self._by_station: dict[Station, list[str]] = {}
        self._earliest_ns = 0
        """No onset that waits is before this."""

    def __iter__(self) -> Iterator[Onset]:
        return iter(list(self._onsets.values()))

    def __len__(self) -> int:
        return len(self._onsets)

    def __contains__(self, onset_id: str) -> bool:
        return onset_id in self._onsets

    def add(self, onset: Onset) -> None:
        """Let an onset wait; the oldest of its station, then of all, give way."""
        self.discard(onset.id)
        mine = self._by_station.setdefault(onset.station, [])
        if len(mine) >= _MOST_A_STATION:
            onset.station.noise.add(self._onsets[mine[0]].time_ns)
            self.discard(mine[0])
        if len(self._onsets) >= _MOST:
            self.discard(next(iter(self._onsets)))
        self._earliest_ns = min(self._earliest_ns, onset.time_ns) if self._onsets else onset.time_ns
        self._onsets[onset.id] = onset
        self._by_station.setdefault(onset.station, []).append(onset.id)

    def discard(self, onset_id: str) -> None:
        """Forget an onset, if it waits."""
        onset = self._onsets.pop(onset_id, None)
        if onset is None:
            return
        mine = self._by_station[onset.station]
        mine.remove(onset_id)
        if not mine:
            del self._by_station[onset.station]

    def refresh(self, onset: Onset) -> None:
        """Put a later revision in an onset's place, if it waits."""
        if onset.id in self._onsets:
            self._onsets[onset.id] = onset

    def count(self, stations: AbstractSet[Station], since_ns: int, until_ns: int) -> int:
        """Return how many onsets of some stations wait from a stretch of time."""
        return sum(
            since_ns <= onset.time_ns < until_ns and onset.station in stations
            for onset in self._onsets.values()
        )

    def leave(self, oldest_ns: int) -> list[Onset]:
        """Forget and return all onsets before a time."""
        if not self._onsets or self._earliest_ns >= oldest_ns:
            return []
        gone = [onset for onset in self._onsets.values() if onset.time_ns < oldest_ns]
        for onset in gone:
            self.discard(onset.id)
        self._earliest_ns = min((each.time_ns for each in self._onsets.values()), default=0)
        return gone

    @staticmethod
    def feasible(
        onset: Onset, others: Iterable[Onset], farthest_km: float, most: int
    ) -> list[Onset]:
        """Return others that one earthquake could have made with an onset, nearest in time first.

        Args:
            onset: The onset.
            others: Others, of any station.
            farthest_km: Stations farther apart see no common earthquake.
            most: So many are returned at most.
        """
        rest = [each for each in dict.fromkeys(others) if each.id != onset.id]
        if not rest:
            return []
        places = np.array([(each.station.latitude, each.station.longitude) for each in rest])
        distance = great_circle_km(
            places[:, 0], places[:, 1], onset.station.latitude, onset.station.longitude
        )
        apart = np.abs(np.array([each.time_ns - onset.time_ns for each in rest])) / 1e9
        possible = (apart <= distance / _SLOWEST_KM_S + _S_AFTER_P_S) & (distance <= farthest_km)
        order = [index for index in np.argsort(apart, kind="stable") if possible[index]]
        return [rest[index] for index in order[:most]]
