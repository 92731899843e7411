"""The spectrum of a stream's background: one FFT every forty seconds, the median of an hour.

The power spectral density of each segment by Welch (1967): Hann's window, the straight line taken
out. An earthquake or a passing lorry is in some segments of the ninety and moves no median; a
segment with a gap or a clipped sample is left out.
"""

from collections import deque
from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge.noise.octaves import Octaves
from edge.packet import Block, Samples
from edge.timestamps import seconds_to_ns

SEGMENT_S: Final = 40.96
"""4096 samples at 100 Hz; numbers that an FFT likes at 31.25, 125 and 200 Hz, too."""
_KEPT_S: Final = 3600.0
_KEPT_NS: Final = seconds_to_ns(_KEPT_S)


class NoiseMeter:
    """Listens to blocks and tells the background in octaves.

    Args:
        nominal_rate_hz: Sampling rate that the source claims.
        segment_s: Length of a segment; the lowest octave needs some of its periods.

    Attributes:
        segments: Heard since the start.
    """

    def __init__(self, nominal_rate_hz: float, segment_s: float = SEGMENT_S) -> None:
        self.segments = 0
        self._count = round(segment_s * nominal_rate_hz)
        self._octaves = Octaves.of(self._count, nominal_rate_hz)
        self._window = np.hanning(self._count + 1)[:-1]
        ramp = np.arange(self._count) - (self._count - 1) / 2
        self._ramp = ramp / np.sqrt(np.square(ramp).sum())
        self._powers: deque[tuple[int, NDArray[np.float64]]] = deque(
            maxlen=max(1, round(_KEPT_S / segment_s))
        )
        """When each segment ended, and its densities."""
        self._segment_s = segment_s
        self._pending: list[Samples] = []
        self._missing = self._count

    @property
    def centres_hz(self) -> tuple[float, ...]:
        """Middle of each octave."""
        return self._octaves.centres_hz

    @property
    def span_s(self) -> float:
        """Seconds of samples in the median."""
        return len(self._powers) * self._segment_s

    def push(self, block: Block) -> None:
        """Take a block at the station's rate."""
        if not block.continues or block.clipped:
            self._begin()
        if block.clipped:
            return
        self._pending.append(block.samples)
        self._missing -= len(block.samples)
        if self._missing <= 0:
            samples = np.concatenate(self._pending)
            for start in range(0, len(samples) - self._count + 1, self._count):
                segment = samples[start : start + self._count]
                self._powers.append((block.end_ns, self._power(segment, block.rate_hz)))
                self.segments += 1
            while self._powers[0][0] < block.end_ns - _KEPT_NS:
                self._powers.popleft()
            self._begin()

    def densities(self) -> NDArray[np.float64] | None:
        """Return the background's power spectral density, or None before the first segment.

        Returns:
            Shape (octaves, 3), (m/s2)^2/Hz; NaN where a component is missing half of the time.
        """
        if not self._powers:
            return None
        powers = np.array([power for _, power in self._powers])
        middle = np.median(np.where(np.isnan(powers), np.inf, powers), axis=0)
        # The median of one segment is its mean; that of many falls short of it by the full bias.
        short = (1 - self._octaves.median_bias) * (1 - 1 / len(powers))
        return np.where(np.isinf(middle), np.nan, middle / (1 - short[:, None]))

    def _begin(self) -> None:
        self._pending, self._missing = [], self._count

    def _power(self, segment: Samples, rate_hz: float) -> NDArray[np.float64]:
        """Return the density of each octave, shape (octaves, 3)."""
        samples = np.ascontiguousarray(segment.T, np.float64)
        samples -= samples.mean(axis=1)[:, None]
        samples -= (samples @ self._ramp)[:, None] * self._ramp
        samples *= self._window
        lines = np.fft.rfft(samples, axis=1)
        powers = lines.real**2 + lines.imag**2
        scale = 2 / (rate_hz * float(np.square(self._window).sum()))
        return np.asarray(self._octaves.means(powers).T * scale)
