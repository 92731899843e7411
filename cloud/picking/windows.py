"""A record of any length through a network of fixed windows.

Windows overlap by half; where several speak of a sample their curves are averaged, each weighted by
how far the sample is from the window's ends: there a network sees but one side of what it judges.
A record that is shorter than a window is continued before its first sample by its own mirror image,
as the station does; what the network says of that part is left out.
"""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]


def window_starts(count: int, window: int) -> list[int]:
    """Return the first sample of each window over a record; the last one ends with it.

    Args:
        count: Samples of the record.
        window: Samples of a window, no more than the record has.
    """
    last = count - window
    return [*range(0, last, window // 2), last]


def cut_windows(trace: Array, window: int) -> Array:
    """Return the windows of a record, shape (k, window, components).

    Args:
        trace: Shape (n, components), at least one sample.
        window: Samples of a window.
    """
    trace = mirrored(trace, window)
    starts = window_starts(len(trace), window)
    return np.stack([trace[start : start + window] for start in starts])


def mirrored(trace: Array, least: int) -> Array:
    """Return a record continued before its first sample by its mirror image.

    Args:
        trace: Shape (n, components), at least one sample.
        least: Samples that it shall have; one that has more stays as it is.
    """
    missing = max(0, least - len(trace))
    return np.pad(trace, ((missing, 0), (0, 0)), mode="symmetric") if missing else trace


def join_curves(curves: Array, count: int) -> Array:
    """Return the curves of a record from those of its windows, shape (count, labels).

    Args:
        curves: Of the windows of `cut_windows`, shape (k, window, labels).
        count: Samples of the record.
    """
    _, window, labels = curves.shape
    if count <= window:
        return curves[0, window - count :]
    ramp = np.arange(1, window + 1, dtype=np.float32)
    weight = np.minimum(ramp, ramp[::-1])[:, None]
    total = np.zeros((count, labels), np.float32)
    weights = np.zeros((count, 1), np.float32)
    for start, curve in zip(window_starts(count, window), curves, strict=True):
        total[start : start + window] += weight * curve
        weights[start : start + window] += weight
    return total / weights
