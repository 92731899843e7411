"""Cutting a stream into hops that lie on the absolute grid."""

from collections.abc import Iterator

import numpy as np

from edge.detect.base import HOP_NS, HOP_SAMPLES
from edge.packet import Block, Samples


class HopCutter:
    """Collects samples until a hop is whole; the first hop after a gap begins on the grid."""

    def __init__(self) -> None:
        self._pending: Samples = np.empty((0, 3), np.float32)

    def push(self, block: Block) -> Iterator[tuple[int, Samples, bool]]:
        """Yield each completed hop: time just after it, its samples, and whether it continues."""
        samples, begin_ns = block.samples, block.start_ns
        fresh = not block.continues
        if fresh:
            skipped = -(begin_ns // (HOP_NS // HOP_SAMPLES)) % HOP_SAMPLES
            samples, begin_ns = samples[skipped:], begin_ns + skipped * (HOP_NS // HOP_SAMPLES)
        else:
            begin_ns -= len(self._pending) * (HOP_NS // HOP_SAMPLES)
            samples = np.concatenate([self._pending, samples])
        whole = len(samples) // HOP_SAMPLES
        for i in range(whole):
            hop = samples[i * HOP_SAMPLES : (i + 1) * HOP_SAMPLES]
            yield begin_ns + (i + 1) * HOP_NS, hop, not (fresh and i == 0)
        self._pending = samples[whole * HOP_SAMPLES :]
