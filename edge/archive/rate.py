"""The rate that records state: true, and yet nearly always the same.

The true rate of a sensor with its own oscillator is known better and better, and wanders with the
temperature. Programs that join records take the rate of the first one for all, so a wrong rate
makes a long trace run off; and ObsPy does not join records of different rates. So the stated rate
follows the mean of ten minutes, and only when that has left it.
"""

from typing import Final

_SETTLING_S: Final = 300.0
_MEAN_S: Final = 600.0
_SETTLING_LIMIT: Final = 1e-3
"""As long as the rate is not well known: 0.4 of a sample in a record of 400."""
_LIMIT: Final = 1e-4
"""Records whose rates differ by less are joined by libmseed; 0.06 s in ten minutes."""
_DIGITS: Final = 7


class StatedRate:
    """Chooses the rate, chunk after chunk.

    Args:
        first_hz: The rate to begin with: the nominal one, or that of the last run.

    Attributes:
        rate_hz: What to state.
    """

    def __init__(self, first_hz: float) -> None:
        self.rate_hz = first_hz
        self._mean_hz = first_hz
        self._seconds = 0.0

    def update(self, count: int, span_s: float) -> float:
        """Take a chunk of samples; return the rate to state.

        Args:
            count: Samples.
            span_s: Seconds from the first to the one that would follow the last.
        """
        true_hz = count / span_s
        if self._seconds == 0 or abs(true_hz / self._mean_hz - 1) > _SETTLING_LIMIT:
            self._mean_hz, self._seconds = true_hz, 0.0
        self._seconds += span_s
        self._mean_hz += (true_hz - self._mean_hz) * span_s / min(self._seconds, _MEAN_S)
        limit = _LIMIT if self._seconds >= _SETTLING_S else _SETTLING_LIMIT
        if abs(self.rate_hz / self._mean_hz - 1) > limit:
            self.rate_hz = float(f"{self._mean_hz:.{_DIGITS}g}")
        return self.rate_hz
