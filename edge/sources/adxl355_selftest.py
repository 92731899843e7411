"""The ADXL355's self-test: push the proof mass by a known force and see whether it answers.

It is done at the largest range, where the push on the vertical axis and gravity fit together, and
takes a fifth of a second.
"""

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge.sources.adxl355_chip import AXES, Adxl355Chip

TYPICAL_G: Final = (0.3, 0.3, 1.5)
"""Change of x, y and z, data sheet, typical."""
TOLERANCE: Final = 3.0
"""The data sheet gives no limits for every revision; a third to three times the typical passes."""
_RATE_HZ: Final = 1000.0
_LARGEST_RANGE: Final = 3
_WATERMARK: Final = 32
_SETTLE_S: Final = 0.05
_AVERAGE_S: Final = 0.03


def self_test_g(
    chip: Adxl355Chip, g_per_count: float, sleep: Callable[[float], None]
) -> tuple[float, float, float]:
    """Return how much each axis answers to the self-test's force, g.

    Args:
        chip: The chip, reset; it must be configured anew afterwards.
        g_per_count: At the largest range.
        sleep: Waits for so many seconds.

    Raises:
        OSError: The bus failed.
    """
    chip.configure(_RATE_HZ, _LARGEST_RANGE, _WATERMARK)
    chip.measure()
    at_rest = _average(chip, sleep)
    chip.measure(self_test=True)
    pushed = _average(chip, sleep)
    chip.measure()
    change = (pushed - at_rest) * g_per_count
    return float(change[0]), float(change[1]), float(change[2])


def passes(change_g: tuple[float, float, float]) -> bool:
    """Tell whether every axis answers as a working chip does."""
    pairs = zip(change_g, TYPICAL_G, strict=True)
    return all(typical / TOLERANCE <= seen <= typical * TOLERANCE for seen, typical in pairs)


def _average(chip: Adxl355Chip, sleep: Callable[[float], None]) -> NDArray[np.float64]:
    sleep(_SETTLE_S)
    chip.read_fifo()
    sleep(_AVERAGE_S)
    counts = chip.read_fifo().counts
    return counts.mean(axis=0) if len(counts) else np.zeros(AXES)
