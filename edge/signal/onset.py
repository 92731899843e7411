"""Refining an onset's time: the Akaike information criterion over a ring of recent samples.

The onset splits the trace into two stationary stretches best where

    AIC(k) = sum over components of  k log var(x[:k]) + (n - k) log var(x[k:])

is least (Maeda 1985, Zisin 38; in the variance form of Zhang et al. 2003, BSSA 93). The Akaike
weights exp(-(AIC - least) / 2) are the probability of each sample being the onset: their spread is
the uncertainty that a trigger states.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge.grid import DETECTION_RATE_HZ, SAMPLE_NS
from edge.packet import Block
from edge.signal.butterworth import bandpass
from edge.signal.filters import StreamingFilter
from edge.signal.ring import Ring

_BAND_HZ = (1.0, 12.0)
_BAND_ORDER = 2
_KEPT_S = 30.0
_EDGE = 8
"""Samples at each end of the window at which no onset is looked for: a variance needs some."""
_LEAST_UNCERTAINTY_S = 0.03
_TINY_VARIANCE = 1e-20
_RISE_SAMPLES = round(2.0 * DETECTION_RATE_HZ)
_GAUSSIAN_RMS_TO_MEDIAN = 1.4826
"""The rms of Gaussian noise over the median of its absolute value; bursts barely move it."""


@dataclass(frozen=True, slots=True)
class Onset:
    """A refined onset."""

    time_ns: int
    uncertainty_s: float
    """One standard deviation."""


class OnsetPicker:
    """Keeps the last half minute in the detection band and finds onsets in it."""

    def __init__(self) -> None:
        sections = bandpass(_BAND_ORDER, *_BAND_HZ, DETECTION_RATE_HZ)
        self._band = StreamingFilter(sections, channels=3)
        self._ring = Ring(round(_KEPT_S * DETECTION_RATE_HZ), columns=3)
        self._end_ns = 0

    def push(self, block: Block) -> None:
        """Take a block at 32 Hz."""
        present = block.filled()
        if not block.continues:
            self._band.reset(present[0].astype(np.float64))
            self._ring.clear()
        self._ring.append(self._band(present))
        self._end_ns = block.end_ns

    def noise_m_s2(self) -> tuple[float, float, float] | None:
        """Return the background in the detection band, Z, N, E: rms as told by the median."""
        if len(self._ring) == 0:
            return None
        z, n, e = _GAUSSIAN_RMS_TO_MEDIAN * np.median(np.abs(self._ring.rows), axis=0)
        return float(z), float(n), float(e)

    def rise(self, onset_ns: int, components: NDArray[np.bool_] | None = None) -> float:
        """Return the energy since an onset over that of the two seconds before it; 0 if unknown.

        Args:
            onset_ns: Time of the onset.
            components: Which of Z, N and E count, shape (3,); all of them where left out.
        """
        first_ns = self._end_ns - len(self._ring) * SAMPLE_NS
        at = max(0, (onset_ns - first_ns) // SAMPLE_NS)
        counted = slice(None) if components is None else components
        before = self._ring.rows[max(0, at - _RISE_SAMPLES) : at, counted]
        since = self._ring.rows[at:, counted]
        if before.size == 0 or since.size == 0:
            return 0.0
        return float(np.square(since).mean() / max(np.square(before).mean(), _TINY_VARIANCE))

    def refine(self, begin_ns: int, end_ns: int) -> Onset | None:
        """Return the most probable onset between two times, or None where too little is kept."""
        first_ns = self._end_ns - len(self._ring) * SAMPLE_NS
        begin = max(0, (begin_ns - first_ns) // SAMPLE_NS)
        end = min(len(self._ring), (end_ns - first_ns) // SAMPLE_NS)
        if end - begin <= 2 * _EDGE:
            return None
        criterion = _criterion(self._ring.rows[begin:end])
        candidates = np.arange(_EDGE, len(criterion) - _EDGE)
        weights = np.exp(-(criterion[candidates] - criterion[candidates].min()) / 2)
        weights /= weights.sum()
        best = int(candidates[np.argmax(weights)])
        spread = float(np.sqrt(weights @ np.square(candidates - best))) / DETECTION_RATE_HZ
        return Onset(first_ns + (begin + best) * SAMPLE_NS, max(spread, _LEAST_UNCERTAINTY_S))


def _criterion(window: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return AIC at each sample of a window of shape (n, 3); the ends mean nothing."""
    n = len(window)
    k = np.arange(n)
    before = _variance_of_heads(window)
    after = _variance_of_heads(window[::-1])[::-1]
    return np.asarray(
        (k[:, None] * np.log(before)).sum(axis=1) + ((n - k)[:, None] * np.log(after)).sum(axis=1)
    )


def _variance_of_heads(window: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return at row k the variance of the first k rows (row 0: the floor)."""
    counts = np.maximum(np.arange(len(window)), 1)[:, None]
    sums = np.cumsum(window, axis=0) - window
    squares = np.cumsum(np.square(window), axis=0) - np.square(window)
    return np.asarray(np.maximum(squares / counts - np.square(sums / counts), _TINY_VARIANCE))
