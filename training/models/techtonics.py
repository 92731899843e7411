"""What the two networks of TECHTONICS share: the image that they look at."""

import numpy as np
from numpy.typing import NDArray

from training.models.recipe import Difference, InputSpec, Source

ROWS, COLUMNS = 100, 150

_PUBLISHED_LIMITS_DB = (-10.0, 25.0)
"""Power of the raw counts in dB that is black, and that is white."""
_RANGE_DB = 35.0
_BELOW_MEDIAN_DB = 10.0

INPUT = InputSpec(
    kind="image",
    shape=(ROWS, COLUMNS, 1),
    rate_hz=100.0,
    window_s=60.0,
    components="Z",
)
GREY_LEVELS = Difference(
    topic="grey levels",
    published="fixed limits of -10 and 25 dB on raw counts, so that the gain of the instrument "
    "tells noise from earthquake",
    sound="the same 35 dB, beginning 10 dB below the median of the window's own spectrogram",
)


def source(result: str) -> Source:
    """Return the source with what its authors report of one network."""
    return Source(
        citation="Panizghi/TECHTONICS 2023 (repository)", licence="none given", result=result
    )


def grey_levels(
    decibels: NDArray[np.floating], *, as_published: bool = False
) -> NDArray[np.float32]:
    """Return a spectrogram as levels from 0 (black) to 1 (white).

    Args:
        decibels: Power, dB, any shape.
        as_published: Use fixed limits instead of the window's own median.
    """
    low, high = _PUBLISHED_LIMITS_DB
    if not as_published:
        low = float(np.median(decibels)) - _BELOW_MEDIAN_DB
        high = low + _RANGE_DB
    return np.clip((decibels - low) / (high - low), 0.0, 1.0).astype(np.float32)
