"""Estimates when samples were really taken from stamps that jitter.

A MEMS chip counts its samples with its own oscillator: off by up to some percent, but steady
over minutes. Packet stamps are right on average but jitter by milliseconds to tenths of a
second. A Kalman filter (`edge.clock.phasefilter`) joins the two. Three things make it sure:

* the jitter is learnt, and stamps within a second count as one measurement;
* a busy host or network makes stamps late, never early: late ones are cut at two sigmas of the
  jitter, early ones only at four, and what the late ones still add to the mean is taken off;
* where several stamps in a row are off to one side more than jitter can explain, something did
  happen that was not seen (a reading lost, a clock set): the time is taken anew, the rate kept.
"""

import math
import statistics
from dataclasses import dataclass
from typing import Final

from edge.clock.jitter import Colour, Jitter
from edge.clock.phasefilter import MEMS_OSCILLATOR, PhaseFilter, Walks
from edge.clock.runs import Leap, Runs

MAX_RATE_ERROR: Final = 0.1
"""The estimate stays within this of the nominal rate."""
GROUP_S: Final = 1.0
"""Stamps of so long a time make one measurement."""
_GROUPS_BEFORE: Final = 8.0
"""While the clock is young, a group is this much shorter than its age."""
_LEAST_ERROR_S: Final = 0.0005
_GATE_SIGMAS: Final = 3.5
_MIN_GATE_S: Final = 0.05
_MIN_GATE_SAMPLES: Final = 1.5
_UNIT_SIGMAS: Final = 4.0
_LOST_SIGMAS: Final = 2.5
_TREND_GAIN: Final = 1 / 16
_TREND_SIGMAS: Final = 3.5
_OFFSET_GAIN: Final = 1 / 50
_DOUBT: Final = 1.2
"""No oscillator wanders just as the model does."""


@dataclass(frozen=True, slots=True)
class ClockGuess:
    """What is taken for true before the first stamp."""

    jitter_s: float = 0.1
    rate_error: float = 0.03
    """One sigma of the nominal rate, relative."""


SENSOR_GUESS: Final = ClockGuess()


class SampleClock:
    """Times of samples and the true sampling period.

    Args:
        nominal_rate_hz: First guess of the sampling rate.
        walks: How the oscillator wanders.
        guess: What is taken for true before the first stamp.

    A count need not be whole: another clock is followed as "samples" of a second each. Times are
    seconds from an origin that the caller chooses; near the data, as floats keep about 1e-16 of
    their size.

    Attributes:
        last_s: Estimated time of the last sample.
        leaps: How often the time was taken anew because stamps in a row said so.
    """

    def __init__(
        self,
        nominal_rate_hz: float,
        walks: Walks = MEMS_OSCILLATOR,
        guess: ClockGuess = SENSOR_GUESS,
    ) -> None:
        self._nominal_period_s = 1 / nominal_rate_hz
        self._filter = PhaseFilter(walks, guess.rate_error, MAX_RATE_ERROR)
        self.last_s = 0.0
        self._jitter = Jitter(guess.jitter_s)
        self.leaps = 0
        self._age_s = 0.0
        self._since_s = 0.0
        self._temperature_c: float | None = None
        self._innovations_s: list[float] = []
        self._runs = Runs()
        self._calm_s = 0.0
        self._colour = Colour()
        self._trend = 0.0
        self._offset_s = 0.0

    @property
    def jitter_s(self) -> float:
        """One sigma of the stamps."""
        return self._jitter.sigma_s

    @property
    def period_s(self) -> float:
        """The estimated sampling period at this moment."""
        return self._nominal_period_s * (1 + self._filter.rate)

    @property
    def rate_hz(self) -> float:
        """The estimated sampling rate."""
        return 1 / self.period_s

    @property
    def error_s(self) -> float:
        """One sigma of the estimated time of the last sample, a bias of all stamps left out.

        To the filter's own error come what late stamps may add, how far the stamps were off on
        average of late (a filter whose model does not fit lags), and, while stamps in a row are
        off, by how much: they may be late, or the clock was set.
        """
        known_s = _DOUBT * math.sqrt(self._filter.variance_s2(self._since_s))
        late_s = self._jitter.lateness * self.jitter_s
        return math.hypot(known_s, late_s, self._offset_s, self._runs.unclear_s)

    def restart(self, last_s: float) -> None:
        """Take a stamp as it is: after a gap or step. What is known of the rate is kept."""
        self.last_s = last_s
        self._filter.advance(self._since_s)
        self._filter.forget_phase(self.jitter_s)
        self._begin_group()
        self._runs.clear()
        self._calm_s = 0.0

    def shift_origin(self, by_s: float) -> None:
        """Move the origin of time forward by `by_s`."""
        self.last_s -= by_s

    def predict(self, count: float) -> tuple[float, float]:
        """Return the expected time of the sample `count` after the last, and the gate around it.

        A stamp further off than the gate is no jitter.
        """
        return self.last_s + self._span_s(count), self.gate_s(count)

    def lost(self, elapsed_s: float, count: int) -> int | None:
        """Return how many samples were lost over a gap, where that is certain.

        Readings are lost as a whole or, where stamps are good enough, to the sample. Counting
        over a gap keeps what is known of the time; a single stamp would have to be believed.

        Args:
            elapsed_s: Time from the sample after the last to the first of the next packet, by
                its stamp.
            count: Samples in a packet.
        """
        samples = elapsed_s / self.period_s
        sigma = self._sigma_s(self._since_s + elapsed_s) / self.period_s
        for unit in (1, count):
            lost = round(samples / unit) * unit
            if unit >= _UNIT_SIGMAS * sigma and abs(samples - lost) <= _LOST_SIGMAS * sigma:
                return lost
        return None

    def gate_s(self, count: float) -> float:
        """Return how far a stamp `count` samples after the last may be off by jitter alone."""
        gate_s = _GATE_SIGMAS * self._sigma_s(self._since_s + count * self._nominal_period_s)
        return max(gate_s, _MIN_GATE_S, _MIN_GATE_SAMPLES * self.period_s)

    def advance(self, count: float) -> None:
        """Count samples whose stamp is not to be believed."""
        self.last_s += self._span_s(count)
        self._since_s += count * self._nominal_period_s
        self._age_s += count * self._nominal_period_s
        self._calm_s += count * self._nominal_period_s

    def update(self, count: float, stamp_s: float, temperature_c: float | None = None) -> None:
        """Count samples and correct time and period by the stamp of the last one.

        Args:
            count: Samples since the last call.
            stamp_s: Time that the last of them is said to have.
            temperature_c: The sensor's temperature, where it tells.
        """
        self._temperature_c = temperature_c
        self.advance(count)
        innovation_s = stamp_s - self.last_s
        sigma_s = self._sigma_s(self._since_s)
        leap = self._runs.watch(innovation_s, sigma_s, self.last_s, self.jitter_s)
        if leap is not None:
            self._leap(leap)
            return
        known_s2 = self._filter.variance_s2(self._since_s)
        self._innovations_s.append(self._jitter.cut(innovation_s, sigma_s, known_s2))
        if self._since_s >= min(GROUP_S, self._age_s / _GROUPS_BEFORE):
            self._correct()

    def _span_s(self, count: float) -> float:
        before_s, nominal_s = self._since_s, count * self._nominal_period_s
        ahead_s = self._filter.ahead_s(before_s + nominal_s) - self._filter.ahead_s(before_s)
        return nominal_s + ahead_s

    def _sigma_s(self, elapsed_s: float) -> float:
        """Return one sigma of a stamp's innovation, so long after the last correction."""
        return math.sqrt(self._filter.variance_s2(elapsed_s) + self.jitter_s**2)

    def _leap(self, leap: Leap) -> None:
        """Take the time anew; a leap soon after another casts doubt on the rate."""
        self.leaps += 1
        self._jitter.sigma_s = leap.jitter_s
        self._filter.doubt_rate(abs(leap.by_s) / max(self._calm_s, GROUP_S))
        self.restart(self.last_s + leap.by_s)

    def _correct(self) -> None:
        """Use the stamps of a group as one measurement of the phase at its end."""
        innovation_s = statistics.fmean(self._innovations_s) - self._jitter.late_s
        error_s = max(self.jitter_s / math.sqrt(len(self._innovations_s)), _LEAST_ERROR_S)
        error_s *= self._colour.inflation
        if self._temperature_c is not None:
            self._filter.feel(self._temperature_c, self._since_s)
        self._filter.advance(self._since_s)
        self._watch_trend(innovation_s, error_s)
        change_s = self._filter.correct(innovation_s, error_s)
        self.last_s += change_s
        self._offset_s += _OFFSET_GAIN * (innovation_s - change_s - self._offset_s)
        self._colour.learn(innovation_s - self._offset_s)
        self._begin_group()

    def _watch_trend(self, innovation_s: float, error_s: float) -> None:
        """Doubt the rate where measurements keep being off to one side, as in a sudden heat.

        Innovations of a filter whose model is right are white, so that their running mean has
        a known sigma.
        """
        sigma_s = math.sqrt(self._filter.variance_s2(0.0) + error_s**2)
        self._trend += _TREND_GAIN * (innovation_s / sigma_s - self._trend)
        if abs(self._trend) > _TREND_SIGMAS * math.sqrt(_TREND_GAIN / (2 - _TREND_GAIN)):
            over_s = max(self._since_s, _LEAST_ERROR_S)
            self._filter.doubt_rate(abs(innovation_s) * _TREND_GAIN / over_s)
            self._trend = 0.0

    def _begin_group(self) -> None:
        self._innovations_s.clear()
        self._since_s = 0.0
