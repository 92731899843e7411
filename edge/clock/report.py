"""What a keeper of the clock says, and what that is worth when nobody says anything any more."""

import math
from dataclasses import dataclass

from edge.messages.clock import ClockSource, ClockState


@dataclass(frozen=True, slots=True)
class ClockReport:
    """How good the wall clock is at one moment, by one keeper."""

    keeper: str
    """Who says so: chrony, gpsd or kernel."""
    source: ClockSource
    error_s: float
    """One sigma."""
    drift: float = 0.0
    """One sigma of the clock's rate, relative, as far as the keeper knows it."""
    age_s: float = 0.0
    """Since the keeper last heard of true time."""

    def state(self, elapsed_s: float, holdover: float, *, is_kept: bool) -> ClockState:
        """Return the clock's state some time later.

        Alone, a clock goes wrong by its rate's uncertainty times the time.

        Args:
            elapsed_s: Seconds since the report.
            holdover: How much the rate may change by itself, relative.
            is_kept: Whether somebody still keeps the clock.
        """
        alone_s = self.age_s + elapsed_s
        error_s = math.hypot(self.error_s, math.hypot(self.drift, holdover) * alone_s)
        return ClockState(
            source=self.source if is_kept else ClockSource.FREE_RUN,
            error_s=error_s,
            age_s=alone_s,
            keeper=self.keeper,
        )
