"""The rate that records state: true, and yet nearly always the same.

The true rate of a sensor with its own oscillator is known better and better, and wanders with the
temperature. Programs that join records take the rate of the first one for all, so a wrong rate
makes a long trace run off; and ObsPy does not join records of different rates. So the stated rate
follows the mean of ten minutes, and only when that has left it.
"""

from collections import deque
from typing import Final

_FAST_S: Final = 60.0
_SLOW_S: Final = 600.0
_SETTLING_S: Final = 300.0
_SETTLING_LIMIT: Final = 1e-3
"""As long as the rate is not well known: 0.4 of a sample in a record of 400."""
_LIMIT: Final = 1e-4
"""Records whose rates differ by less are joined by libmseed; 0.06 s in ten minutes."""
_SET_ANEW: Final = 3e-3
_DIGITS: Final = 7


class StatedRate:
    """Chooses the rate, chunk after chunk.

    What one minute shows is believed in the first minutes, and again after it has parted from what
    ten minutes show: the sensor was set anew. Then ten minutes are.

    Args:
        first_hz: The rate to begin with: the nominal one, or that of the last run.

    Attributes:
        rate_hz: What to state.
    """

    def __init__(self, first_hz: float) -> None:
        self.rate_hz = first_hz
        self._fast, self._slow = _Window(_FAST_S), _Window(_SLOW_S)

    def update(self, count: int, span_s: float) -> float:
        """Take a chunk of samples; return the rate to state.

        Args:
            count: Samples.
            span_s: Seconds from the first to the one that would follow the last.
        """
        fast_hz, slow_hz = self._fast.push(count, span_s), self._slow.push(count, span_s)
        is_settled = self._slow.span_s >= _SETTLING_S
        if is_settled and _apart(fast_hz, slow_hz, _SET_ANEW):
            self._slow, is_settled = _Window(_SLOW_S), False
        best_hz, limit = (slow_hz, _LIMIT) if is_settled else (fast_hz, _SETTLING_LIMIT)
        if _apart(self.rate_hz, best_hz, limit):
            self.rate_hz = float(f"{best_hz:.{_DIGITS}g}")
        return self.rate_hz


class _Window:
    """The rate over the last seconds.

    Chunks join, so that the jitter of their ends falls out but for the first and the last.
    """

    def __init__(self, length_s: float) -> None:
        self.span_s = 0.0
        self._length_s = length_s
        self._count = 0
        self._chunks: deque[tuple[int, float]] = deque()

    def push(self, count: int, span_s: float) -> float:
        """Take a chunk; return the rate, hertz."""
        self._chunks.append((count, span_s))
        self._count += count
        self.span_s += span_s
        while self.span_s - self._chunks[0][1] >= self._length_s:
            old_count, old_span_s = self._chunks.popleft()
            self._count -= old_count
            self.span_s -= old_span_s
        return self._count / self.span_s


def _apart(one_hz: float, other_hz: float, limit: float) -> bool:
    return abs(one_hz / other_hz - 1) > limit
