"""A straight line through memory over time, with an honest uncertainty."""

from dataclasses import dataclass

import numpy as np

BLOCKS = 20
"""Neighbouring samples are alike: the line is fitted to the means of so many stretches."""


@dataclass(frozen=True, slots=True)
class Trend:
    """A slope and its standard error, both in units a day."""

    slope: float
    error: float


def trend(days: list[float], values: list[float], *, warm_up: float = 0.25) -> Trend:
    """Return the slope after the warm-up.

    Args:
        days: Times of the samples, days, rising.
        values: What was seen.
        warm_up: Share of the time that is left out at the beginning.

    Raises:
        ValueError: Fewer samples are left than stretches.
    """
    time, seen = np.array(days), np.array(values)
    settled = time >= time[0] + warm_up * (time[-1] - time[0])
    if settled.sum() < BLOCKS:
        raise ValueError(f"{settled.sum()} samples are left; a trend needs {BLOCKS}")
    means = [
        (part_time.mean(), part_seen.mean())
        for part_time, part_seen in zip(
            np.array_split(time[settled], BLOCKS),
            np.array_split(seen[settled], BLOCKS),
            strict=True,
        )
    ]
    x, y = np.array(means).T
    centred = x - x.mean()
    slope = centred @ y / (centred @ centred)
    residuals = y - y.mean() - slope * centred
    variance = residuals @ residuals / (BLOCKS - 2) / (centred @ centred)
    return Trend(float(slope), float(np.sqrt(variance)))
