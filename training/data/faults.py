"""What can be wrong with one recording, found from its samples alone."""

import hashlib

import numpy as np
from numpy.typing import NDArray

from training.data.recording import Recording

DEAD = "dead component"
MISSING = "missing component"
NOT_FINITE = "samples that are not finite"
CLIPPED = "clipped"
UPSAMPLED = "resampled from a lower rate"
IDENTICAL = "identical components"
SILENT_STRETCH = "stretch of one value"

FAULTS = (DEAD, MISSING, NOT_FINITE, CLIPPED, UPSAMPLED, IDENTICAL, SILENT_STRETCH)

_CLIPPED_RUN = 5
"""Samples in a row at the extreme; noise of few counts repeats values, so that many are asked."""
_LEAST_VALUES = 50
_EMPTY_BAND = 1e-6
"""Power density of the upper band over the lower: -60 dB is no ground and no sensor."""
_LOWER_BAND, _UPPER_BAND = (0.2, 0.4), (0.55, 0.75)
"""As parts of half the sampling rate; above 0.75 digitisers have their own low-pass."""
_SILENT_S = 2.0
_LEAST_SAMPLES = 256


def faults_of(recording: Recording) -> list[str]:
    """Return the kinds of fault of a recording, of `FAULTS`."""
    found = []
    columns = recording.samples.T.astype(np.float64)
    present = [column for column in columns if np.isfinite(column).any()]
    if len(present) < len(columns):
        found.append(MISSING)
    if any(not np.isfinite(column).all() for column in present):
        found.append(NOT_FINITE)
    present = [np.nan_to_num(column, nan=0.0, posinf=0.0, neginf=0.0) for column in present]
    alive = [column for column in present if np.ptp(column) > 0]
    if len(alive) < len(present):
        found.append(DEAD)
    if any(_clips(column) for column in alive):
        found.append(CLIPPED)
    if any(_is_upsampled(column) for column in alive):
        found.append(UPSAMPLED)
    if any(np.array_equal(alive[i], alive[j]) for i in range(len(alive)) for j in range(i)):
        found.append(IDENTICAL)
    if any(_longest_run(column) > _SILENT_S * recording.about.rate_hz for column in alive):
        found.append(SILENT_STRETCH)
    return found


def fingerprint(recording: Recording) -> bytes:
    """Return a hash of the samples: two recordings with one hash are the same waveform."""
    return hashlib.sha256(np.ascontiguousarray(recording.samples).tobytes()).digest()[:16]


def _clips(column: NDArray[np.float64]) -> bool:
    if len(np.unique(column)) < _LEAST_VALUES:
        return False
    at_end = (column == column.max()) | (column == column.min())
    return _longest_true(at_end) >= _CLIPPED_RUN


def _is_upsampled(column: NDArray[np.float64]) -> bool:
    if len(column) < _LEAST_SAMPLES:
        return False
    power = np.square(np.abs(np.fft.rfft((column - column.mean()) * np.hanning(len(column)))))

    def level(band: tuple[float, float]) -> float:
        low, high = (int(edge * len(power)) for edge in band)
        return float(power[low:high].mean())

    lower = level(_LOWER_BAND)
    return lower > 0 and level(_UPPER_BAND) < _EMPTY_BAND * lower


def _longest_run(column: NDArray[np.float64]) -> int:
    """Return how many samples in a row have one value."""
    return _longest_true(np.diff(column) == 0) + 1


def _longest_true(values: NDArray[np.bool_]) -> int:
    edges = np.flatnonzero(np.diff(np.concatenate([[0], values.astype(np.int8), [0]])))
    return int((edges[1::2] - edges[::2]).max(initial=0))
