"""Joins the three components of a station, which come in records of their own, by time."""

from collections import deque
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge.packet import COMPONENTS
from edge.timestamps import NANOSECONDS_PER_SECOND

ORIENTATIONS: Final = {"Z": 0, "N": 1, "1": 1, "E": 2, "2": 2}
"""Index of the component that a channel code's last letter stands for."""
MAX_WAIT_S: Final = 10.0
"""A component that is silent for longer, while others deliver, counts as missing."""


@dataclass(slots=True)
class _Piece:
    start_ns: int
    samples: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Span:
    """Samples of all components over one stretch of time."""

    start_ns: int
    samples: NDArray[np.float32]
    """Shape (n, 3): Z, N, E; a missing component is NaN."""


class ComponentJoiner:
    """Gives out each stretch of time as soon as every component has it.

    A gap in one component is a gap in all; a stretch that all of them repeat is given twice.

    Args:
        present: Indices of the components that exist, 0 Z, 1 N, 2 E.
        rate_hz: Sampling rate of all of them.
    """

    def __init__(self, present: frozenset[int], rate_hz: float) -> None:
        self._period_ns = NANOSECONDS_PER_SECOND / rate_hz
        self._patience = MAX_WAIT_S * rate_hz
        self._queues: dict[int, deque[_Piece]] = {index: deque() for index in sorted(present)}

    def push(self, component: int, start_ns: int, samples: NDArray[np.float32]) -> list[Span]:
        """Take samples of one component; return the stretches that are now complete."""
        self._queues[component].append(_Piece(start_ns, samples))
        spans: list[Span] = []
        while ready := self._ready():
            if not self._align(ready):
                continue
            spans.append(self._take(ready))
        return spans

    def _ready(self) -> list[int]:
        """Return the components to join now: all, or those that others have long waited for."""
        filled = [index for index, queue in self._queues.items() if queue]
        if len(filled) == len(self._queues):
            return filled
        waiting = [sum(len(piece.samples) for piece in self._queues[index]) for index in filled]
        return filled if min(waiting, default=0) > self._patience else []

    def _align(self, ready: list[int]) -> bool:
        """Drop what lies before the common start; tell whether all components still have some."""
        begin_ns = max(self._queues[index][0].start_ns for index in ready)
        whole = True
        for index in ready:
            queue = self._queues[index]
            surplus = round((begin_ns - queue[0].start_ns) / self._period_ns)
            if surplus >= len(queue[0].samples):
                queue.popleft()
                whole = False
            elif surplus:
                self._cut(queue, surplus)
        return whole

    def _take(self, ready: list[int]) -> Span:
        heads = {index: self._queues[index][0] for index in ready}
        start_ns = next(iter(heads.values())).start_ns
        count = min(len(piece.samples) for piece in heads.values())
        samples = np.full((count, len(COMPONENTS)), np.nan, dtype=np.float32)
        for index, piece in heads.items():
            samples[:, index] = piece.samples[:count]
            if count == len(piece.samples):
                self._queues[index].popleft()
            else:
                self._cut(self._queues[index], count)
        return Span(start_ns, samples)

    def _cut(self, queue: deque[_Piece], count: int) -> None:
        """Take samples off the front of a queue's first piece."""
        piece = queue[0]
        piece.start_ns += round(count * self._period_ns)
        piece.samples = piece.samples[count:]
