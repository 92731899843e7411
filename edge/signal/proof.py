"""Proof that this processor computes filters right.

Filters are small matrix products, which NumPy leaves to a BLAS that picks its kernels by the
processor. A kernel that does not fit the processor, or its emulation, gives wrong numbers without
a word: triggers out of nothing, or none. So a station compares one filter with the recursion that
it stands for, number by number, before it believes itself.
"""

from typing import Final

import numpy as np

from edge.errors import ArithmeticProofError
from edge.signal.butterworth import Sections, bandpass
from edge.signal.filters import FilterFan

_RATE_HZ: Final = 32.0
_SAMPLES: Final = 71
"""More than two steps of the product, and no whole number of them."""
_TOLERANCE: Final = 1e-9


def prove_filters() -> None:
    """Compare matrix products with the plain recursion.

    Raises:
        ArithmeticProofError: They differ; says by how much.
    """
    sections = bandpass(2, 1.0, 10.0, _RATE_HZ)
    trace = np.random.default_rng(0).normal(size=(_SAMPLES, 3))
    by_products = FilterFan([sections, sections], channels=3)(trace)
    plainly = np.stack([_recursion(sections, column.tolist()) for column in trace.T], axis=1)
    difference = float(np.abs(by_products - plainly).max())
    if not difference <= _TOLERANCE:
        raise ArithmeticProofError(difference)


def _recursion(sections: Sections, trace: list[float]) -> list[float]:
    """Return a filtered trace, sample by sample (transposed direct form II)."""
    for b0, b1, b2, _, a1, a2 in sections.tolist():
        first = second = 0.0
        filtered = []
        for x in trace:
            y = b0 * x + first
            first = b1 * x - a1 * y + second
            second = b2 * x - a2 * y
            filtered.append(y)
        trace = filtered
    return trace
