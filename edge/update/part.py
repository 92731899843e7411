"""A kind of update as the running agent deals with it, beside networks.

The supervisor looks, and then lets each kind go on in turn, so that no two are swapped at once.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from edge.messages.update import UpdateReport
from edge.reconfigure.probation import Vitals
from edge.update.targets import Kind


@dataclass(frozen=True, slots=True)
class Turn:
    """What a part may ask for when its turn has come."""

    vitals: Callable[[], Vitals]
    network_runs: Callable[[], bool]
    """A network runs beside STA/LTA."""
    look: Callable[[], Awaitable[None]]
    """Asks the repository once more: is it still wanted?"""
    quiet: Callable[[], Awaitable[None]]
    """Waits for a moment in which the agent may start anew."""


class Part(Protocol):
    """One kind."""

    kind: Kind

    @property
    def on_trial(self) -> bool:
        """Something of this kind is on probation: nothing else is swapped meanwhile."""

    def report(self) -> UpdateReport:
        """Return the part of the station's state."""

    def ready(self) -> tuple[str, str] | None:
        """Return what waits for its turn, by hash and rollout; None where nothing does."""

    async def go_on(self, turn: Turn) -> None:
        """Take a candidate further; returns soon where there is none."""

    async def prove(self, vitals: Callable[[], Vitals]) -> None:
        """Watch over what is on probation; never returns."""

    def failed(self, error: Exception) -> bool:
        """Return whether the agent is to start anew after an error: this was on probation."""

    def close(self) -> None:
        """Call off what guards against hanging."""
