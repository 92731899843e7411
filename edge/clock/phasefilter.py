"""The Kalman filter of a clock: phase, rate, drift, and what the temperature does to the rate.

The state is how far a clock is from its nominal course: x, seconds; its rate y, relative; its
drift d, relative a second; and k, relative a degree. Over an interval it goes on by

    x += y t + d t^2 / 2 + k (T - T0) t

This is the clock model of Galleani (Metrologia 45, 2008, S175): white noise on the phase and a
random walk of the rate, here with a drift that forgets itself and a term for the temperature.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

PHASE, RATE, DRIFT, TEMPERATURE = range(4)
_DRIFT_LEFT: Final = 0.2
"""Of the drift, so much is left unexplained where the temperature is told."""
_TEMPERATURE_TIME_S: Final = 20.0
"""A sensor's thermometer is noisy and what it measures is slow."""


@dataclass(frozen=True, slots=True)
class Walks:
    """How a clock wanders: the noise of the model."""

    phase_s: float
    """Random walk of the phase, seconds per square root of a second."""
    rate: float
    """Random walk of the relative rate, per square root of a second."""
    drift_per_s: float
    """Usual size of the drift, relative a second."""
    drift_time_s: float
    """How long a drift lasts."""
    per_degree: float
    """Usual size of the change of the rate with the temperature, relative a degree."""


MEMS_OSCILLATOR: Final = Walks(
    phase_s=3e-5, rate=2e-7, drift_per_s=2e-7, drift_time_s=900.0, per_degree=1e-4
)
"""The oscillator in a MEMS chip: 10 ppm in an hour when still, and some 100 ppm a degree."""


class PhaseFilter:
    """Rate, drift and temperature term of a clock, and how sure they are.

    The phase itself is kept by the caller, who is given its changes.

    Args:
        walks: How the clock wanders.
        rate_error: One sigma of the first guess of the rate, relative.
        most_rate_error: The rate stays within this of the nominal one.
    """

    def __init__(self, walks: Walks, rate_error: float, most_rate_error: float) -> None:
        self._walks = walks
        self._most = most_rate_error
        self._state = np.zeros(4)
        self._covariance = np.diag([0.0, rate_error**2, walks.drift_per_s**2, 0.0])
        self._drift_per_s = walks.drift_per_s
        self._first_c: float | None = None
        self._warmth = 0.0
        self.rate = 0.0
        """How much longer the clock's seconds are than nominal ones at this moment, relative."""
        self._drift = 0.0
        self._growth = (0.0, 0.0, 0.0, 0.0, 0.0)
        self._settle()

    @property
    def rate_error(self) -> float:
        """One sigma of the rate, relative."""
        row = np.array([0.0, 1.0, 0.0, self._warmth])
        return math.sqrt(max(float(row @ self._covariance @ row), 0.0))

    def feel(self, temperature_c: float, elapsed_s: float) -> None:
        """Take the sensor's temperature.

        Args:
            temperature_c: Degrees Celsius; the first one opens the temperature term.
            elapsed_s: Seconds since the last one.
        """
        if self._first_c is None:
            self._first_c = temperature_c
            self._covariance[TEMPERATURE, TEMPERATURE] = self._walks.per_degree**2
            self._drift_per_s *= _DRIFT_LEFT
        gain = 1 - math.exp(-elapsed_s / _TEMPERATURE_TIME_S)
        self._warmth += gain * (temperature_c - self._first_c - self._warmth)
        self._settle()

    def ahead_s(self, elapsed_s: float) -> float:
        """Return the phase to be expected after so many nominal seconds, from now on."""
        return elapsed_s * self.rate + elapsed_s**2 / 2 * self._drift

    def variance_s2(self, elapsed_s: float) -> float:
        """Return the variance of the phase after so many nominal seconds without a measurement."""
        a, b, c, d, e = self._growth
        return a + elapsed_s * (b + elapsed_s * (c + elapsed_s * (d + elapsed_s * e)))

    def forget_phase(self, error_s: float) -> None:
        """Take the phase anew; what is known of the rate is kept.

        Args:
            error_s: One sigma of the new phase.
        """
        self._covariance[PHASE, :] = self._covariance[:, PHASE] = 0.0
        self._covariance[PHASE, PHASE] = error_s**2
        self._settle()

    def doubt_rate(self, error: float) -> None:
        """Widen the error of the rate: measurements show that it changed.

        Args:
            error: One sigma that is added, relative.
        """
        self._covariance[RATE, RATE] += error**2
        self._settle()

    def advance(self, elapsed_s: float) -> float:
        """Let nominal seconds pass; returns by how much the phase goes on."""
        phase_s = self.ahead_s(elapsed_s)
        kept = math.exp(-elapsed_s / self._walks.drift_time_s)
        course = np.eye(4)
        course[PHASE] = self._row(elapsed_s)
        course[RATE, DRIFT] = elapsed_s
        course[DRIFT, DRIFT] = kept
        self._state[RATE] += elapsed_s * self._state[DRIFT]
        self._state[DRIFT] *= kept
        covariance = course @ self._covariance @ course.T
        walk = self._walks.rate**2 * elapsed_s
        covariance[PHASE, PHASE] += self._walks.phase_s**2 * elapsed_s + walk * elapsed_s**2 / 3
        covariance[PHASE, RATE] += walk * elapsed_s / 2
        covariance[RATE, PHASE] += walk * elapsed_s / 2
        covariance[RATE, RATE] += walk
        covariance[DRIFT, DRIFT] += self._drift_per_s**2 * (1 - kept**2)
        self._covariance = covariance
        self._settle()
        return phase_s

    def correct(self, innovation_s: float, error_s: float) -> float:
        """Take a measurement of the phase; returns by how much the phase is corrected.

        Args:
            innovation_s: Measured less expected phase.
            error_s: One sigma of the measurement.
        """
        column = self._covariance[:, PHASE].copy()
        gain = column / (column[PHASE] + error_s**2)
        self._covariance -= np.outer(gain, column)
        change = gain * innovation_s
        self._state += change
        self._state[PHASE] = 0.0
        self._state[RATE] = min(max(float(self._state[RATE]), -self._most), self._most)
        self._settle()
        return float(change[PHASE])

    def _settle(self) -> None:
        """Work out what is asked for with every packet: the rate, and how the variance grows.

        The variance of the phase is a polynomial of the time; its coefficients are kept.
        """
        self._drift = float(self._state[DRIFT])
        warmth = self._warmth
        self.rate = float(self._state[RATE]) + float(self._state[TEMPERATURE]) * warmth
        xx, xy, xd, xk, _, yy, yd, yk, _, _, dd, dk, _, _, _, kk = self._covariance.ravel().tolist()
        self._growth = (
            max(xx, 0.0),
            2 * (xy + warmth * xk) + self._walks.phase_s**2,
            yy + xd + warmth * (2 * yk + warmth * kk),
            yd + warmth * dk + self._walks.rate**2 / 3,
            dd / 4,
        )

    def _row(self, elapsed_s: float) -> NDArray[np.float64]:
        return np.array([1.0, elapsed_s, elapsed_s**2 / 2, elapsed_s * self._warmth])
