"""The figures of one detector, with the uncertainty of counts."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from scipy.stats import chi2

from training.score.observe import Observation

CLASSES_GAL = ((2.0, 5.0), (5.0, 10.0), (10.0, 1e9))
"""Classes of peak ground acceleration."""

_CONFIDENCE = 0.95
_SECONDS_AN_HOUR = 3600.0


@dataclass(frozen=True, slots=True)
class Rate:
    """Events an hour with the exact 95 % interval of a Poisson count (Garwood 1936)."""

    count: int
    hours: float
    low: float
    high: float

    @property
    def an_hour(self) -> float:
        """Best estimate."""
        return self.count / self.hours if self.hours else float("nan")


@dataclass(frozen=True, slots=True)
class Share:
    """Detected out of all."""

    hit: int
    of: int


@dataclass(frozen=True, slots=True)
class Summary:
    """One detector over all records."""

    detected: Share
    """Of the records with PGA of 2 gal and more."""
    by_class: tuple[Share, ...]
    weak: Share
    """Of the records below 2 gal."""
    picked: Share
    """Of the records with a P pick."""
    sent: Rate
    """False triggers as first sent."""
    standing: Rate
    """False triggers that were not retracted."""
    median_fired_s: float | None
    median_sent_s: float | None


def rate(count: int, hours: float) -> Rate:
    """Return a rate with its interval; without any hours nothing is known."""
    if not hours:
        return Rate(count, 0.0, 0.0, math.inf)
    tail = (1 - _CONFIDENCE) / 2
    low = chi2.ppf(tail, 2 * count) / 2 if count else 0.0
    high = chi2.ppf(1 - tail, 2 * count + 2) / 2
    return Rate(count, hours, float(low) / hours, float(high) / hours)


def summarise(observations: Sequence[Observation]) -> Summary:
    """Return the figures of one detector's observations."""
    hours = sum(o.quiet_s for o in observations) / _SECONDS_AN_HOUR
    fired = [o.fired_after_p_s for o in observations if o.fired_after_p_s is not None]
    sent = [o.sent_after_p_s for o in observations if o.sent_after_p_s is not None]
    classes = tuple(_share(observations, low, high) for low, high in CLASSES_GAL)
    picked = [o for o in observations if o.truth.picked_p_ns is not None]
    return Summary(
        detected=_share(observations, CLASSES_GAL[0][0], float("inf")),
        by_class=classes,
        weak=_share(observations, 0.0, CLASSES_GAL[0][0]),
        picked=Share(sum(o.detected for o in picked), len(picked)),
        sent=rate(sum(o.false_sent for o in observations), hours),
        standing=rate(sum(o.false_standing for o in observations), hours),
        median_fired_s=median(fired) if fired else None,
        median_sent_s=median(sent) if sent else None,
    )


def _share(observations: Sequence[Observation], low_gal: float, high_gal: float) -> Share:
    inside = [o for o in observations if low_gal <= o.truth.pga_gal < high_gal]
    return Share(sum(o.detected for o in inside), len(inside))
