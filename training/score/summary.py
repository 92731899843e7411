"""The figures of one detector, with the uncertainty of counts."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import chi2

from training.score.counts import Proportion
from training.score.observe import Observation
from training.score.snr import CLASSES_DB

CLASSES_GAL = ((2.0, 5.0), (5.0, 10.0), (10.0, 1e9))
"""Classes of peak ground acceleration."""
LEAST_GAL = CLASSES_GAL[0][0]

_CONFIDENCE = 0.95
_SECONDS_AN_HOUR = 3600.0
_HOURS_A_DAY = 24.0


@dataclass(frozen=True, slots=True)
class Rate:
    """Events a station-day with the exact 95 % interval of a Poisson count (Garwood 1936)."""

    count: int
    hours: float

    @property
    def a_day(self) -> float:
        """Best estimate; NaN of no time at all."""
        return _HOURS_A_DAY * self.count / self.hours if self.hours else math.nan

    @property
    def interval(self) -> tuple[float, float]:
        """Lower and upper limit, a station-day; without any hours nothing is known."""
        if not self.hours:
            return 0.0, math.inf
        tail = (1 - _CONFIDENCE) / 2
        low = chi2.ppf(tail, 2 * self.count) / 2 if self.count else 0.0
        high = chi2.ppf(1 - tail, 2 * self.count + 2) / 2
        days = self.hours / _HOURS_A_DAY
        return float(low) / days, float(high) / days

    def __add__(self, other: "Rate") -> "Rate":
        return Rate(self.count + other.count, self.hours + other.hours)


@dataclass(frozen=True, slots=True)
class Delay:
    """Seconds after P, over the picked records that were detected."""

    median_s: float
    p90_s: float
    records: int


@dataclass(frozen=True, slots=True)
class Summary:
    """One detector over all records."""

    detected: Proportion
    """Of the records with PGA of 2 gal and more."""
    by_class: tuple[Proportion, ...]
    weak: Proportion
    """Of the records below 2 gal."""
    by_snr: tuple[Proportion, ...]
    picked: Proportion
    """Of the records with a P pick."""
    sent: Rate
    """False triggers as first sent."""
    standing: Rate
    """False triggers that were not retracted."""
    fired_after_p: Delay | None
    sent_after_p: Delay | None


def summarise(observations: Sequence[Observation]) -> Summary:
    """Return the figures of one detector's observations."""
    hours = sum(o.quiet_s for o in observations) / _SECONDS_AN_HOUR
    picked = [o for o in observations if o.truth.picked_p_ns is not None]
    return Summary(
        detected=_share(observations, LEAST_GAL, math.inf),
        by_class=tuple(_share(observations, low, high) for low, high in CLASSES_GAL),
        weak=_share(observations, 0.0, LEAST_GAL),
        by_snr=tuple(_share_of_snr(observations, low, high) for low, high in CLASSES_DB),
        picked=Proportion(sum(o.detected for o in picked), len(picked)),
        sent=Rate(sum(o.false_sent for o in observations), hours),
        standing=Rate(sum(o.false_standing for o in observations), hours),
        fired_after_p=_delay([o.fired_after_p_s for o in observations]),
        sent_after_p=_delay([o.sent_after_p_s for o in observations]),
    )


def _delay(delays_s: Sequence[float | None]) -> Delay | None:
    known = [delay for delay in delays_s if delay is not None]
    if not known:
        return None
    median_s, p90_s = np.percentile(known, [50, 90])
    return Delay(float(median_s), float(p90_s), len(known))


def _share(observations: Sequence[Observation], low_gal: float, high_gal: float) -> Proportion:
    inside = [o for o in observations if low_gal <= o.truth.pga_gal < high_gal]
    return Proportion(sum(o.detected for o in inside), len(inside))


def _share_of_snr(observations: Sequence[Observation], low: float, high: float) -> Proportion:
    inside = [o for o in observations if o.snr_db is not None and low <= o.snr_db < high]
    return Proportion(sum(o.detected for o in inside), len(inside))
