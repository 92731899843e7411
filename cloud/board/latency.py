"""How long messages of a station took to arrive: the last ones, and their percentiles."""

import numpy as np
from pydantic import Field

from cloud.board.view import View

_SHARES = (50, 95, 99)


class Percentiles(View):
    """Percentiles of the last messages; the clocks of station and centre are in them."""

    count: int = Field(ge=0, description="Messages that they rest on")
    p50_s: float | None = Field(description="Median, seconds")
    p95_s: float | None
    p99_s: float | None


class Latencies:
    """A ring of the newest latencies.

    Args:
        limit: How many are kept.
    """

    def __init__(self, limit: int) -> None:
        self._kept = np.zeros(limit, dtype=np.float32)
        self._count = 0

    def add(self, seconds: float) -> None:
        """Take one; it takes the place of the oldest."""
        self._kept[self._count % len(self._kept)] = seconds
        self._count += 1

    def percentiles(self) -> Percentiles:
        """Return what half, 95 and 99 percent did not exceed."""
        known = self._kept[: self._count]
        if not len(known):
            return Percentiles(count=0, p50_s=None, p95_s=None, p99_s=None)
        # Always one that occurred: between two far apart there is nothing to say.
        found = np.percentile(known, _SHARES, method="inverted_cdf")
        p50_s, p95_s, p99_s = (round(float(one), 4) for one in found)
        return Percentiles(count=len(known), p50_s=p50_s, p95_s=p95_s, p99_s=p99_s)
