"""Watching for the S wave inside the life of a trigger.

At stations near the source S comes seconds after P, while the trigger of P still lives. Its time
is worth as much as P's to whoever locates the event, so it goes out as a trigger of its own.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from edge.detect.base import Frame
from edge.grid import HOP_NS

_LEAST_PROBABILITY = 0.5
_SUSTAINED_HOPS = 4
"""S must be likely for a second: single hops of it are common in the coda of P."""
_LEAST_ANSWERS = 2
"""And a network that speaks once a second must have said so twice."""


@dataclass(frozen=True, slots=True)
class LaterS:
    """The network is sure of S."""

    first_hop_end_ns: int
    """End of the first hop in which S was likely."""
    probabilities: dict[str, float]


class SWatch:
    """Sees the hops of one trigger; tells of S once."""

    def __init__(self) -> None:
        self._run: list[tuple[int, Frame]] = []
        self._told = False

    def push(self, end_ns: int, frames: Iterable[Frame]) -> LaterS | None:
        """Take what the detectors said of a hop; returns S in the hop that makes it sure."""
        likely = next((f for f in frames if _is_s(f.probabilities)), None)
        if self._told or likely is None:
            self._run.clear()
            return None
        if self._run and end_ns != self._run[-1][0] + HOP_NS:
            self._run.clear()
        self._run.append((end_ns, likely))
        answers = {frame.end_ns for _, frame in self._run}
        if len(self._run) < _SUSTAINED_HOPS or len(answers) < _LEAST_ANSWERS:
            return None
        self._told = True
        return LaterS(self._run[0][0], likely.probabilities)


def _is_s(probabilities: dict[str, float]) -> bool:
    s = probabilities.get("S", 0.0)
    return s >= _LEAST_PROBABILITY and s > probabilities.get("P", 0.0)
