"""Which triggers and which silent stations are looked at together."""

from collections.abc import Iterable, Mapping, Sequence

from cloud.association.config import AssociationConfig
from cloud.association.onset import Onset
from cloud.association.quake import Quake
from cloud.association.scene import RateHz, Scene, scene_of
from cloud.association.stations import StationBook
from cloud.association.waiting import WaitingRoom
from cloud.association.wavefield import Wavefield


class Stage:
    """Sets scenes.

    Args:
        config: How far and how many.
        wavefield: Where the waves of an earthquake are.
        stations: All that are known.
        quakes: The earthquakes that are known at the moment; looked at, never changed.
    """

    def __init__(
        self,
        config: AssociationConfig,
        wavefield: Wavefield,
        stations: StationBook,
        quakes: Mapping[int, Quake],
    ) -> None:
        self._config = config
        self._wavefield = wavefield
        self._stations = stations
        self._quakes = quakes

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
        return scene_of(onsets, near, now_ns, self.rate(None))

    def feasible(self, onset: Onset, others: Iterable[Onset]) -> list[Onset]:
        """Return others that one earthquake could have made with an onset, as many as count."""
        farthest_km = 2 * self._config.search_radius_km
        return WaitingRoom.feasible(onset, others, farthest_km, self._config.most_onsets - 1)

    def rate(self, quake: Quake | None) -> RateHz:
        """Return the rate of chance triggers, raised within the waves of other earthquakes.

        Args:
            quake: Whose own waves do not count; None where all do.
        """
        others = [q for q in self._quakes.values() if q is not quake and q.reason is None]

        def rate_hz(onset: Onset) -> float:
            shaken = sum(self._wavefield.rate_hz(other, onset) for other in others)
            return onset.station.noise.rate_hz(onset.time_ns) + shaken

        return rate_hz
