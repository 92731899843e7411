"""Where the waves of a known earthquake are, so that the triggers they make found no other one."""

from math import hypot

from cloud.association.config import AssociationConfig
from cloud.association.onset import Onset
from cloud.association.quake import Quake
from cloud.traveltimes import TravelTimes
from edge.messages import Phase
from edge.timestamps import ns_to_seconds

_REACH_FACTOR = 2.5
"""Waves are taken to matter out to this many times the distance at which half trigger."""
_EARLY_SIGMAS = 3.0
_EARLY_S = 2.0
_SPEED_KM_S = 6.0
_CODA_EXPONENT = 0.3
"""Coda lasts 10 to the 0.3 M: doubles with each magnitude (as duration magnitudes have it)."""
_CODA_REFERENCE_MAGNITUDE = 5.0
_LONGEST_CODA_S = 600.0


class Wavefield:
    """Says whether a trigger lies within the waves of an earthquake."""

    def __init__(self, config: AssociationConfig, travel_times: TravelTimes) -> None:
        self.config = config
        self.travel_times = travel_times

    def coda_s(self, quake: Quake) -> float:
        """Return how long after S the earthquake still makes triggers, s."""
        if quake.magnitude is None:
            return self.config.coda_s
        growth = _CODA_EXPONENT * (quake.magnitude - _CODA_REFERENCE_MAGNITUDE)
        return float(min(self.config.coda_s * 10**growth, _LONGEST_CODA_S))

    def holds(self, quake: Quake, onset: Onset) -> bool:
        """Return whether an onset lies between P and the end of the coda at its station."""
        origin = quake.explanation.origin
        elapsed = ns_to_seconds(onset.time_ns - origin.time_ns)
        if elapsed < -_EARLY_S:
            return False
        distance = origin.distances_km([onset.station])
        depth = origin.location.depth_km
        if float(distance[0]) > _REACH_FACTOR * quake.explanation.reach_km:
            return False
        p = float(self.travel_times.times(Phase.P, distance, depth)[0])
        s = float(self.travel_times.times(Phase.S, distance, depth)[0])
        doubt = origin.location.horizontal_uncertainty_km / _SPEED_KM_S
        early = _EARLY_S + hypot(_EARLY_SIGMAS * onset.sigma_s, doubt)
        return p - early <= elapsed <= s + self.coda_s(quake)

    def residuals(self, quake: Quake, onset: Onset) -> dict[Phase, float]:
        """Return the residual of an onset as P and as S, s."""
        origin = quake.explanation.origin
        elapsed = ns_to_seconds(onset.time_ns - origin.time_ns)
        distance = origin.distances_km([onset.station])
        depth = origin.location.depth_km
        return {
            phase: elapsed
            - float(self.travel_times.times(phase, distance, depth)[0])
            - self.travel_times.elevation_delay_s(phase, onset.station.elevation_m)
            for phase in (Phase.P, Phase.S)
        }
