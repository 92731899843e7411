"""Stamps in a row that are off to one side: late for a while, or was the clock set?"""

import statistics
from dataclasses import dataclass, field
from typing import Final

_SIGMAS: Final = 2.0
_CLEAR_SIGMAS: Final = 4.0
_CLEAR_STAMPS: Final = 3
"""So many in a row that agree and are clearly early, or late for long enough, are a leap."""
_STAMPS: Final = 6
"""And so many that are just off: one run of jitter in a hundred million."""
_LATE_S: Final = 2.0
"""A busy network makes stamps late for a shorter time than this."""


@dataclass(slots=True)
class _Run:
    is_late: bool
    first_s: float
    sigma_s: float
    jitter_s: float
    innovations_s: list[float] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Leap:
    """What a run turned out to be."""

    by_s: float
    jitter_s: float
    """The jitter before the run, which took it for jitter."""


class Runs:
    """Watches for runs."""

    def __init__(self) -> None:
        self._run: _Run | None = None

    @property
    def unclear_s(self) -> float:
        """By how much stamps are off at least while it is not clear why; 0 without a run."""
        if self._run is None or len(self._run.innovations_s) < 2:  # noqa: PLR2004 - one is jitter
            return 0.0
        return min(abs(one) for one in self._run.innovations_s)

    def clear(self) -> None:
        """Forget the run."""
        self._run = None

    def watch(
        self, innovation_s: float, sigma_s: float, now_s: float, jitter_s: float
    ) -> Leap | None:
        """Take a stamp; returns the leap that it completes.

        Args:
            innovation_s: By how much it is off.
            sigma_s: One sigma of that.
            now_s: Where the clock stands.
            jitter_s: One sigma of the stamps.
        """
        if abs(innovation_s) <= _SIGMAS * sigma_s:
            self._run = None
            return None
        if self._run is None or self._run.is_late != (innovation_s > 0):
            self._run = _Run(innovation_s > 0, now_s, sigma_s, jitter_s)
        run = self._run
        run.innovations_s.append(innovation_s)
        if run.is_late and now_s - run.first_s < _LATE_S:
            return None
        off_s = [abs(one) for one in run.innovations_s]
        is_clear = min(off_s) > _CLEAR_SIGMAS * run.sigma_s > max(off_s) - min(off_s)
        if len(off_s) < (_CLEAR_STAMPS if is_clear else _STAMPS):
            return None
        return Leap(statistics.median(run.innovations_s), run.jitter_s)
