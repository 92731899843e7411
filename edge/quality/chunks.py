"""Half-second chunks of a stream, each told by its level and its noise."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge.packet import Block
from edge.timestamps import NANOSECONDS_PER_SECOND, seconds_to_ns

CHUNK_S = 0.5
CHUNK_NS = seconds_to_ns(CHUNK_S)
_LEAST_SAMPLES = 8
"""Below 16 Hz a chunk is longer: a noise needs some samples."""

Components = tuple[float, float, float]
"""Z, N, E; NaN where a component is missing. Plain numbers: arrays of three cost more."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Half a second of samples."""

    start_ns: int
    end_ns: int
    level: Components
    """Mean, m/s2."""
    variance: Components
    """About the mean, (m/s2)^2."""
    is_constant: tuple[bool, bool, bool]
    """Every sample is the same to the last bit."""
    number: int
    """Counts chunks since 1970."""
    samples: NDArray[np.float32]
    """Shape (n, 3)."""


class ChunkCutter:
    """Cuts blocks where the clock passes whole half seconds.

    So a re-run that begins later cuts at the same places. A block that does not continue begins
    anew, and what comes before the first cut is left out.
    """

    def __init__(self) -> None:
        self._pending: list[NDArray[np.float32]] = []
        self._edge_ns = 0
        """The next cut; 0 before the first block."""
        self._is_whole = False
        """What is being gathered began at a cut."""
        self._interval_ns = CHUNK_NS

    def push(self, block: Block) -> Iterator[Chunk]:
        """Take a block and yield the chunks that it completes, oldest first."""
        if not block.continues or self._edge_ns == 0:
            self._pending, self._is_whole = [], False
            self._interval_ns = _interval_ns(block.rate_hz)
            self._edge_ns = -(-block.start_ns // self._interval_ns) * self._interval_ns
        begin = 0
        while (end := max(0, _index(block, self._edge_ns))) < len(block.samples):
            self._pending.append(block.samples[begin:end])
            if self._is_whole and any(map(len, self._pending)):
                start_ns = self._edge_ns - self._interval_ns
                number = self._edge_ns // self._interval_ns
                yield _chunk(np.concatenate(self._pending), start_ns, self._edge_ns, number)
            self._pending, self._is_whole = [], True
            begin, self._edge_ns = end, self._edge_ns + self._interval_ns
        self._pending.append(block.samples[begin:])


def _interval_ns(rate_hz: float) -> int:
    interval_ns = CHUNK_NS
    while interval_ns * rate_hz < _LEAST_SAMPLES * NANOSECONDS_PER_SECOND:
        interval_ns *= 2
    return interval_ns


def _index(block: Block, time_ns: int) -> int:
    """Return the first sample of a block at or after a time."""
    return math.ceil((time_ns - block.start_ns) * block.rate_hz / NANOSECONDS_PER_SECOND)


def _chunk(samples: NDArray[np.float32], start_ns: int, end_ns: int, number: int) -> Chunk:
    # About the first sample: gravity would cost a float32 its digits.
    relative = samples - samples[0]
    count = len(samples)
    means = (np.add.reduce(relative, axis=0, dtype=np.float64) / count).tolist()
    squares = np.einsum("ij,ij->j", relative, relative).tolist()
    first = samples[0].tolist()
    z, n, e = (one + mean for one, mean in zip(first, means, strict=True))
    powers = [total / count for total in squares]
    variances = (power - mean**2 for power, mean in zip(powers, means, strict=True))
    # Rounding may leave less than nothing of a constant.
    zz, nn, ee = (
        0.0 if power == 0 else max(v, 0.0) for power, v in zip(powers, variances, strict=True)
    )
    stands = (powers[0] == 0, powers[1] == 0, powers[2] == 0)
    return Chunk(start_ns, end_ns, (z, n, e), (zz, nn, ee), stands, number, samples)
