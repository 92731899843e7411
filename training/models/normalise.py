"""Division of a window by its largest sample, as most of the published networks want it."""

import numpy as np
from numpy.typing import NDArray

Window = NDArray[np.floating]


def divide_by_maximum(
    window: Window, *, per_component: bool, as_published: bool = False
) -> NDArray[np.float32]:
    """Return the window in units of its largest sample.

    The published networks divide by the signed maximum. A window whose largest swing is downwards
    then leaves the range of -1 to 1, one that lies below zero throughout changes its sign, and a
    dead component becomes NaN. The sound form divides by the largest magnitude, and a dead
    component stays zero.

    Args:
        window: Shape (n, components), any unit.
        per_component: Each component by its own largest sample, or all by the largest of all.
        as_published: Divide by the signed maximum.
    """
    axis = 0 if per_component else None
    samples = np.asarray(window, np.float64)
    if as_published:
        with np.errstate(divide="ignore", invalid="ignore"):
            return (samples / samples.max(axis=axis, keepdims=True)).astype(np.float32)
    largest = np.abs(samples).max(axis=axis, keepdims=True)
    return (samples / np.where(largest > 0, largest, 1.0)).astype(np.float32)
