"""The gate: networks are asked only while something happens.

STA/LTA always runs, and its ratio of energies is all that the gate looks at. While it stays small a
network need not be asked; what it would need to know is kept, and when the gate opens the network
catches up and says from then on what it would have said had it never slept.
"""

from bisect import bisect_right
from collections.abc import Iterable
from typing import Protocol, runtime_checkable

from pydantic import BaseModel, ConfigDict, Field

from edge.detect.base import Frame
from edge.timestamps import seconds_to_ns

_KEPT = 256
"""A minute of high hops: STA/LTA is never so far ahead of a network."""


class GateConfig(BaseModel):
    """When the networks are asked."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    enabled: bool = Field(
        default=False,
        title="Enabled",
        description="Ask the network only while STA/LTA sees energy rise; saves CPU time",
    )
    open_ratio: float = Field(
        default=2.0,
        gt=1,
        le=20,
        title="Opens at",
        description="STA/LTA ratio from which the network is asked; below on_ratio of STA/LTA",
    )
    hold_s: float = Field(
        default=30.0,
        ge=1,
        le=600,
        title="Hold",
        description="Seconds for which it stays open after the ratio was last so high; longer for "
        "a network that remembers longer",
    )


class EnergyGate:
    """Knows when the ratio of STA/LTA was high."""

    def __init__(self, config: GateConfig) -> None:
        self._open_ratio = config.open_ratio
        self._hold_ns = seconds_to_ns(config.hold_s)
        self._high_ns: list[int] = []
        """Ends of the newest hops with a high ratio, oldest first."""

    def note(self, frames: Iterable[Frame]) -> None:
        """Take what STA/LTA says of the next hops."""
        self._high_ns += [frame.end_ns for frame in frames if frame.score >= self._open_ratio]
        del self._high_ns[:-_KEPT]

    def is_open(self, end_ns: int, hold_s: float = 0.0) -> bool:
        """Tell whether a network is to be asked.

        The answer depends on what STA/LTA said of hops up to `end_ns` and on nothing later, so
        that it is the same for packets of any size.

        Args:
            end_ns: End of the newest hop that counts; STA/LTA has spoken of it.
            hold_s: The network must be asked for at least so long.
        """
        hold_ns = max(seconds_to_ns(hold_s), self._hold_ns)
        known = bisect_right(self._high_ns, end_ns)
        return known > 0 and self._high_ns[known - 1] > end_ns - hold_ns


@runtime_checkable
class Sleeper(Protocol):
    """A detector that need not be asked all the time."""

    def sleep_by(self, gate: EnergyGate) -> None:
        """Be asked only while the gate is open."""
