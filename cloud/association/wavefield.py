"""Where the waves of a known earthquake are, so that the triggers they make found no other one."""

from math import hypot

import numpy as np

from cloud.association.config import AssociationConfig
from cloud.association.onset import Onset
from cloud.association.quake import Quake, Times
from cloud.association.stations import Station
from cloud.detectability import Detectability
from cloud.traveltimes import TravelTimes
from edge.messages import Phase
from edge.timestamps import ns_to_seconds

_REACH_FACTOR = 2.5
"""Waves are taken to matter out to this many times the distance at which half trigger."""
_DOUBT_SIGMAS = 3.0
_DOUBT_KM = 50.0
_EARLY_SIGMAS = 3.0
_EARLY_S = 2.0
_SPEED_KM_S = 6.0
_CODA_EXPONENT = 0.3
"""Coda lasts 10 to the 0.3 M: doubles with each magnitude (as duration magnitudes have it)."""
_CODA_REFERENCE_MAGNITUDE = 5.0
_LONGEST_CODA_S = 600.0
_LONGEST_S = 1000.0


class Wavefield:
    """Says whether a trigger lies within the waves of an earthquake."""

    def __init__(
        self,
        config: AssociationConfig,
        travel_times: TravelTimes,
        detectability: Detectability,
    ) -> None:
        self.config = config
        self.detectability = detectability
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
        if not -_EARLY_S < elapsed < _LONGEST_S:
            return False
        distance, p, s = self.times(quake, onset.station)
        if distance > _REACH_FACTOR * quake.explanation.reach_km:
            return False
        doubt = origin.location.horizontal_uncertainty_km / _SPEED_KM_S
        early = _EARLY_S + hypot(_EARLY_SIGMAS * onset.sigma_s, doubt)
        return p - early <= elapsed <= s + self.coda_s(quake)

    def may_reach(self, quake: Quake, station: Station) -> bool:
        """Return whether a station may be shaken, given how little is known of a young one."""
        explanation = quake.explanation
        doubt = _DOUBT_SIGMAS * explanation.origin.location.horizontal_uncertainty_km
        limit = _REACH_FACTOR * explanation.reach_km + doubt + _DOUBT_KM
        return self.times(quake, station)[0] <= limit

    def rate_hz(self, quake: Quake, onset: Onset) -> float:
        """Return the rate at which an earthquake makes triggers like an onset, Hz."""
        if not self.holds(quake, onset):
            return 0.0
        distance = np.array([self.times(quake, onset.station)[0]])
        share = self.detectability.share_of_s(distance, np.array([quake.explanation.reach_km]))
        return self.config.coda_rate_hz * float(share[0])

    def residuals(self, quake: Quake, onset: Onset) -> dict[Phase, float]:
        """Return the residual of an onset as P and as S, s."""
        origin = quake.explanation.origin
        elapsed = ns_to_seconds(onset.time_ns - origin.time_ns)
        _, p, s = self.times(quake, onset.station)
        delay = self.travel_times.elevation_delay_s
        return {
            phase: elapsed - time - delay(phase, onset.station.elevation_m)
            for phase, time in ((Phase.P, p), (Phase.S, s))
        }

    def times(self, quake: Quake, station: Station) -> Times:
        """Return distance and travel times of a station, found once for each origin."""
        origin = quake.explanation.origin
        if quake.arrivals_of is not origin:
            quake.arrivals, quake.arrivals_of = {}, origin
        known = quake.arrivals.get(station)
        if known is None:
            distance, depth = origin.distance_km(station), origin.location.depth_km
            p, s = (self.travel_times.time(phase, distance, depth) for phase in (Phase.P, Phase.S))
            known = quake.arrivals[station] = distance, p, s
        return known
