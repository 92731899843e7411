"""Noise of a MEMS accelerometer: white, 1/f below a corner, the sensor's low-pass, quantiser.

1/f noise is a sum of first-order processes whose corners are spaced evenly on a logarithmic
scale (van der Ziel 1950); the white part goes through the sensor's low-pass as one more. The
noise is made in fixed blocks, so the samples do not depend on how many are asked for at a time.
"""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge.packet import Samples
from edge.sensor import G_M_S2, SensorProfile

LOWEST_CORNER_HZ: Final = 0.001
CORNER_RATIO: Final = 4.0
"""Neighbouring corners; 4 keeps the sum within 0.4 dB of a straight 1/f."""
_BLOCK: Final = 64
_COMPONENTS: Final = 3


class SensorNoise:
    """An endless stream of one sensor's noise.

    Args:
        profile: Noise densities, corner and low-pass.
        rate_hz: Sampling rate.
        rng: Source of all chance.
    """

    def __init__(self, profile: SensorProfile, rate_hz: float, rng: np.random.Generator) -> None:
        self._rng = rng
        density = np.array(profile.noise_density_ug_rthz) * 1e-6 * G_M_S2
        poles, gains = _processes(profile, rate_hz)
        self._scale = gains[:, None] * density
        lags = np.arange(_BLOCK)
        exponents = lags[:, None] - lags
        powers = poles[:, None, None] ** np.maximum(exponents, 0)
        self._kernel = np.where(exponents >= 0, powers, 0.0)
        self._carry = poles[:, None] ** (lags + 1)
        steady = 1 / np.sqrt(1 - poles**2)
        start = rng.standard_normal((len(poles), _COMPONENTS))
        self._state = start * steady[:, None] * self._scale
        self._ready: NDArray[np.float64] = np.empty((0, _COMPONENTS))

    def next(self, count: int) -> NDArray[np.float64]:
        """Return the next samples, shape (count, 3), m/s2, columns Z, N, E."""
        missing = count - len(self._ready)
        blocks = [self._block() for _ in range(math.ceil(missing / _BLOCK))]
        stream = np.concatenate([self._ready, *blocks])
        self._ready = stream[count:]
        return np.asarray(stream[:count])

    def _block(self) -> NDArray[np.float64]:
        shape = (len(self._scale), _BLOCK, _COMPONENTS)
        drive = self._rng.standard_normal(shape) * self._scale[:, None, :]
        signals = self._kernel @ drive + self._carry[:, :, None] * self._state[:, None, :]
        self._state = signals[:, -1, :]
        return np.asarray(signals.sum(axis=0))


def _processes(
    profile: SensorProfile, rate_hz: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return poles and gains of the first-order processes for a noise density of one."""
    white_std = math.sqrt(rate_hz / 2)
    poles, gains = [0.0], [white_std]
    if profile.low_pass_ratio is not None:
        corner_hz = profile.low_pass_ratio * profile.rate_hz
        if corner_hz < rate_hz / 2:
            poles[0] = math.exp(-2 * math.pi * corner_hz / rate_hz)
            gains[0] *= 1 - poles[0]
    if profile.noise_corner_hz > 0:
        variance = profile.noise_corner_hz * math.log(CORNER_RATIO)
        corner_hz = LOWEST_CORNER_HZ
        while corner_hz < rate_hz / 8:
            pole = math.exp(-2 * math.pi * corner_hz / rate_hz)
            poles.append(pole)
            gains.append(math.sqrt(variance * (1 - pole**2)))
            corner_hz *= CORNER_RATIO
    return np.array(poles), np.array(gains)


def digitise(motion: NDArray[np.float64], profile: SensorProfile) -> tuple[Samples, bool]:
    """Return what the sensor's converter makes of an acceleration, and whether it clipped.

    Args:
        motion: Shape (n, 3), m/s2.
        profile: Step and range.

    Returns:
        Samples (n, 3), float32, m/s2, on the grid of the quantiser.
    """
    limit = profile.range_m_s2
    clipped = bool((np.abs(motion) > limit).any())
    steps = np.rint(np.clip(motion, -limit, limit) / profile.lsb_m_s2)
    return (steps * profile.lsb_m_s2).astype(np.float32), clipped
