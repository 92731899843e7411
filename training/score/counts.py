"""Counts of right and wrong answers, and what can be said from so many of them."""

import math
from dataclasses import dataclass

from scipy.stats import beta

_CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Proportion:
    """So many out of so many, with the exact 95 % interval (Clopper & Pearson 1934)."""

    hit: int
    of: int

    @property
    def share(self) -> float:
        """Best estimate; NaN of nothing."""
        return self.hit / self.of if self.of else math.nan

    @property
    def interval(self) -> tuple[float, float]:
        """Lower and upper limit; of nothing everything is possible."""
        if not self.of:
            return 0.0, 1.0
        tail = (1 - _CONFIDENCE) / 2
        low = beta.ppf(tail, self.hit, self.of - self.hit + 1) if self.hit else 0.0
        high = beta.ppf(1 - tail, self.hit + 1, self.of - self.hit) if self.hit < self.of else 1.0
        return float(low), float(high)


@dataclass(frozen=True, slots=True)
class Confusion:
    """Answers to the question whether something is there."""

    hit: int
    missed: int
    false: int
    quiet: int
    """Rightly answered that nothing is there."""

    @property
    def precision(self) -> float:
        """Share of the alarms that were right; 0 without any alarm."""
        return _over(self.hit, self.hit + self.false)

    @property
    def recall(self) -> float:
        """Share of the events that were found; 0 without any event."""
        return _over(self.hit, self.hit + self.missed)

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        return _over(2 * self.hit, 2 * self.hit + self.false + self.missed)

    @property
    def found(self) -> Proportion:
        """Events found, of all events."""
        return Proportion(self.hit, self.hit + self.missed)

    @property
    def alarmed(self) -> Proportion:
        """False alarms, of everything in which nothing is."""
        return Proportion(self.false, self.false + self.quiet)


def _over(part: int, whole: int) -> float:
    return part / whole if whole else 0.0
