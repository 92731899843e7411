"""What sensors and their clocks do to an example: noise, steps, gaps, tilts, limits, a wrong rate.

Pure functions of an example and chance, like those of `training.data.augment`.
"""

from dataclasses import replace
from typing import Literal

import numpy as np

from edge.sensor import G_M_S2, SensorProfile
from edge.sources.sensor_noise import SensorNoise, digitise
from training.data.example import Example, Onset, moved, single

Rng = np.random.Generator
Fill = Literal["zero", "hold", "missing"]


def through_sensor(example: Example, profile: SensorProfile, rng: Rng) -> Example:
    """Return what a sensor makes of the ground's motion: its noise, its steps, its limits.

    Args:
        example: In m/s2.
        profile: The sensor, as set up.
        rng: Source of its noise.
    """
    missing = np.isnan(example.samples)
    motion = np.nan_to_num(example.samples.astype(np.float64), nan=0.0)
    motion += SensorNoise(profile, example.rate_hz, rng).next(len(motion))
    samples, _ = digitise(motion, profile)
    samples[missing] = np.nan
    return replace(example, samples=samples)


def quantised(example: Example, step: float) -> Example:
    """Return the example on the grid of a converter with this step, in the example's unit."""
    return replace(example, samples=single(np.rint(example.samples / np.float64(step)) * step))


def rate_error(example: Example, error: float) -> Example:
    """Return the example as a sensor samples it whose clock is fast by a fraction.

    It is still called `rate_hz`: P and S come later in samples where the true rate is higher.
    """
    factor = 1 + error
    n = len(example.samples)
    length = int((n - 1) * factor) + 1
    places, old = np.arange(length) / factor, np.arange(n)
    samples = np.stack([np.interp(places, old, c) for c in example.samples.T], axis=1)
    onsets = tuple(
        Onset(*(None if x is None else x * factor for x in (o.p, o.s, o.end)))
        for o in example.onsets
    )
    return replace(example, samples=single(samples), onsets=moved(onsets, 0, length))


def gap(example: Example, begin: int, length: int, fill: Fill = "zero") -> Example:
    """Return the example with samples lost: zeros, the last value held, or NaN in their place."""
    samples = example.samples.copy()
    lost = slice(max(0, begin), max(0, begin + length))
    match fill:
        case "zero":
            samples[lost] = np.where(np.isnan(samples[lost]), np.nan, 0.0)
        case "hold":
            samples[lost] = samples[max(0, lost.start - 1)]
        case "missing":
            samples[lost] = np.nan
    return replace(example, samples=samples)


def tilt_step(example: Example, begin: int, angle_rad: float, azimuth_rad: float) -> Example:
    """Return the example of an accelerometer that is moved to another angle for good.

    Gravity falls on the horizontals by the sine of the angle, and leaves the vertical by one less
    the cosine.

    Args:
        example: In m/s2, or any unit if only the shape counts.
        begin: Sample of the step.
        angle_rad: Angle against the vertical.
        azimuth_rad: Direction of the tilt, from north over east.
    """
    lean = G_M_S2 * np.sin(angle_rad)
    step = np.array(
        [
            G_M_S2 * (np.cos(angle_rad) - 1),
            lean * np.cos(azimuth_rad),
            lean * np.sin(azimuth_rad),
        ]
    )
    samples = example.samples.astype(np.float64)
    samples[max(0, begin) :] += step
    return replace(example, samples=single(samples))


def clipped(example: Example, limit: float) -> Example:
    """Return the example of a sensor whose range ends at plus and minus `limit`."""
    return replace(example, samples=np.clip(example.samples, -limit, limit).astype(np.float32))
