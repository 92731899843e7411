"""The labels of CRED: which of the 38 bins of a window an earthquake touches."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

BINS = 38
WINDOW_SAMPLES = 6000
"""60 s at 100 Hz; a bin is 1.579 s."""

_CODA = 1.2
"""The event is taken to end this many times S-P after S."""


@dataclass(frozen=True, slots=True)
class Onsets:
    """P and S of one event, samples since the start of the window."""

    p_sample: float
    s_sample: float


def bin_labels(events: Sequence[Onsets], *, as_published: bool = False) -> NDArray[np.float32]:
    """Return the labels of a window, shape (38, 1): 1 from P to S + 1.2 (S-P).

    The published rule rounds both ends down, so that an event with S-P under a bin may get no
    label at all, and it labels only the first event of a window.

    Args:
        events: In the order in which they were put into the window.
        as_published: Use the published rule.
    """
    labels = np.zeros((BINS, 1), np.float32)
    for event in events[:1] if as_published else events:
        first, end = _published_bins(event) if as_published else _touched_bins(event)
        labels[max(first, 0) : max(end, 0)] = 1.0
    return labels


def _touched_bins(event: Onsets) -> tuple[int, int]:
    per_sample = BINS / WINDOW_SAMPLES
    end_sample = event.s_sample + _CODA * (event.s_sample - event.p_sample)
    first = int(np.floor(event.p_sample * per_sample))
    return first, max(int(np.ceil(end_sample * per_sample)), first + 1)


def _published_bins(event: Onsets) -> tuple[int, int]:
    p_bin = int(event.p_sample * BINS / WINDOW_SAMPLES)
    s_bin = int(event.s_sample * BINS / WINDOW_SAMPLES)
    return p_bin, int(s_bin + _CODA * (s_bin - p_bin))
