"""Stuck components: the same count for so long that no working sensor gives it."""

import numpy as np

from edge.quality.chunks import CHUNK_S, Chunk

_STUCK_S = 10.0
"""A coarse sensor in a quiet cellar may well repeat itself for a second or two."""


class StuckDetector:
    """Counts for how long each component has not changed by a bit."""

    def __init__(self) -> None:
        self._still = np.zeros(3, np.int64)

    def reset(self) -> None:
        """Forget the past."""
        self._still[:] = 0

    def push(self, chunk: Chunk) -> bool:
        """Take a chunk and tell whether a component is stuck; a missing one is not."""
        self._still = np.where(chunk.is_constant, self._still + 1, 0)
        return bool((self._still * CHUNK_S >= _STUCK_S).any())
