"""What the stamps of a clock are like: how they scatter, how often they are late, how alike."""

import math
from typing import Final

LEAST_S: Final = 0.001
MOST_S: Final = 0.3
_GAINS: Final = (1 / 60, 1 / 6)
"""The scatter is learnt quickly at first."""
_LATE_SIGMAS: Final = 2.0
_EARLY_SIGMAS: Final = 4.0
_LATENESS_GAIN: Final = 1 / 300
_LATENESS_SIGMAS: Final = 2.5
"""What a share of late stamps adds to the mean, cut at two sigmas: found by simulation, for stamps
late by twice to fifty times the jitter."""
_COLOUR_GAIN: Final = 1 / 200
_COLOUR_COUNT: Final = 40
_MOST_COLOUR: Final = 0.9


class Jitter:
    """Learns the scatter of stamps and the share of late ones.

    Args:
        sigma_s: First guess of the scatter.

    Attributes:
        sigma_s: One sigma of a stamp.
        lateness: How many more stamps are late than early, as a share of all.
    """

    def __init__(self, sigma_s: float) -> None:
        self.sigma_s = sigma_s
        self.lateness = 0.0
        self._count = 0

    @property
    def late_s(self) -> float:
        """What late stamps add to the mean of stamps that were cut."""
        return _LATENESS_SIGMAS * self.lateness * self.sigma_s

    def cut(self, innovation_s: float, sigma_s: float, known_s2: float) -> float:
        """Learn from a stamp; returns by how much it is off, cut where that is too much.

        Args:
            innovation_s: By how much it is off.
            sigma_s: One sigma of that, of clock and stamp together.
            known_s2: The variance of the clock alone: so much of it is not the stamp's.
        """
        late_s = _LATE_SIGMAS * sigma_s
        late = (innovation_s > late_s) - (innovation_s < -late_s)
        self.lateness += _LATENESS_GAIN * (late - self.lateness)
        cut_s = min(max(innovation_s, -_EARLY_SIGMAS * sigma_s), late_s)
        self._count += 1
        least, most = _GAINS
        gain = min(max(3 / self._count, least), most)
        variance = self.sigma_s**2
        variance += gain * (cut_s**2 - min(known_s2, cut_s**2) - variance)
        self.sigma_s = min(max(math.sqrt(max(variance, 0.0)), LEAST_S), MOST_S)
        return cut_s


class Colour:
    """How alike neighbouring measurements are: a device that sets its clock errs for a while.

    The mean of measurements whose neighbours correlate by r (an autoregression of first order)
    is worse than that of independent ones by sqrt((1 + r) / (1 - r)).
    """

    def __init__(self) -> None:
        self._last_s = 0.0
        self._square = self._product = 0.0
        self._count = 0

    def learn(self, innovation_s: float) -> None:
        """Take the next measurement, less the running mean."""
        self._count += 1
        gain = max(2 / self._count, _COLOUR_GAIN) if self._count > 1 else 1.0
        self._square += gain * (innovation_s**2 - self._square)
        self._product += gain * (innovation_s * self._last_s - self._product)
        self._last_s = innovation_s

    @property
    def inflation(self) -> float:
        """By how much a measurement is worse than it seems."""
        if self._count < _COLOUR_COUNT or self._product <= 0:
            return 1.0
        likeness = min(self._product / self._square, _MOST_COLOUR)
        return math.sqrt((1 + likeness) / (1 - likeness))
