"""Recursive filters over a stream, a block at a time.

A recursion sample by sample is slow in Python, and SciPy stays off the station. A linear filter in
state-space form, x' = A x + B u, y = C x + D u, can be stepped over n samples at once:

    y = O x + T u        O: rows C A^k,   T: lower triangular Toeplitz matrix of the response
    x' = A^n x + R u     R: columns A^(n-1-k) B

which is one product of a small matrix with [x; u]. The matrix belongs to n and is made when a block
of that length first comes. Filters that share their input share the product. The result is the
sample-by-sample recursion's, to rounding, in float64.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from edge.signal.butterworth import Sections

_STEP = 32
"""Samples a matrix product covers; the cost per sample has a flat minimum from 16 to 64."""

Array = NDArray[np.float64]


class FilterFan:
    """Several filters over the same channels, state kept from call to call.

    Args:
        filters: Second-order sections of each.
        channels: Columns of the input.
    """

    def __init__(self, filters: Sequence[Sections], channels: int) -> None:
        self._a, self._b, self._c, self._d = _side_by_side(filters)
        self._order, self._channels = len(self._a), channels
        self._settled = np.linalg.solve(np.eye(self._order) - self._a, self._b)
        self._steps: dict[int, tuple[Array, Array]] = {}
        self._state = np.zeros((self._order, channels))

    def reset(self, level: Array | None = None) -> None:
        """Forget the past; with a level (one a channel), as if it had stood there for ever."""
        if level is None:
            self._state = np.zeros((self._order, self._channels))
        else:
            self._state = np.outer(self._settled, level)

    def __call__(self, samples: NDArray[np.float32] | Array) -> Array:
        """Filter a block.

        Args:
            samples: Shape (n, channels), any n.

        Returns:
            Shape (filters, n, channels), float64.
        """
        if len(samples) <= _STEP:
            return self._step(samples)
        parts = [self._step(samples[i : i + _STEP]) for i in range(0, len(samples), _STEP)]
        return np.concatenate(parts, axis=1)

    def _step(self, samples: NDArray[np.float32] | Array) -> Array:
        count, order = len(samples), self._order
        made = self._steps.get(count)
        if made is None:
            made = self._steps[count] = self._prepare(count)
        matrix, known = made
        known[:order] = self._state
        known[order:] = samples
        found = matrix @ known
        self._state = found[-order:]
        return found[:-order].reshape(len(self._d), count, self._channels)

    def _prepare(self, count: int) -> tuple[Array, Array]:
        """Return the matrix that steps over so many samples, and room for what it multiplies."""
        matrix = _step_matrix(self._a, self._b, self._c, self._d, count)
        return matrix, np.empty((matrix.shape[1], self._channels))


class StreamingFilter:
    """Second-order sections over several channels, state kept from call to call."""

    def __init__(self, sections: Sections, channels: int) -> None:
        self._fan = FilterFan([sections], channels)

    def reset(self, level: Array | None = None) -> None:
        """Forget the past; with a level (one a channel), as if it had stood there for ever."""
        self._fan.reset(level)

    def __call__(self, samples: NDArray[np.float32] | Array) -> Array:
        """Filter a block.

        Args:
            samples: Shape (n, channels), any n.

        Returns:
            Shape (n, channels), float64.
        """
        filtered: Array = self._fan(samples)[0]
        return filtered


def _side_by_side(filters: Sequence[Sections]) -> tuple[Array, Array, Array, Array]:
    """Return A, B, C, D of filters that share their input: B of shape (order,), D (filters,)."""
    parts = [_state_space(sections) for sections in filters]
    order = sum(len(part[0]) for part in parts)
    a, c = np.zeros((order, order)), np.zeros((len(parts), order))
    begin = 0
    for i, (part_a, _, part_c, _) in enumerate(parts):
        end = begin + len(part_a)
        a[begin:end, begin:end] = part_a
        c[i, begin:end] = part_c
        begin = end
    return a, np.concatenate([part[1] for part in parts]), c, np.array([part[3] for part in parts])


def _state_space(sections: Sections) -> tuple[Array, Array, Array, float]:
    """Return A, B, C, D of the sections in series, each in transposed direct form II."""
    a = np.zeros((0, 0))
    b = np.zeros(0)
    c = np.zeros(0)
    d = 1.0
    for b0, b1, b2, _, a1, a2 in sections:
        section_a = np.array([[-a1, 1.0], [-a2, 0.0]])
        section_b = np.array([b1 - a1 * b0, b2 - a2 * b0])
        section_c = np.array([1.0, 0.0])
        n = len(a)
        grown = np.zeros((n + 2, n + 2))
        grown[:n, :n] = a
        grown[n:, :n] = np.outer(section_b, c)
        grown[n:, n:] = section_a
        a = grown
        b = np.concatenate([b, section_b * d])
        c = np.concatenate([b0 * c, section_c])
        d = b0 * d
    return a, b, c, d


def _step_matrix(a: Array, b: Array, c: Array, d: Array, count: int) -> Array:
    """Return [[O, T], [A^n, R]], shape (filters * n + order, order + n); rows of O by filter."""
    order, outputs = len(a), len(d)
    power = np.empty((count + 1, order, order))
    power[0] = np.eye(order)
    for k in range(count):
        power[k + 1] = a @ power[k]
    observe = (c @ power[:count]).transpose(1, 0, 2)
    response = np.concatenate([d[:, None], observe[:, :-1] @ b], axis=1)
    lag = np.subtract.outer(np.arange(count), np.arange(count))
    respond = np.where(lag >= 0, response[:, np.clip(lag, 0, None)], 0.0)
    reach = (power[:count] @ b)[::-1].T
    outer = np.concatenate([observe, respond], axis=2).reshape(outputs * count, order + count)
    return np.concatenate([outer, np.concatenate([power[count], reach], axis=1)])
