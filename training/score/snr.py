"""How far the shaking of a record stands above its noise, in the band of triggers."""

import numpy as np
from numpy.typing import NDArray

from edge.grid import DETECTION_RATE_HZ
from edge.signal.butterworth import bandpass
from edge.signal.filters import StreamingFilter
from edge.timestamps import seconds_to_ns
from training.score.stream import Stream, detection_blocks
from training.score.truth import Truth

CLASSES_DB = ((-np.inf, 10.0), (10.0, 20.0), (20.0, 30.0), (30.0, np.inf))

_BAND_HZ = (1.0, 10.0)
_ORDER = 2
_WINDOW = round(DETECTION_RATE_HZ)
_EARLY_NS = seconds_to_ns(2.0)
_SETTLE = round(5 * DETECTION_RATE_HZ)
"""Samples after a start that the filter needs."""


def snr_db(truth: Truth, stream: Stream) -> float | None:
    """Return the signal-to-noise ratio of a record, dB, or None where one of the two is missing.

    Signal is the strongest second, as rms of all components from 1 to 10 Hz, between P (2 s
    before it) and the latest S; noise is the rms before the event. Plain noise has about 3 dB.
    """
    times, power = _power(stream)
    quiet = power[times < truth.noise_end_ns]
    loud = power[(times >= truth.first_p_ns - _EARLY_NS) & (times <= truth.last_s_ns)]
    if len(quiet) < _WINDOW or len(loud) < _WINDOW or quiet.mean() <= 0:
        return None
    running = np.convolve(loud, np.ones(_WINDOW) / _WINDOW, mode="valid")
    return float(10 * np.log10(running.max() / quiet.mean()))


def _power(stream: Stream) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return times and powers of the record in the band; the start of each stretch is left out."""
    sections = bandpass(_ORDER, *_BAND_HZ, DETECTION_RATE_HZ)
    band = StreamingFilter(sections, channels=3)
    times, powers, seen = [np.empty(0, np.int64)], [np.empty(0)], 0
    for block in detection_blocks(stream):
        samples = np.nan_to_num(block.samples).astype(np.float64)
        if not block.continues:
            band.reset(samples[0])
            seen = 0
        power = np.square(band(samples)).sum(axis=1)
        settled = np.arange(seen, seen + len(power)) >= _SETTLE
        seen += len(power)
        at = block.start_ns + np.arange(len(power)) * round(1e9 / block.rate_hz)
        times.append(at[settled])
        powers.append(power[settled])
    return np.concatenate(times), np.concatenate(powers)
