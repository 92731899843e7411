"""Stuck components: the same count for so long that no working sensor gives it."""

from edge.quality.chunks import CHUNK_S, Chunk

_STUCK_S = 10.0
"""A coarse sensor in a quiet cellar may well repeat itself for a second or two."""


class StuckDetector:
    """Counts for how long each component has not changed by a bit."""

    def __init__(self) -> None:
        self._still = [0, 0, 0]

    def reset(self) -> None:
        """Forget the past."""
        self._still = [0, 0, 0]

    def push(self, chunk: Chunk) -> bool:
        """Take a chunk and tell whether a component is stuck; a missing one is not."""
        pairs = zip(chunk.is_constant, self._still, strict=True)
        self._still = [still + 1 if stands else 0 for stands, still in pairs]
        return max(self._still) * CHUNK_S >= _STUCK_S
