"""An example for training: a stretch of samples and the arrivals in it, in samples."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from edge.packet import Samples
from training.data.recording import Recording


@dataclass(frozen=True, slots=True)
class Onset:
    """One event's arrivals, in samples; either may lie outside the trace and is then None."""

    p: float | None
    s: float | None
    end: float | None = None
    """End of the coda, where known."""


@dataclass(frozen=True, slots=True)
class Example:
    """Samples and the events in them."""

    samples: Samples
    """Shape (n, 3): Z, N, E; a missing component is NaN throughout."""
    rate_hz: float
    onsets: tuple[Onset, ...] = ()


def example_of(recording: Recording) -> Example:
    """Return a recording with its labels as an example."""
    about = recording.about
    if about.p_index is None and about.s_index is None:
        return Example(recording.samples, about.rate_hz)
    onset = Onset(about.p_index, about.s_index, about.end_index)
    return Example(recording.samples, about.rate_hz, (onset,))


def cut(example: Example, begin: int, length: int) -> Example:
    """Return a window; onsets outside it are dropped.

    Raises:
        ValueError: The window is not within the example.
    """
    if begin < 0 or begin + length > len(example.samples):
        raise ValueError(f"window {begin} to {begin + length} of {len(example.samples)} samples")
    samples = example.samples[begin : begin + length].copy()
    return replace(example, samples=samples, onsets=moved(example.onsets, -begin, length))


def moved(onsets: tuple[Onset, ...], by: int, length: int) -> tuple[Onset, ...]:
    """Return onsets moved; arrivals outside become None, events with none are left out."""

    def move(index: float | None) -> float | None:
        return index + by if index is not None and 0 <= index + by < length else None

    kept = []
    for onset in onsets:
        p, s = move(onset.p), move(onset.s)
        if p is not None or s is not None:
            kept.append(Onset(p, s, None if onset.end is None else onset.end + by))
    return tuple(kept)


def single(samples: NDArray[np.generic]) -> Samples:
    """Return samples in the precision that examples have."""
    return np.asarray(samples, np.float32)
