"""What a runtime gives: a network with named inputs and outputs."""

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


@functools.cache
def _limits(dtype: np.dtype[Any]) -> tuple[int, int]:
    limits = np.iinfo(dtype)
    return int(limits.min), int(limits.max)


@dataclass(frozen=True, slots=True)
class TensorInfo:
    """One input or output as the file declares it."""

    name: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    scale: float = 0.0
    """Step of an integer tensor; 0 for floating point."""
    zero_point: int = 0

    def encode(self, values: NDArray[np.floating[Any]]) -> Array:
        """Return real values as this tensor holds them: rounded and limited if it is integer."""
        if not self.scale:
            return np.asarray(values, self.dtype)
        least, most = _limits(self.dtype)
        steps = np.rint(values / self.scale) + self.zero_point
        limited: Array = np.minimum(np.maximum(steps, least), most)
        return limited.astype(self.dtype)

    def decode(self, stored: Array) -> NDArray[np.float32]:
        """Return the real values of what this tensor holds."""
        if not self.scale:
            return np.asarray(stored, np.float32)
        return np.asarray((stored.astype(np.float32) - self.zero_point) * self.scale, np.float32)

    def zeros(self) -> Array:
        """Return the tensor that stands for zeros."""
        return np.full(self.shape, self.zero_point if self.scale else 0, self.dtype)


class Network(Protocol):
    """A network ready to run on one thread; not to be shared between threads."""

    @property
    def runtime(self) -> str:
        """Package that runs it."""

    @property
    def inputs(self) -> Mapping[str, TensorInfo]:
        """Inputs by name."""

    @property
    def outputs(self) -> Mapping[str, TensorInfo]:
        """Outputs by name."""

    def run(self, inputs: Mapping[str, Array]) -> dict[str, Array]:
        """Run once.

        Args:
            inputs: Every input, in its own shape and type (`TensorInfo.encode`).

        Returns:
            Every output, in its own type; the arrays are the caller's.
        """
