"""Blocks gathered until they are worth writing.

A chunk is what is written at once: seconds of samples that join without a seam, of one day, with
the same components. A power cut costs at most the chunk that is being gathered.
"""

import math
from collections import deque
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np

from edge.archive.sds import day_of
from edge.messages import Trigger
from edge.packet import COMPONENTS, Block
from edge.timestamps import NANOSECONDS_PER_SECOND, seconds_to_ns

_DAY_NS: Final = 86_400 * NANOSECONDS_PER_SECOND
_TRIGGERS_REMEMBERED: Final = 64
_ALL: Final = tuple(range(len(COMPONENTS)))


@dataclass(frozen=True, slots=True)
class Chunk:
    """What is written at once."""

    blocks: tuple[Block, ...]
    """At least one; each continues the one before it."""
    triggers: tuple[Trigger, ...] = ()
    """Triggers whose onset has to be told with these samples."""

    @property
    def start_ns(self) -> int:
        """Time of the first sample."""
        return self.blocks[0].start_ns

    @property
    def end_ns(self) -> int:
        """Time of the sample that would follow the last one."""
        return self.blocks[-1].end_ns

    @property
    def count(self) -> int:
        """Samples of each component."""
        return sum(len(block.samples) for block in self.blocks)

    def time_ns(self, index: int) -> int:
        """Return the time of sample `index`."""
        for block in self.blocks:
            if index < len(block.samples):
                return block.time_ns(index)
            index -= len(block.samples)
        return self.end_ns

    @property
    def day(self) -> date:
        """The day it belongs to: the one of its first sample, UTC."""
        return day_of(self.start_ns)

    @property
    def components(self) -> tuple[int, ...]:
        """Indices of the components that there are."""
        return _components(self.blocks[0])


class Gatherer:
    """Makes chunks of blocks.

    Args:
        length_s: Seconds of samples in a chunk.
    """

    def __init__(self, length_s: float) -> None:
        self._length_ns = seconds_to_ns(length_s)
        self._blocks: list[Block] = []
        self._components: tuple[int, ...] = ()
        self._triggers: dict[str, Trigger] = {}
        self._told: deque[str] = deque(maxlen=_TRIGGERS_REMEMBERED)

    def push(self, block: Block) -> list[Chunk]:
        """Take a block; return the chunks that are now complete."""
        complete = [] if self._goes_on(block) else self.flush()
        if not self._blocks:
            self._components = _components(block)
        self._blocks.append(block)
        if block.end_ns - self._blocks[0].start_ns >= self._length_ns:
            complete += self.flush()
        return complete

    def note(self, trigger: Trigger) -> None:
        """Take a trigger; the newest revision before its samples are written is told, once."""
        if trigger.id not in self._told:
            self._triggers[trigger.id] = trigger

    def flush(self) -> list[Chunk]:
        """Return what has been gathered, at most one chunk."""
        if not self._blocks:
            return []
        chunk = Chunk(tuple(self._blocks), tuple(self._triggers.values()))
        self._told.extend(self._triggers)
        self._blocks, self._triggers = [], {}
        return [chunk]

    def _goes_on(self, block: Block) -> bool:
        if not self._blocks:
            return True
        last = self._blocks[-1]
        return (
            block.continues
            and block.start_ns == last.end_ns
            and block.start_ns // _DAY_NS == self._blocks[0].start_ns // _DAY_NS
            and _components(block) == self._components
        )


def _components(block: Block) -> tuple[int, ...]:
    # A component that is missing is so from the first sample on; nearly always none is.
    if not any(map(math.isnan, block.samples[0].tolist())):
        return _ALL
    missing = np.isnan(block.samples).all(axis=0)
    return tuple(index for index in _ALL if not missing[index])
