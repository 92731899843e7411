"""Recursive filters over a stream, a block at a time.

A recursion sample by sample is slow in Python, and SciPy stays off the station. A linear filter in
state-space form, x' = A x + B u, y = C x + D u, can be stepped over n samples at once:

    y = O x + T u        O: rows C A^k,   T: lower triangular Toeplitz matrix of the response
    x' = A^n x + R u     R: columns A^(n-1-k) B

which are small matrix products. The matrices of the longest step contain those of every shorter
one, so a block of any length costs no new set-up. The result is the sample-by-sample recursion's,
to rounding, in float64.
"""

import numpy as np
from numpy.typing import NDArray

from edge.signal.butterworth import Sections

_STEP = 32
"""Samples a matrix product covers; the cost per sample has a flat minimum from 16 to 64."""

Array = NDArray[np.float64]


class StreamingFilter:
    """Second-order sections over several channels, state kept from call to call."""

    def __init__(self, sections: Sections, channels: int) -> None:
        a, b, c, d = _state_space(sections)
        self._order = len(a)
        self._observe, self._respond, self._power, self._reach = _step_matrices(a, b, c, d)
        self._settled = np.linalg.solve(np.eye(self._order) - a, b[:, 0])
        self._state = np.zeros((self._order, channels))

    def reset(self, level: Array | None = None) -> None:
        """Forget the past; with a level (one a channel), as if it had stood there for ever."""
        if level is None:
            self._state[:] = 0.0
        else:
            self._state[:] = np.outer(self._settled, level)

    def __call__(self, samples: NDArray[np.float32] | Array) -> Array:
        """Filter a block.

        Args:
            samples: Shape (n, channels), any n.

        Returns:
            Shape (n, channels), float64.
        """
        result = np.empty(samples.shape, np.float64)
        for begin in range(0, len(samples), _STEP):
            part = samples[begin : begin + _STEP]
            n = len(part)
            result[begin : begin + n] = self._observe[:n] @ self._state
            result[begin : begin + n] += self._respond[:n, :n] @ part
            self._state = self._power[n] @ self._state + self._reach[:, _STEP - n :] @ part
        return result


def _state_space(sections: Sections) -> tuple[Array, Array, Array, float]:
    """Return A, B, C, D of the sections in series, each in transposed direct form II."""
    a = np.zeros((0, 0))
    b = np.zeros((0, 1))
    c = np.zeros((1, 0))
    d = 1.0
    for b0, b1, b2, _, a1, a2 in sections:
        section_a = np.array([[-a1, 1.0], [-a2, 0.0]])
        section_b = np.array([[b1 - a1 * b0], [b2 - a2 * b0]])
        section_c = np.array([[1.0, 0.0]])
        n = len(a)
        grown = np.zeros((n + 2, n + 2))
        grown[:n, :n] = a
        grown[n:, :n] = section_b @ c
        grown[n:, n:] = section_a
        a = grown
        b = np.vstack([b, section_b * d])
        c = np.hstack([b0 * c, section_c])
        d = b0 * d
    return a, b, c, d


def _step_matrices(a: Array, b: Array, c: Array, d: float) -> tuple[Array, Array, Array, Array]:
    order = len(a)
    power = np.empty((_STEP + 1, order, order))
    power[0] = np.eye(order)
    for k in range(_STEP):
        power[k + 1] = a @ power[k]
    observe = np.concatenate([c @ power[k] for k in range(_STEP)])
    response = np.concatenate([[d], (observe[:-1] @ b)[:, 0]])
    lag = np.subtract.outer(np.arange(_STEP), np.arange(_STEP))
    respond = np.where(lag >= 0, response[np.clip(lag, 0, None)], 0.0)
    reach = np.concatenate([power[_STEP - 1 - k] @ b for k in range(_STEP)], axis=1)
    return observe, respond, power, reach
