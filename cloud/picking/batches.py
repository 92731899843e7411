"""What records cost, and how many go together."""

import math
from collections.abc import Iterator, Sequence
from typing import Final

from cloud.seismogram import Seismogram

_HOP_S: Final = 30.0
"""Half a window of the kit's picker, in which the cost of a record is counted."""


def windows_of(seismogram: Seismogram) -> int:
    """Return how many windows a record is, about."""
    seconds = len(seismogram.acceleration_m_s2) / seismogram.rate_hz
    return max(1, math.ceil(seconds / _HOP_S) - 1)


def batches(seismograms: Sequence[Seismogram], most: int) -> Iterator[Sequence[Seismogram]]:
    """Yield records together, up to so many windows or a single record.

    Args:
        seismograms: In their order.
        most: Windows of a batch.
    """
    begin, windows = 0, 0
    for i, seismogram in enumerate(seismograms):
        cost = windows_of(seismogram)
        if i > begin and windows + cost > most:
            yield seismograms[begin:i]
            begin, windows = i, 0
        windows += cost
    if begin < len(seismograms):
        yield seismograms[begin:]
