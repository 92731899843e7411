"""Three components of ground acceleration at one station: what a picker and a magnitude look at."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge.timestamps import seconds_to_ns

COMPONENTS = "ZNE"


@dataclass(frozen=True, slots=True, eq=False)
class Seismogram:
    """A stretch of one station's record, in time order and without holes.

    Attributes:
        station: NETWORK.STATION.
        start_ns: Time of the first sample, nanoseconds since 1970 UTC.
        rate_hz: Sampling rate, Hz.
        acceleration_m_s2: Samples, shape (n, 3), float32, m/s2: vertical, north, east; a component
            that the station lacks is NaN throughout, a gap that was bridged is linear.
        clipped: Whether a sample lies at the end of the sensor's range.
        gaps: Stretches that were bridged, (first, last) sample.
    """

    station: str
    start_ns: int
    rate_hz: float
    acceleration_m_s2: NDArray[np.float32]
    clipped: bool = False
    gaps: tuple[tuple[int, int], ...] = ()

    @property
    def end_ns(self) -> int:
        """Return the time after the last sample."""
        return self.start_ns + seconds_to_ns(len(self.acceleration_m_s2) / self.rate_hz)

    def index(self, time_ns: int) -> int:
        """Return the number of the sample nearest to a time; it may lie outside."""
        return round((time_ns - self.start_ns) * self.rate_hz / 1e9)
