"""How well picks meet arrivals, with no flattery: a miss stays a miss."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from statistics import median

import numpy as np
from numpy.typing import NDArray

from training.score.counts import Proportion

TOLERANCE_S = 0.5
"""A pick that is farther from every arrival is a false one."""
_CLOSE_S = 0.1


@dataclass(frozen=True, slots=True)
class PickMetrics:
    """Picks of one phase against its arrivals.

    Attributes:
        arrivals: Number of arrivals that were to be picked.
        picks: Number of picks made.
        matched: Picks within `TOLERANCE_S` of an arrival, each arrival and pick used once.
        near: Arrivals with a matched pick within 0.1 s.
        errors_s: For every arrival of a window with any pick, the signed error of the nearest
            one, however far: pick - arrival.
    """

    arrivals: int
    picks: int
    matched: int
    near: int
    errors_s: tuple[float, ...]

    @property
    def precision(self) -> float:
        """Share of the picks that are right; 0 without any."""
        return self.matched / self.picks if self.picks else 0.0

    @property
    def recall(self) -> float:
        """Share of the arrivals that were picked within the tolerance; 0 without any."""
        return self.matched / self.arrivals if self.arrivals else 0.0

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        both = self.picks + self.arrivals
        return 2 * self.matched / both if both else 0.0

    @property
    def within_close(self) -> Proportion:
        """Arrivals picked within 0.1 s, of all arrivals: misses count as misses."""
        return Proportion(self.near, self.arrivals)

    @property
    def within_tolerance(self) -> Proportion:
        """Arrivals picked within 0.5 s, of all arrivals: misses count as misses."""
        return Proportion(self.matched, self.arrivals)

    @property
    def mae_s(self) -> float | None:
        """Mean of |error| over the arrivals that have an error; none without any."""
        errors = self.errors_s
        return math.fsum(abs(e) for e in errors) / len(errors) if errors else None

    @property
    def median_s(self) -> float | None:
        """Median of |error| over the arrivals that have an error; none without any."""
        return median(abs(e) for e in self.errors_s) if self.errors_s else None


def curve_picks(curve: NDArray[np.floating], threshold: float, rate_hz: float) -> list[float]:
    """Return where a curve of probabilities picks: the top of each stretch above threshold, s.

    Args:
        curve: Shape (n,).
        threshold: Least probability of a pick.
        rate_hz: Points a second of the curve.
    """
    above = np.concatenate([[False], curve >= threshold, [False]])
    edges = np.flatnonzero(np.diff(above.astype(np.int8)))
    stretches = zip(edges[::2], edges[1::2], strict=True)
    return [float(begin + np.argmax(curve[begin:end])) / rate_hz for begin, end in stretches]


def judge_picks(
    picks: Sequence[Sequence[float]], arrivals: Sequence[Sequence[float]]
) -> PickMetrics:
    """Return how well the picks of many windows meet their arrivals.

    Args:
        picks: For each window its picks, seconds.
        arrivals: For each window its arrivals, seconds; none in noise.
    """
    matched: list[float] = []
    errors: list[float] = []
    for made, due in zip(picks, arrivals, strict=True):
        matched += _match(made, due)
        errors += [min((m - d for m in made), key=abs) for d in due if made]
    return PickMetrics(
        arrivals=sum(len(due) for due in arrivals),
        picks=sum(len(made) for made in picks),
        matched=len(matched),
        near=sum(abs(error) <= _CLOSE_S for error in matched),
        errors_s=tuple(errors),
    )


def _match(made: Sequence[float], due: Sequence[float]) -> list[float]:
    """Return the errors of the pairs within the tolerance, nearest pairs first, each used once."""
    pairs = sorted(product(made, due), key=lambda pair: abs(pair[0] - pair[1]))
    used_made: set[float] = set()
    used_due: set[float] = set()
    errors = []
    for pick, arrival in pairs:
        if abs(pick - arrival) > TOLERANCE_S or pick in used_made or arrival in used_due:
            continue
        used_made.add(pick)
        used_due.add(arrival)
        errors.append(pick - arrival)
    return errors
