"""Butterworth filters as second-order sections.

The analogue prototype's poles, the band transformations and the bilinear transform with
pre-warping follow Oppenheim & Schafer, Discrete-Time Signal Processing, chapter 7; the tests hold
the result against SciPy.
"""

import numpy as np
from numpy.typing import NDArray

Sections = NDArray[np.float64]
"""Shape (m, 6): rows b0 b1 b2 a0 a1 a2 with a0 = 1."""


def highpass(order: int, corner_hz: float, rate_hz: float) -> Sections:
    """Return a high-pass of an even or odd order.

    Raises:
        ValueError: The corner is not between 0 and half the sampling rate.
    """
    warped = _prewarp(corner_hz, rate_hz)
    poles = warped / _prototype(order)
    return _digital(poles, zeros=np.zeros(order, complex), rate_hz=rate_hz, unity_at=rate_hz / 2)


def lowpass(order: int, corner_hz: float, rate_hz: float) -> Sections:
    """Return a low-pass of an even or odd order.

    Raises:
        ValueError: The corner is not between 0 and half the sampling rate.
    """
    poles = _prewarp(corner_hz, rate_hz) * _prototype(order)
    return _digital(poles, zeros=np.empty(0, complex), rate_hz=rate_hz, unity_at=0.0)


def bandpass(order: int, low_hz: float, high_hz: float, rate_hz: float) -> Sections:
    """Return a band-pass; `order` counts each flank, so there are `order` sections.

    Raises:
        ValueError: The corners are not in order between 0 and half the sampling rate.
    """
    low, high = _prewarp(low_hz, rate_hz), _prewarp(high_hz, rate_hz)
    if low >= high:
        raise ValueError(f"band {low_hz} to {high_hz} Hz is empty")
    half = (high - low) / 2 * _prototype(order)
    centre = np.sqrt(low * high)
    root = np.sqrt(half**2 - centre**2)
    poles = np.concatenate([half + root, half - root])
    centre_hz = rate_hz / np.pi * np.arctan(centre / (2 * rate_hz))
    return _digital(poles, zeros=np.zeros(order, complex), rate_hz=rate_hz, unity_at=centre_hz)


def _prewarp(corner_hz: float, rate_hz: float) -> float:
    if not 0 < corner_hz < rate_hz / 2:
        raise ValueError(
            f"corner {corner_hz} Hz must lie between 0 and half the sampling rate of {rate_hz} Hz"
        )
    return float(2 * rate_hz * np.tan(np.pi * corner_hz / rate_hz))


def _prototype(order: int) -> NDArray[np.complex128]:
    k = np.arange(1, order + 1)
    return np.asarray(np.exp(1j * np.pi * (2 * k + order - 1) / (2 * order)), np.complex128)


def _digital(
    poles: NDArray[np.complex128], zeros: NDArray[np.complex128], rate_hz: float, unity_at: float
) -> Sections:
    double = 2 * rate_hz
    digital_poles = (double + poles) / (double - poles)
    digital_zeros = np.concatenate(
        [(double + zeros) / (double - zeros), -np.ones(len(poles) - len(zeros))]
    )
    sections = _sections(digital_poles, digital_zeros)
    point = np.exp(2j * np.pi * unity_at / rate_hz)
    powers = point ** -np.arange(3)
    for section in sections:
        section[:3] /= abs(section[:3] @ powers) / abs(section[3:] @ powers)
    return sections


def _sections(poles: NDArray[np.complex128], zeros: NDArray[np.complex128]) -> Sections:
    """Pair poles with their conjugates (or real ones with each other), zeros likewise."""
    rows = []
    remaining_zeros = sorted(zeros.real.tolist())
    for pole_pair in _pairs(poles):
        taken = [remaining_zeros.pop(0 if i == 0 else -1) for i in range(len(pole_pair))]
        b = np.poly(taken)
        a = np.poly(pole_pair).real
        rows.append(np.concatenate([np.pad(b, (0, 3 - len(b))), np.pad(a, (0, 3 - len(a)))]))
    return np.array(rows, np.float64)


def _pairs(poles: NDArray[np.complex128]) -> list[NDArray[np.complex128]]:
    tolerance = 1e-9
    upper = [p for p in poles if p.imag > tolerance]
    real = sorted(p.real for p in poles if abs(p.imag) <= tolerance)
    pairs = [np.array([p, p.conjugate()]) for p in upper]
    pairs += [np.array(real[i : i + 2], np.complex128) for i in range(0, len(real), 2)]
    return pairs
