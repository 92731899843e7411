"""Which stretch of which station's record an event needs."""

from collections.abc import Iterable
from dataclasses import dataclass

from cloud.association.stations import Station
from cloud.geodesy import LocalPlane
from cloud.thorough.config import ThoroughConfig
from cloud.traveltimes import TravelTimes
from edge.messages import Event, Phase
from edge.timestamps import NANOSECONDS_PER_SECOND, seconds_to_ns

_STEP_NS = 10 * NANOSECONDS_PER_SECOND
"""Stretches begin and end at whole multiples of this: of an origin that moved a little they stay
the same, and with them the names of the requests."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """From when to when a station's record is wanted, nanoseconds since 1970 UTC."""

    station: str
    """NETWORK.STATION."""
    start_ns: int
    end_ns: int


def joined(stretches: Iterable[Stretch]) -> Stretch:
    """Return the least stretch that holds all of one station's."""
    there = list(stretches)
    start_ns = min(one.start_ns for one in there)
    return Stretch(there[0].station, start_ns, max(one.end_ns for one in there))


class Planner:
    """Says what to ask for.

    Args:
        config: How far, how many, how long.
        travel_times: When the waves come.
    """

    def __init__(self, config: ThoroughConfig, travel_times: TravelTimes) -> None:
        self.config = config
        self.travel_times = travel_times

    def stretches(self, event: Event, listening: Iterable[Station]) -> tuple[Stretch, ...]:
        """Return what an event as it stands needs, the nearest station first.

        Args:
            event: The event.
            listening: Stations that are online, whether they triggered or not.
        """
        plane = LocalPlane(event.latitude, event.longitude)
        distances = sorted(
            (plane.distance_km(station.latitude, station.longitude), station.key)
            for station in listening
        )
        near = [one for one in distances if one[0] <= self.config.farthest_km]
        concerned = set(event.stations)
        triggered = [one for one in near if one[1] in concerned][: self.config.most_stations]
        reach_km = max((distance for distance, _ in triggered), default=0.0)
        within = max(reach_km, self.config.neighbours_within_km)
        silent = [one for one in near if one[1] not in concerned and one[0] <= within]
        silent = silent[: self.config.neighbours]
        return tuple(
            self._stretch(event, key, distance) for distance, key in sorted([*triggered, *silent])
        )

    def _stretch(self, event: Event, station: str, distance_km: float) -> Stretch:
        p_s, s_s = (
            self.travel_times.time(phase, distance_km, event.depth_km)
            for phase in (Phase.P, Phase.S)
        )
        start_ns = event.origin_time + seconds_to_ns(p_s - self.config.before_p_s)
        end_ns = event.origin_time + seconds_to_ns(s_s + self.config.after_s_s)
        return Stretch(
            station,
            start_ns // _STEP_NS * _STEP_NS,
            -(-end_ns // _STEP_NS) * _STEP_NS,
        )
