"""Estimates when samples were really taken from stamps that jitter.

A MEMS chip counts its samples with its own oscillator: off by up to some percent, but steady
over minutes. Packet stamps are right on average but jitter by milliseconds to tenths of a
second. A Kalman filter with two states, the time of the last sample and the sampling period,
joins the two (the two-state clock model of Galleani, Metrologia 45, 2008, with white phase
noise from the stamps and a random walk of frequency). The jitter itself is learnt.
"""

import math
from typing import Final

INITIAL_JITTER_S: Final = 0.1
MIN_JITTER_S: Final = 0.001
MAX_JITTER_S: Final = 0.3
INITIAL_RATE_ERROR: Final = 0.03
"""One sigma of the first guess of the rate, relative."""
MAX_RATE_ERROR: Final = 0.1
"""The estimate stays within this of the nominal rate."""
FREQUENCY_WALK: Final = 3e-6
"""Random walk of the relative frequency, per square root of a second: 0.02 % in an hour."""
PHASE_WALK_S: Final = 2e-4
"""Random walk of the phase, seconds per square root of a second: reading times of the FIFO."""
_JITTER_GAIN: Final = 1 / 12
_GATE_SIGMAS: Final = 5.0
_MIN_GATE_S: Final = 0.05
_MIN_GATE_SAMPLES: Final = 1.5


class SampleClock:
    """Times of samples and the true sampling period.

    Args:
        nominal_rate_hz: First guess of the sampling rate.

    Times are seconds from an origin that the caller chooses; near the data, as floats keep
    about 1e-16 of their size.
    """

    def __init__(self, nominal_rate_hz: float) -> None:
        self._nominal_period_s = 1 / nominal_rate_hz
        self.period_s = self._nominal_period_s
        self.last_s = 0.0
        self.jitter_s = INITIAL_JITTER_S
        self._var_time = 0.0
        self._var_period = (INITIAL_RATE_ERROR * self.period_s) ** 2
        self._cov = 0.0

    @property
    def rate_hz(self) -> float:
        """The estimated sampling rate."""
        return 1 / self.period_s

    @property
    def error_s(self) -> float:
        """One sigma of the estimated time of the last sample, the stamps' own bias left out."""
        return math.sqrt(max(self._var_time, 0.0))

    def restart(self, last_s: float) -> None:
        """Take a stamp as it is: after a gap or step. What is known of the rate is kept."""
        self.last_s = last_s
        self._var_time = self.jitter_s**2
        self._cov = 0.0

    def shift_origin(self, by_s: float) -> None:
        """Move the origin of time forward by `by_s`."""
        self.last_s -= by_s

    def predict(self, count: int) -> tuple[float, float]:
        """Return the expected time of the sample `count` after the last, and the gate around it.

        A stamp further off than the gate is no jitter.
        """
        return self.last_s + count * self.period_s, self.gate_s(count)

    def gate_s(self, count: int) -> float:
        """Return how far a stamp `count` samples after the last may be off by jitter alone."""
        var_time, _, _ = self._propagated(count)
        gate_s = _GATE_SIGMAS * math.sqrt(var_time + self.jitter_s**2)
        return max(gate_s, _MIN_GATE_S, _MIN_GATE_SAMPLES * self.period_s)

    def advance(self, count: int) -> None:
        """Count samples whose stamp is not to be believed."""
        self._var_time, self._cov, self._var_period = self._propagated(count)
        self.last_s += count * self.period_s

    def update(self, count: int, stamp_s: float) -> None:
        """Count samples and correct time and period by the stamp of the last one."""
        self.advance(count)
        innovation = stamp_s - self.last_s
        self._learn_jitter(innovation)
        total = self._var_time + self.jitter_s**2
        gain_time, gain_period = self._var_time / total, self._cov / total
        self.last_s += gain_time * innovation
        self.period_s = self._bounded(self.period_s + gain_period * innovation)
        self._var_period -= gain_period * self._cov
        self._cov *= 1 - gain_time
        self._var_time *= 1 - gain_time

    def _learn_jitter(self, innovation: float) -> None:
        """Follow the mean size of the innovations less what the state's own error explains."""
        explained = min(self._var_time, innovation**2)
        variance = self.jitter_s**2
        variance += _JITTER_GAIN * (innovation**2 - explained - variance)
        self.jitter_s = min(max(math.sqrt(max(variance, 0.0)), MIN_JITTER_S), MAX_JITTER_S)

    def _bounded(self, period_s: float) -> float:
        lowest = self._nominal_period_s / (1 + MAX_RATE_ERROR)
        highest = self._nominal_period_s * (1 + MAX_RATE_ERROR)
        return min(max(period_s, lowest), highest)

    def _propagated(self, count: int) -> tuple[float, float, float]:
        """Return the covariance (time, cross, period) `count` samples on."""
        elapsed_s = count * self.period_s
        walk_period = (FREQUENCY_WALK * self.period_s) ** 2 * elapsed_s
        walk_time = PHASE_WALK_S**2 * elapsed_s + walk_period * count**2 / 3
        var_time = self._var_time + 2 * count * self._cov + count**2 * self._var_period + walk_time
        cov = self._cov + count * self._var_period + walk_period * count / 2
        return var_time, cov, self._var_period + walk_period
