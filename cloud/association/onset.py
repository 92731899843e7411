"""What association needs of a trigger."""

from dataclasses import dataclass
from math import hypot, log

from cloud.association.stations import Station
from edge.messages import Phase, Trigger

_LEAST_SIGMA_S = 0.05
_SAME_SHARE = 0.25
_SAME_HINT = 0.2
_TRUST = 0.15
"""Added to both probabilities before their ratio is taken: a network is never quite sure."""
_LABEL = {Phase.P: (0.7, 0.3), Phase.S: (0.3, 0.7), Phase.UNKNOWN: (0.5, 0.5)}


@dataclass(frozen=True, slots=True, eq=False)
class Onset:
    """One revision of a trigger, at its station."""

    id: str
    """The trigger's id."""
    time_ns: int
    """The onset."""
    trigger: Trigger
    station: Station
    sigma_s: float
    """Standard error of the time: of the onset and of the clock, s."""
    log_p: float
    """Log of how much more likely P makes what the network said than no knowledge does."""
    log_s: float

    def same_time(self, other: "Onset") -> bool:
        """Return whether another revision says the same of the onset."""
        return (
            self.time_ns == other.time_ns
            and self.station is other.station
            and abs(self.sigma_s - other.sigma_s) < _SAME_SHARE * self.sigma_s
            and abs(self.log_p - other.log_p) < _SAME_HINT
        )


def onset_of(trigger: Trigger, station: Station) -> Onset:
    """Return the onset of a trigger."""
    sigma = hypot(max(trigger.onset_uncertainty_s, _LEAST_SIGMA_S), trigger.clock.error_s)
    p, s = trigger.probabilities.get("P"), trigger.probabilities.get("S")
    if p is None or s is None:
        p, s = _LABEL[trigger.phase]
    share = (max(p, 0.0) + _TRUST) / (max(p, 0.0) + max(s, 0.0) + 2 * _TRUST)
    log_p, log_s = log(2 * share), log(2 * (1 - share))
    return Onset(trigger.id, trigger.onset, trigger, station, sigma, log_p, log_s)
