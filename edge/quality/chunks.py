"""Half-second chunks of a stream, each told by its level and its noise."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge.packet import Block

CHUNK_S = 0.5
_LEAST_SAMPLES = 8
"""Below 16 Hz a chunk is longer: a noise needs some samples."""

Components = NDArray[np.float64]
"""Shape (3,): Z, N, E; NaN where a component is missing."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Half a second of samples."""

    start_ns: int
    end_ns: int
    level: Components
    """Mean, m/s2."""
    variance: Components
    """About the mean, (m/s2)^2."""
    is_constant: NDArray[np.bool_]
    """Every sample is the same to the last bit."""


class ChunkCutter:
    """Cuts blocks into chunks; a block that does not continue begins a new one."""

    def __init__(self) -> None:
        self._pending: list[NDArray[np.float32]] = []
        self._count = 0
        self._length = _LEAST_SAMPLES

    def push(self, block: Block) -> Iterator[Chunk]:
        """Take a block and yield the chunks that it completes, oldest first."""
        if not block.continues:
            self._pending, self._count = [], 0
            self._length = max(_LEAST_SAMPLES, round(CHUNK_S * block.rate_hz))
        before = self._count
        self._pending.append(block.samples)
        self._count += len(block.samples)
        if self._count < self._length:
            return
        joined = np.concatenate(self._pending)
        whole = self._count // self._length * self._length
        for begin in range(0, whole, self._length):
            end = begin + self._length
            yield _chunk(
                joined[begin:end], block.time_ns(begin - before), block.time_ns(end - before)
            )
        self._pending = [joined[whole:]]
        self._count -= whole


def _chunk(samples: NDArray[np.float32], start_ns: int, end_ns: int) -> Chunk:
    first = samples[0]
    # About the first sample: gravity would cost a float32 variance its digits.
    relative = samples.astype(np.float64) - first
    mean = relative.mean(axis=0)
    return Chunk(
        start_ns,
        end_ns,
        level=first + mean,
        variance=np.square(relative).mean(axis=0) - np.square(mean),
        is_constant=(samples == first).all(axis=0),
    )
