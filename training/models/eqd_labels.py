"""The labels of the pickers of Cui et al. 2024: a bell over each arrival."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

WINDOW_SAMPLES = 6000
SIGMA_SAMPLES = 10.0
"""Half-width of the bell; 0.1 s at 100 Hz."""


def pick_labels(
    arrivals: Sequence[Sequence[float]], *, as_published: bool = False
) -> NDArray[np.float32]:
    """Return the target curves, shape (6000, phases): exp(-(t - arrival)^2 / (2 sigma^2)).

    The published time axis has 6000 points from 0 to 6000 inclusive, so that sample i lies at
    i x 6000 / 5999; and only one event of a window has labels.

    Args:
        arrivals: For each phase its arrivals in the window, samples; none in noise.
        as_published: Use the published time axis and the first arrival alone.
    """
    time = (
        np.linspace(0, WINDOW_SAMPLES, WINDOW_SAMPLES)
        if as_published
        else np.arange(WINDOW_SAMPLES, dtype=np.float64)
    )
    curves = np.zeros((WINDOW_SAMPLES, len(arrivals)), np.float32)
    for phase, samples in enumerate(arrivals):
        for arrival in samples[:1] if as_published else samples:
            bell = np.exp(-((time - arrival) ** 2) / (2 * SIGMA_SAMPLES**2))
            curves[:, phase] = np.maximum(curves[:, phase], bell)
    return curves
