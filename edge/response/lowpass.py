"""An analog low-pass that has a sensor's corner and its delay.

Data sheets state two figures of a MEMS sensor's own filters: the frequency where they have lost
3 dB, and how late a sample is. The filters themselves are secret. Here the poles lie on a circle;
their angles are those of Butterworth's low-pass times a factor between 0 and 1. The factor and the
radius are chosen so that both figures hold.
"""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

_HIGHEST_ORDER: Final = 8
_USUAL_ORDER: Final = 2
_STEPS: Final = 50
_CLOSE: Final = 1e-6
_HALF_POWER: Final = 0.5

Poles = NDArray[np.complex128]


def fit_poles(corner_hz: float, delay_s: float | None) -> Poles:
    """Return the poles of the low-pass of the lowest order that has corner and delay.

    Args:
        corner_hz: Where it has lost 3 dB.
        delay_s: Delay at low frequency; Butterworth's second order where it is not known. Where
            no order has just this delay, that with the nearest is taken.

    Returns:
        Radians per second.
    """
    corner = 2 * math.pi * corner_hz
    if delay_s is None:
        return _poles(_USUAL_ORDER, 1.0) * corner
    wanted = delay_s * corner
    best = _fitted(1, wanted)
    for order in range(2, _HIGHEST_ORDER + 1):
        if _miss(best, wanted) < _CLOSE:
            break
        best = min(best, _fitted(order, wanted), key=lambda poles: _miss(poles, wanted))
    return best * corner


def delay_at_zero_s(poles: Poles) -> float:
    """Return the group delay at zero frequency: the sum of the poles' -1/p."""
    return float(np.sum(-1 / poles).real)


def response_at(poles: Poles, frequencies_hz: NDArray[np.float64]) -> NDArray[np.complex128]:
    """Return the transfer function, 1 at zero frequency."""
    s = 2j * math.pi * frequencies_hz[:, None]
    return np.asarray(np.prod(poles / (poles - s), axis=1))


def _miss(poles: Poles, wanted: float) -> float:
    return abs(delay_at_zero_s(poles) - wanted)


def _fitted(order: int, wanted: float) -> Poles:
    """Return poles of an order, the corner at 1 rad/s, with a delay as near as it gets."""
    low, high = 0.0, 1.0
    for _ in range(_STEPS):
        middle = (low + high) / 2
        if delay_at_zero_s(_poles(order, middle)) < wanted:
            low = middle
        else:
            high = middle
    return _poles(order, (low + high) / 2)


def _poles(order: int, factor: float) -> Poles:
    """Return poles with the corner at 1 rad/s."""
    angles = factor * math.pi * (2 * np.arange(order) + 1 - order) / (2 * order)
    circle = -np.exp(1j * angles)
    return np.asarray(circle / _half_power(circle))


def _half_power(poles: Poles) -> float:
    """Return the angular frequency at which a low-pass has lost half of the power."""
    low, high = 0.0, 10.0
    for _ in range(_STEPS):
        middle = (low + high) / 2
        gain = abs(np.prod(poles / (poles - 1j * middle)))
        if gain**2 > _HALF_POWER:
            low = middle
        else:
            high = middle
    return (low + high) / 2
