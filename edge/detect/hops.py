"""Cutting a stream into hops that lie on the absolute grid."""

from collections.abc import Iterator

import numpy as np

from edge.grid import HOP_NS, HOP_SAMPLES, SAMPLE_NS
from edge.packet import Block, Samples


class HopCutter:
    """Collects samples until a hop is whole; the first hop after a gap begins on the grid."""

    def __init__(self) -> None:
        self._pending: Samples = np.empty((0, 3), np.float32)
        self._skip = 0
        self._continues = False

    def push(
        self, block: Block, samples: Samples | None = None
    ) -> Iterator[tuple[int, Samples, bool]]:
        """Yield each completed hop: time just after it, its samples, whether it continues.

        Args:
            block: At the detection rate.
            samples: In place of the block's own, such as these after a filter.
        """
        samples = block.samples if samples is None else samples
        if not block.continues:
            self._pending = np.empty((0, 3), np.float32)
            self._skip = -(block.start_ns // SAMPLE_NS) % HOP_SAMPLES
            self._continues = False
        skipped = min(self._skip, len(samples))
        self._skip -= skipped
        begin_ns = block.start_ns + (skipped - len(self._pending)) * SAMPLE_NS
        joined = np.concatenate([self._pending, samples[skipped:]])
        whole = len(joined) // HOP_SAMPLES
        self._pending = joined[whole * HOP_SAMPLES :]
        for i in range(whole):
            hop = joined[i * HOP_SAMPLES : (i + 1) * HOP_SAMPLES]
            yield begin_ns + (i + 1) * HOP_NS, hop, self._continues
            self._continues = True
