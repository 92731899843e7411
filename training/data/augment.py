"""Changes that make one recorded example into many: each a pure function of an example and chance.

Every function returns a new example whose onsets are still true of its samples: a second event
comes with its labels, a cut drops those outside. What sensors do is in
`training.data.sensor_faults`.

Use: `noisy = noise_at_snr(example, noise, 6.0, rng)`; functions may be applied in any order.
"""

from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from training.data.example import Example, Onset, cut, moved, single
from training.data.noise import surrogate

Array = NDArray[np.float64]
Rng = np.random.Generator

_PEAK_S: Final = 3.0
"""Seconds after the P in which the signal of a signal-to-noise ratio is measured."""
_BEFORE_S: Final = 0.5
"""Kept away from the P when noise is taken from what comes before it, seconds."""
_LEAST_NOISE: Final = 64
"""Samples before the P from which a spectrum can be taken; with fewer, noise is white."""


def random_shift(example: Example, length: int, rng: Rng) -> Example:
    """Return a window of the example in which the first P, if any, may be anywhere.

    Where the example begins too near its P or ends too soon, noise with the spectrum of what is
    before the P is put there with new phases. (Published: copies of that stretch, whose seams and
    repetition a network can learn.)
    """
    p = next((onset.p for onset in example.onsets if onset.p is not None), None)
    n = len(example.samples)
    if p is None:
        begin = int(rng.integers(min(0, n - length), max(0, n - length) + 1))
    else:
        begin = int(p) - int(rng.integers(0, length))
    return window_at(example, begin, length, rng)


def window_at(example: Example, begin: int, length: int, rng: Rng) -> Example:
    """Return a window that may reach beyond the example's ends.

    What lies beyond is noise with the spectrum of what is before the P, with new phases.

    Args:
        example: From which the window is cut.
        begin: First sample of the window; negative before the example's first.
        length: Samples of the window.
        rng: Source of the noise.
    """
    before, after = max(0, -begin), max(0, begin + length - len(example.samples))
    if before or after:
        example = _extended(example, before, after, rng)
    return cut(example, begin + before, length)


def second_event(example: Example, other: Example, share: float, rng: Rng) -> Example:
    """Add another event after the coda of the last, with its labels.

    The other is scaled to `share` of the first one's peak and fades in over its pre-event noise,
    so that this noise brings no step. Returned unchanged where there is no room for its P.
    """
    onset = next((o for o in other.onsets if o.p is not None), None)
    n = len(example.samples)
    ends = [_end(o, n) for o in example.onsets]
    first = int(max(ends, default=0.0))
    if onset is None or onset.p is None or first >= n - 1 or other.rate_hz != example.rate_hz:
        return example
    begin = int(rng.integers(first, n)) - int(onset.p)
    source = _centred(other.samples)
    lead = np.arange(len(source)) - (onset.p - _BEFORE_S * other.rate_hz)
    source *= np.clip(1 + lead / other.rate_hz, 0, 1)[:, None]
    peak = np.nanmax(np.abs(_centred(example.samples)), initial=0.0) or 1.0
    source *= share * peak / max(np.abs(source).max(initial=0.0), 1e-30)
    total = example.samples.astype(np.float64)
    from_, to = max(0, begin), min(n, begin + len(source))
    total[from_:to] += source[from_ - begin : to - begin]
    added = moved((onset,), begin, n)
    return replace(example, samples=single(total), onsets=example.onsets + added)


def noise_at_snr(example: Example, noise: Array, snr_db: float, rng: Rng) -> Example:
    """Add noise so that the first event stands `snr_db` above it.

    Args:
        example: With a P; without one the noise is scaled to the example's own rms.
        noise: At least as long, shape (m, 3); a random stretch is taken, each component its own.
        snr_db: Rms of the three seconds after the P over the rms of the noise, decibels (20 log10).
        rng: Source of all chance.

    Raises:
        ValueError: The noise is shorter than the example.
    """
    n = len(example.samples)
    if len(noise) < n:
        raise ValueError(f"noise of {len(noise)} samples for an example of {n}")
    begin = int(rng.integers(0, len(noise) - n + 1))
    stretch = _centred(noise[begin : begin + n])
    trace = _centred(example.samples)
    p = next((int(onset.p) for onset in example.onsets if onset.p is not None), None)
    signal = trace if p is None else trace[p : p + max(1, round(_PEAK_S * example.rate_hz))]
    level = _rms(signal) / max(_rms(stretch), 1e-30) * 10 ** (-snr_db / 20)
    return replace(example, samples=single(example.samples + level * stretch))


def dropped_components(example: Example, components: tuple[int, ...]) -> Example:
    """Return the example as a station without these components delivers it: NaN."""
    samples = example.samples.copy()
    samples[:, list(components)] = np.nan
    return replace(example, samples=samples)


def scaled(example: Example, factor: float) -> Example:
    """Return the example louder or, below one, fainter."""
    return replace(example, samples=single(example.samples * np.float64(factor)))


def _extended(example: Example, before: int, after: int, rng: Rng) -> Example:
    """Return the example with noise like that before its P at its ends."""
    trace = example.samples.astype(np.float64)
    missing = np.isnan(trace).all(axis=0)
    p = next((int(onset.p) for onset in example.onsets if onset.p is not None), len(trace))
    quiet = np.nan_to_num(trace[: max(2, p - round(_BEFORE_S * example.rate_hz))], nan=0.0)
    head, tail = (_noise_like(quiet, count, rng) for count in (before, after))
    samples = np.concatenate([head, trace, tail])
    samples[:, missing] = np.nan
    onsets = moved(example.onsets, before, len(samples))
    return replace(example, samples=single(samples), onsets=onsets)


def _noise_like(quiet: Array, count: int, rng: Rng) -> Array:
    level = np.median(quiet, axis=0)
    if count == 0:
        return np.empty((0, 3))
    if len(quiet) < _LEAST_NOISE:
        return np.asarray(level + quiet.std(axis=0) * rng.standard_normal((count, 3)))
    return np.asarray(level + surrogate(quiet, count, rng))


def _end(onset: Onset, n: int) -> float:
    """Return when an event is over: its coda's end, or as long after S as S was after P."""
    if onset.end is not None:
        return onset.end
    if onset.p is not None and onset.s is not None:
        return onset.s + 2 * (onset.s - onset.p)
    return float(n)


def _centred(samples: NDArray[np.generic]) -> Array:
    """Return the samples less their median, zero where they are missing."""
    trace = samples.astype(np.float64)
    if np.isfinite(trace).all():
        # Three times as fast, and nearly every trace.
        return trace - np.median(trace, axis=0)
    present = np.isfinite(trace).any(axis=0)
    trace[:, present] -= np.nanmedian(trace[:, present], axis=0)
    return np.nan_to_num(trace, nan=0.0)


def _rms(trace: Array) -> float:
    return float(np.sqrt(np.mean(np.square(trace)))) if trace.size else 0.0
