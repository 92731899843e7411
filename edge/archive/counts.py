"""Samples as whole counts and back, bit for bit.

Sources make float32 m/s2 of counts, by a product or a quotient that may differ in the last bit.
Counts alone therefore bring back nearly every sample exactly; the few others are listed beside
them. Where a source has no counts, its samples are kept as they are.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

_LARGEST: Final = 2**31 - 1

MOST_EXCEPTIONS: Final = 0.25
"""A component with a larger share of samples that are no counts is kept as it is."""

Column = NDArray[np.float32]
"""Samples of one component, m/s2, shape (n,)."""


@dataclass(frozen=True, slots=True)
class Counted:
    """One component as it is stored."""

    stored: NDArray[np.int32] | NDArray[np.float32]
    """Counts, or m/s2 where the source has no counts; shape (n,)."""
    counts_per_m_s2: float | None
    """None where m/s2 are stored."""
    exceptions: dict[int, int]
    """The bits of samples that the counts would not bring back, by index."""


def to_counts(samples: Column, counts_per_m_s2: float | None) -> Counted:
    """Return a component as it is stored.

    Args:
        samples: Shape (n,), m/s2.
        counts_per_m_s2: Sensitivity; None for a source without counts.
    """
    if counts_per_m_s2 is None:
        return Counted(samples, None, {})
    wanted = np.nan_to_num(samples.astype(np.float64) * counts_per_m_s2)
    counts = np.rint(np.clip(wanted, -_LARGEST, _LARGEST)).astype(np.int32)
    bits = np.ascontiguousarray(samples).view(np.uint32)
    differ = np.flatnonzero(_scaled(counts, counts_per_m_s2).view(np.uint32) != bits)
    if len(differ) > MOST_EXCEPTIONS * len(samples):
        return Counted(samples, None, {})
    exceptions = {int(index): int(bits[index]) for index in differ}
    return Counted(counts, counts_per_m_s2, exceptions)


def to_samples(stored: NDArray[np.generic], counts_per_m_s2: float | None) -> Column:
    """Return the samples, m/s2, shape (n,), of what is stored, exceptions left out."""
    if counts_per_m_s2 is None:
        return stored.astype(np.float32)
    return _scaled(stored, counts_per_m_s2)


def restore(samples: Column, exceptions: dict[int, int]) -> None:
    """Put back, in place, the samples that counts do not bring back."""
    bits = samples.view(np.uint32)
    for index, value in exceptions.items():
        bits[index] = value


def _scaled(counts: NDArray[np.generic], counts_per_m_s2: float) -> Column:
    return (counts.astype(np.float64) / counts_per_m_s2).astype(np.float32)
