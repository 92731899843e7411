"""Waiting longer and longer between attempts, with jitter: a fleet must not march in step."""

import random

from edge.errors import ConfigError


class Backoff:
    """Exponential delays with equal jitter: half of each delay is fixed, half is random.

    Args:
        initial_s: Upper bound of the first delay, seconds.
        maximum_s: Upper bound of every delay, seconds.
        generator: Source of the jitter; injected by tests.
    """

    def __init__(
        self,
        initial_s: float = 0.5,
        maximum_s: float = 60.0,
        generator: random.Random | None = None,
    ) -> None:
        if not 0 < initial_s <= maximum_s:
            problem = f"backoff: 0 < initial ({initial_s} s) <= maximum ({maximum_s} s) must hold"
            raise ConfigError(None, [problem])
        self._initial_s = initial_s
        self._maximum_s = maximum_s
        self._generator = generator or random.Random()  # noqa: S311 - jitter is no secret
        self._bound_s = initial_s

    def next_delay_s(self) -> float:
        """Return the delay before the next attempt and double the one after it."""
        bound_s = self._bound_s
        self._bound_s = min(2 * bound_s, self._maximum_s)
        return bound_s * (0.5 + 0.5 * self._generator.random())

    def reset(self) -> None:
        """Begin anew after an attempt that held."""
        self._bound_s = self._initial_s
