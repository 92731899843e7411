"""Which triggers and which silent stations are looked at together."""

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace

from cloud.association.config import AssociationConfig
from cloud.association.front import Fronts
from cloud.association.onset import Onset
from cloud.association.quake import Quake
from cloud.association.scene import RateHz, Scene, scene_of
from cloud.association.stations import Station, StationBook
from cloud.association.waiting import WaitingRoom
from cloud.association.wavefield import Wavefield
from edge.timestamps import seconds_to_ns

_UNREST_NOT_S = 60.0
"""Triggers of so many seconds before another may be of the same earthquake."""


class Stage:
    """Sets scenes.

    Args:
        config: How far and how many.
        wavefield: Where the waves of an earthquake are.
        stations: All that are known.
        quakes: The earthquakes that are known at the moment; looked at, never changed.
        waiting: The triggers that nothing explains; likewise.
        fronts: The wave fronts of distant earthquakes; likewise.
    """

    def __init__(
        self,
        config: AssociationConfig,
        wavefield: Wavefield,
        stations: StationBook,
        quakes: Mapping[int, Quake],
        waiting: WaitingRoom,
        fronts: Fronts,
    ) -> None:
        self._config = config
        self._wavefield = wavefield
        self._stations = stations
        self._quakes = quakes
        self._waiting = waiting
        self._fronts = fronts

    def of(self, onsets: Sequence[Onset], now_ns: int, quake: Quake) -> Scene:
        """Return the scene of a known earthquake, in its plane."""
        heard = len({onset.station for onset in onsets})
        silent = self._stations.listening_near(
            *quake.explanation.origin.place,
            self._config.search_radius_km,
            self._config.most_stations + heard,
        )
        return scene_of(onsets, silent, now_ns, self.rate(quake), quake.explanation.origin)

    def around(self, onset: Onset, others: Iterable[Onset], now_ns: int) -> Scene:
        """Return the scene of a trigger and others that one earthquake could have made with it.

        In a dense network only the neighbourhood counts, and all of it: triggers of many stations
        without the silence of the others between them would make earthquakes of chance.
        """
        place = onset.station.latitude, onset.station.longitude
        near = self._stations.listening_near(
            *place, self._config.search_radius_km, self._config.most_stations
        )
        neighbours = set(near)
        crowded = len(near) == self._config.most_stations
        candidates = [each for each in others if not crowded or each.station in neighbours]
        onsets = [onset, *self.feasible(onset, candidates)]
        unrest_hz = self._unrest_hz(onset, neighbours)
        scene = scene_of(onsets, near, now_ns, self.rate(None, unrest_hz))
        return replace(scene, unrest_hz=unrest_hz)

    def _unrest_hz(self, onset: Onset, neighbours: AbstractSet[Station]) -> float:
        """Return how often a station of the neighbourhood has triggered for nothing of late, Hz.

        Thunder, a low aircraft or a convoy makes many stations trigger within minutes, long before
        each has been learnt to be noisy. What came last may be an earthquake and does not count.
        """
        until_ns = onset.time_ns - seconds_to_ns(_UNREST_NOT_S)
        since_ns = onset.time_ns - seconds_to_ns(self._config.window_s)
        count = self._waiting.count(neighbours, since_ns, until_ns)
        watched_s = len(neighbours) * max(self._config.window_s - _UNREST_NOT_S, 1.0)
        return count / watched_s if neighbours else 0.0

    def feasible(self, onset: Onset, others: Iterable[Onset]) -> list[Onset]:
        """Return others that one earthquake could have made with an onset, as many as count."""
        farthest_km = 2 * self._config.search_radius_km
        return WaitingRoom.feasible(onset, others, farthest_km, self._config.most_onsets - 1)

    def rate(self, quake: Quake | None, unrest_hz: float = 0.0) -> RateHz:
        """Return the rate of chance triggers, raised within the waves of other earthquakes.

        Args:
            quake: Whose own waves do not count; None where all do.
            unrest_hz: How often the neighbourhood triggers for nothing, at least.
        """
        if quake is not None:
            unrest_hz = quake.unrest_hz
        others = [q for q in self._quakes.values() if q is not quake and q.reason is None]

        def rate_hz(onset: Onset) -> float:
            shaken = sum(self._wavefield.rate_hz(other, onset) for other in others)
            shaken += self._fronts.rate_hz(onset)
            return max(onset.station.noise.rate_hz(onset.time_ns), unrest_hz) + shaken

        return rate_hz
