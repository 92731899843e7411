"""Resampling of a stream to a fixed rate on an absolute time grid.

Stations sample at 30 to 250 Hz, each at its own slightly wrong rate; detectors and networks want
one rate. The output samples lie at whole multiples of the target's sampling interval since 1970,
so that streams of different stations, and a replay and the live run, share their sample times.

Faster input is first low-passed (Butterworth, whose small delay at low frequency is taken out
again); then a Kaiser-windowed sinc of eight input samples interpolates. Its look-ahead of four
samples is the only latency.
"""

import numpy as np
from numpy.typing import NDArray

from edge.packet import Block, Samples
from edge.signal.butterworth import lowpass
from edge.signal.filters import StreamingFilter
from edge.timestamps import NANOSECONDS_PER_SECOND

_HALF_WIDTH = 4
"""Input samples of the kernel on each side of an output sample."""

_TAPS = np.arange(1 - _HALF_WIDTH, 1 + _HALF_WIDTH)
_PHASES = 512
_KAISER_BETA = 5.0
_ANTI_ALIAS_ORDER = 4
_ANTI_ALIAS_CORNER = 0.40
"""Corner of the low-pass as a share of the target rate."""

_NO_ALIAS_RATIO = 1.25
"""Input up to this many times the target rate has nothing worth removing above its half."""

_TAIL = 4 * _HALF_WIDTH

_NEAR = 0.05
"""Oscillators of cheap sensors are off by some percent; more is another setting of the sensor."""


def design_rate(rate_hz: float, nominal_hz: float | None) -> float:
    """Return the rate for which to make the filters of a stream.

    The nominal one where the true one is near: the estimate of the true rate changes from packet
    to packet, and a re-run that begins later than the stream did would make other filters.

    Args:
        rate_hz: Estimated true rate at the moment.
        nominal_hz: Nominal rate, if it is known.
    """
    if nominal_hz is not None and abs(rate_hz / nominal_hz - 1) <= _NEAR:
        return nominal_hz
    return rate_hz


class Resampler:
    """Blocks at any rate in, blocks at `rate_hz` out; a gap in the input starts it anew."""

    def __init__(self, rate_hz: float, nominal_hz: float | None = None) -> None:
        """Prepare for a target rate.

        Args:
            rate_hz: The target.
            nominal_hz: Nominal rate of the input; see `design_rate`.

        Raises:
            ValueError: The sampling interval is no whole number of nanoseconds.
        """
        self.rate_hz = rate_hz
        self._nominal_hz = nominal_hz
        self._interval_ns = round(NANOSECONDS_PER_SECOND / rate_hz)
        if self._interval_ns * rate_hz != NANOSECONDS_PER_SECOND:
            raise ValueError(f"{rate_hz} Hz has no whole number of nanoseconds between samples")
        self._kernel = _kernel_table()
        self._anti_alias: _AntiAlias | None = None
        self._tail = np.empty((0, 3))
        self._next_index = 0
        self._fresh = True

    def push(self, block: Block) -> Block | None:
        """Return the output samples that this block completes, or None where there are none."""
        if not block.continues or len(self._tail) == 0:
            self._start(block)
        samples, delay_s = self._filtered(block)
        joined: NDArray[np.float64] = np.concatenate([self._tail, samples])
        first_ns = block.time_ns(-len(self._tail)) - round(delay_s * NANOSECONDS_PER_SECOND)
        last_position = len(joined) - 1 - _HALF_WIDTH
        span_ns = last_position * NANOSECONDS_PER_SECOND / block.rate_hz
        last_index = int((first_ns + span_ns) // self._interval_ns)
        self._tail = joined[-_TAIL:]
        if last_index < self._next_index:
            return None
        first_index, self._next_index = self._next_index, last_index + 1
        indices = np.arange(first_index, self._next_index)
        positions = (indices * self._interval_ns - first_ns) * (
            block.rate_hz / NANOSECONDS_PER_SECOND
        )
        output = self._interpolate(joined, positions)
        continues, self._fresh = not self._fresh, False
        return Block(
            start_ns=first_index * self._interval_ns,
            rate_hz=self.rate_hz,
            samples=output.astype(np.float32),
            clock=block.clock,
            arrival_ns=block.arrival_ns,
            continues=continues,
            clipped=block.clipped,
        )

    def _start(self, block: Block) -> None:
        """Begin as if the first sample's value had stood there for ever."""
        level = block.samples[0].astype(np.float64)
        self._tail = np.tile(level, (_TAIL, 1))
        self._next_index = -(-block.start_ns // self._interval_ns)
        self._fresh = True
        self._anti_alias = None
        if block.rate_hz > _NO_ALIAS_RATIO * self.rate_hz:
            rate_hz = design_rate(block.rate_hz, self._nominal_hz)
            self._anti_alias = _AntiAlias(self.rate_hz, rate_hz, level)

    def _filtered(self, block: Block) -> tuple[Samples | NDArray[np.float64], float]:
        if self._anti_alias is None:
            return block.samples, 0.0
        return self._anti_alias.filter(block.samples), self._anti_alias.delay_s

    def _interpolate(
        self, joined: NDArray[np.float64], positions: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        # A change of the estimated rate moves old samples by far less than the spare tail.
        steps = np.rint(np.maximum(positions, _HALF_WIDTH - 1) * _PHASES).astype(np.intp)
        whole, phase = steps // _PHASES, steps % _PHASES
        weights = self._kernel.take(phase, axis=0)[:, None]
        around = joined.take(whole[:, None] + _TAPS, axis=0)
        return np.asarray((weights @ around)[:, 0], np.float64)


class _AntiAlias:
    """The low-pass before decimation, and the delay that it adds at low frequency."""

    def __init__(self, target_hz: float, rate_hz: float, level: NDArray[np.float64]) -> None:
        corner_hz = _ANTI_ALIAS_CORNER * target_hz
        sections = lowpass(_ANTI_ALIAS_ORDER, corner_hz, rate_hz)
        self.filter = StreamingFilter(sections, channels=len(level))
        self.filter.reset(level)
        self.delay_s = _delay_at_zero_s(sections, rate_hz)


def _delay_at_zero_s(sections: NDArray[np.float64], rate_hz: float) -> float:
    """Return the group delay at zero frequency: sum of k b_k / sum b - the same of a."""
    k = np.arange(3)
    numerator, denominator = sections[:, :3], sections[:, 3:]
    delays = numerator @ k / numerator.sum(axis=1) - denominator @ k / denominator.sum(axis=1)
    return float(delays.sum() / rate_hz)


def _kernel_table() -> NDArray[np.float64]:
    """Return windowed-sinc weights, one row a phase from 0 to 1 input sample, each summing to 1."""
    distance = _TAPS - (np.arange(_PHASES) / _PHASES)[:, None]
    inside = np.clip(1 - (distance / _HALF_WIDTH) ** 2, 0.0, None)
    table = np.sinc(distance) * np.i0(_KAISER_BETA * np.sqrt(inside)) / np.i0(_KAISER_BETA)
    return np.asarray(table / table.sum(axis=1, keepdims=True), np.float64)
