"""How often a network fires, and how often it alone does."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from edge.detect.sta_lta import STA_LTA

_SUPPORT: Final = 0.5
"""Share of its threshold above which STA/LTA has seen something, too."""


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
        alone: Of these, those of which STA/LTA saw nothing.
        broken: Answers that were no numbers.
        mean_score: Over all hops, 0 where it did not look.
    """

    def __init__(self) -> None:
        self.hops = 0
        self.answers = 0
        self.firings = 0
        self.alone = 0
        self.broken = 0
        self._sum = 0.0
        self._armed = True

    @property
    def mean_score(self) -> float:
        """The mean over all hops, 0 where it did not look."""
        return self._sum / self.hops if self.hops else 0.0

    def take(self, said: Mapping[str, Said]) -> None:
        """Take what the detectors said of a hop, by name: STA/LTA and the network."""
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
            helper = said.get(STA_LTA)
            seen = helper is not None and helper.score >= _SUPPORT * helper.threshold
            self.alone += not seen
        elif network.score < network.threshold / 2:
            self._armed = True
