"""Octaves of a spectrum, centred on powers of two from 1/8 Hz on, so that 1 Hz is one of them."""

import math
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

_LOWEST_HZ: Final = 0.125
_HIGHEST_SHARE: Final = 0.46
"""Of the sampling rate; nearer to a half of it sensors and filters fall off."""
_EDGE: Final = math.sqrt(2.0)
_NEIGHBOUR, _SECOND = (2 / 3) ** 2, (1 / 6) ** 2
"""How alike the powers of neighbouring lines are under Hann's window, and of the next but one."""


@dataclass(frozen=True, slots=True)
class Octaves:
    """Which lines of a spectrum belong to which octave.

    Attributes:
        centres_hz: Middle of each octave.
        edges: The first line of each octave, and the one after the last octave's last.
        median_bias: What the median of many segments is of their mean, for each octave.
    """

    centres_hz: tuple[float, ...]
    edges: tuple[int, ...]
    median_bias: NDArray[np.float64]

    @classmethod
    def of(cls, count: int, rate_hz: float) -> Self:
        """Return the octaves of a segment.

        Args:
            count: Samples of the segment.
            rate_hz: Sampling rate.
        """
        spacing_hz = rate_hz / count
        centres = [_LOWEST_HZ]
        while centres[0] / _EDGE < 2 * spacing_hz:  # the offset leaks into the first lines
            centres[0] *= 2
        while centres[-1] * 2 * _EDGE <= _HIGHEST_SHARE * rate_hz:
            centres.append(centres[-1] * 2)
        limits = [centre / _EDGE for centre in (*centres, centres[-1] * 2)]
        edges = tuple(math.ceil(limit / spacing_hz) for limit in limits)
        return cls(tuple(centres), edges, _median_bias(np.diff(edges).astype(np.float64)))

    def means(self, lines: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the mean of each octave's lines.

        Args:
            lines: Shape (components, lines).

        Returns:
            Shape (components, octaves).
        """
        first, last = self.edges[0], self.edges[-1]
        starts = np.array(self.edges[:-1]) - first
        sums = np.add.reduceat(lines[:, first:last], starts, axis=1)
        return np.asarray(sums / np.diff(self.edges))


def _median_bias(lines: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return median over mean of an average of so many lines of noise.

    The average has a gamma distribution, its shape the number of lines that are independent; its
    median by Wilson and Hilferty (1931): (1 - 1 / (9 shape))^3 of the mean.
    """
    alike = 2 * np.maximum(1 - 1 / lines, 0) * _NEIGHBOUR
    alike += 2 * np.maximum(1 - 2 / lines, 0) * _SECOND
    return np.asarray((1 - (1 + alike) / (9 * lines)) ** 3)
