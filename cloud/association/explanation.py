"""An origin, and what it explains."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from math import exp, hypot

from cloud.association.onset import Onset
from cloud.association.stations import Station
from cloud.geodesy import LocalPlane
from cloud.location import Location
from edge.messages import Phase
from edge.timestamps import NANOSECONDS_PER_SECOND

_FEWER_P = 3.0
"""Log odds that an explanation has to gain if it makes S of what was P."""
_MOST_LOG_ODDS = 30.0
_LEAST_PROBABILITY = 1e-12


@dataclass(frozen=True, slots=True)
class Origin:
    """A located origin on the Earth and in time."""

    plane: LocalPlane
    reference_ns: int
    location: Location

    @property
    def time_ns(self) -> int:
        """Origin time."""
        return self.reference_ns + round(self.location.origin_s * NANOSECONDS_PER_SECOND)

    @property
    def place(self) -> tuple[float, float]:
        """Latitude and longitude."""
        return self.plane.to_degrees(self.location.x_km, self.location.y_km)

    def distance_km(self, station: Station) -> float:
        """Return the epicentral distance of a station."""
        x, y = self.plane.to_km(station.latitude, station.longitude)
        return hypot(x - self.location.x_km, y - self.location.y_km)


@dataclass(frozen=True, slots=True)
class Pick:
    """An onset that an origin explains as P or S."""

    onset: Onset
    phase: Phase
    residual_s: float
    sigma_s: float
    distance_km: float

    @property
    def weight(self) -> float:
        """Weight between 0 and 1: how far the residual is within its error."""
        return 1 / (1 + (self.residual_s / self.sigma_s) ** 2)


@dataclass(frozen=True, slots=True)
class Explanation:
    """What one origin explains, and the evidence for it."""

    origin: Origin
    picks: tuple[Pick, ...]
    reach_km: float
    evidence: float
    """Natural log of how much more likely the origin makes what was sent than chance does."""
    log_odds: float
    """Natural log of the odds for this earthquake against chance."""

    @property
    def false_association_odds(self) -> float:
        """Probability that chance brought the triggers together, two digits of it.

        The odds against chance are as good as the rates that they are made of; smaller values than
        one in a million million say no more.
        """
        probability = 1 / (1 + exp(min(self.log_odds, _MOST_LOG_ODDS)))
        return float(f"{max(probability, _LEAST_PROBABILITY):.1e}")

    def stations(self) -> tuple[str, ...]:
        """Return the keys of the stations with a pick, the earliest first."""
        ordered = sorted(self.picks, key=lambda pick: (pick.onset.time_ns, pick.onset.id))
        return tuple(dict.fromkeys(pick.onset.station.key for pick in ordered))

    def picked(self) -> frozenset[tuple[Onset, Phase]]:
        """Return the onsets with the phases that they are taken for."""
        return frozenset((pick.onset, pick.phase) for pick in self.picks)

    def count(self, phase: Phase) -> int:
        """Return the number of picks of one phase (at most one a station)."""
        return sum(pick.phase is phase for pick in self.picks)

    def holds(self, onset_id: str) -> bool:
        """Return whether a trigger is one of the picks."""
        return any(pick.onset.id == onset_id for pick in self.picks)

    def with_onset(self, onset: Onset) -> "Explanation":
        """Return the explanation with a later revision of one trigger, whose time is the same."""
        picks = tuple(
            replace(pick, onset=onset) if pick.onset.id == onset.id else pick for pick in self.picks
        )
        return replace(self, picks=picks)


def likeliest(explanations: Iterable[Explanation | None]) -> Explanation | None:
    """Return the explanation with the highest odds."""
    there = [each for each in explanations if each is not None]
    return max(there, key=lambda each: each.log_odds, default=None)


def better(explanation: Explanation, than: Explanation) -> bool:
    """Return whether an explanation may take another one's place."""
    penalty = _FEWER_P if explanation.count(Phase.P) < than.count(Phase.P) else 0.0
    return explanation.log_odds >= than.log_odds + penalty
