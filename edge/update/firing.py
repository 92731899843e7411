"""How often a network fires, and how often it alone does.

A good network is often earlier than STA/LTA, and it fires again in the coda of a strong earthquake,
when STA/LTA's long average is still high. Neither is held against it.
"""

import math
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from edge.detect.sta_lta import STA_LTA
from edge.grid import HOP_NS
from edge.timestamps import ns_to_seconds, seconds_to_ns

_SUPPORT: Final = 0.5
"""Share of its threshold above which STA/LTA has seen something, too."""
_EARLY_HOPS: Final = seconds_to_ns(2.0) // HOP_NS
"""So much later STA/LTA may see it: its short average is half a second long."""
_CODA_HOPS: Final = seconds_to_ns(60.0) // HOP_NS
"""So long after it saw something STA/LTA sees little more: twice its long average."""


@dataclass(frozen=True, slots=True)
class Said:
    """What one detector said of a hop."""

    score: float
    threshold: float
    asked: bool = True
    """The network looked: it neither slept nor warmed up."""


class Firing:
    """Counts for one network.

    A network fires when its score reaches the threshold, and again only after it fell below half
    of it.

    Attributes:
        hops: All that it was due for.
        answers: Those in which it looked.
        firings: Times that it fired.
        alone: Of these, those of which STA/LTA saw nothing, neither soon after nor in the minute
            before; counted when that is known.
        broken: Answers that were no numbers.
    """

    def __init__(self) -> None:
        self.hops = 0
        self.answers = 0
        self.firings = 0
        self.alone = 0
        self.broken = 0
        self._sum = 0.0
        self._armed = True
        self._now = 0
        self._seen: int | None = None
        self._waiting: deque[int] = deque()

    @property
    def mean_score(self) -> float:
        """The mean over all hops; 0 counts where it did not look."""
        return self._sum / self.hops if self.hops else 0.0

    @property
    def mean_answer(self) -> float:
        """The mean over the hops in which it looked: warming up makes no network calm."""
        return self._sum / self.answers if self.answers else 0.0

    def take(self, said: Mapping[str, Said]) -> None:
        """Take what the detectors said of a hop, by name: STA/LTA and the network."""
        self._now += 1
        self._look_at(said.get(STA_LTA))
        network = next((one for name, one in said.items() if name != STA_LTA), None)
        if network is None:
            return
        self.hops += 1
        self.answers += network.asked
        if not math.isfinite(network.score):
            self.broken += 1
            return
        self._sum += network.score
        if self._armed and network.score >= network.threshold:
            self._armed = False
            self.firings += 1
            if self._seen is None or self._now - self._seen > _CODA_HOPS:
                self._waiting.append(self._now)
        elif network.score < network.threshold / 2:
            self._armed = True

    @property
    def span_s(self) -> float:
        """Seconds of samples that were heard."""
        return self._now * ns_to_seconds(HOP_NS)

    def _look_at(self, helper: Said | None) -> None:
        """Take note of what STA/LTA sees, and of firings that it did not see in time."""
        while self._waiting and self._now - self._waiting[0] > _EARLY_HOPS:
            self._waiting.popleft()
            self.alone += 1
        if helper is not None and helper.score >= _SUPPORT * helper.threshold:
            self._seen = self._now
            self._waiting.clear()
