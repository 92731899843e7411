"""One rollout: what goes where, how far it is, and the way back."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from cloud.rollout.plan import RingPlan, RolloutPlan
from cloud.rollout.target import Target
from edge.timestamps import Timestamp
from edge.update.targets import (
    Assignment,
    ConfigurationAssignment,
    Kind,
    Order,
    Return,
    SoftwareAssignment,
    kind_of,
)

_MOST_ID: Final = 64
_MOST_LEFT: Final = 16

Wanted = Assignment | SoftwareAssignment | ConfigurationAssignment
"""What names something."""


class RolloutState(StrEnum):
    """How a rollout stands."""

    RUNNING = "running"
    PAUSED = "paused"
    RETURNING = "returning"
    """It was stopped or aborted; stations go back."""
    STOPPED = "stopped"
    """It was stopped or aborted; nobody is waited for any more."""
    SUPERSEDED = "superseded"
    FINISHED = "finished"


LIVE: Final = frozenset({RolloutState.RUNNING, RolloutState.PAUSED, RolloutState.RETURNING})


class Rollout(BaseModel):
    """One rollout, without its stations."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str
    order: Wanted = Field(description="What stations are told; each ring has its own wave")
    plan: RolloutPlan
    started: Timestamp
    by: str
    state: RolloutState = RolloutState.RUNNING
    reason: str = Field(default="", description="Why it stands so")
    ring: int = Field(default=-1, description="Number of the ring that it has reached, from 0")
    ring_since: Timestamp | None = None
    soak_since: Timestamp | None = None
    at_end: bool = Field(default=False, description="Paused because the ring came to its end")
    approved: int = Field(default=-1, description="Ring after which somebody said: go on")
    held: str | None = Field(default=None, description="Why the next ring does not begin now")
    before: dict[str, Order | None] = Field(
        default_factory=dict, description="What rings were to run before: the way back"
    )
    superseded: tuple[str, ...] = Field(
        default=(), description="Hashes that unfinished rollouts brought: the way back leaves them"
    )
    pending: dict[str, Order | None] = Field(
        default_factory=dict, description="What is to be signed, and is not yet"
    )
    problem: str | None = Field(default=None, description="Why it could not be signed")
    cleaned: bool = Field(
        default=False, description="All went back, and rings are told what they were told before"
    )

    @property
    def ring_plan(self) -> RingPlan | None:
        """The ring that it has reached; None before the first one."""
        return self.plan.rings[self.ring] if self.ring >= 0 else None

    @property
    def begun(self) -> tuple[str, ...]:
        """Rings that it has reached."""
        return tuple(ring.name for ring in self.plan.rings[: self.ring + 1])

    @property
    def touched(self) -> tuple[str, ...]:
        """Rings that it has reached, or an unfinished one in whose place it came."""
        return tuple(self.before)

    @property
    def kind(self) -> Kind:
        """Of what."""
        return kind_of(next(iter(self.order.named)))

    @property
    def what(self) -> str:
        """Its name, as `rollout start` takes it."""
        match self.order:
            case Assignment():
                return self.order.model
            case ConfigurationAssignment():
                return self.order.configuration
            case SoftwareAssignment():
                # Without platform and Python.
                name = next(iter(self.order.archives)).partition(f"-{self.order.version}-")[0]
                return f"{name}-{self.order.version}"

    @property
    def version(self) -> str | None:
        """Of agent software; None of other kinds, whose hashes say all."""
        return self.order.version if isinstance(self.order, SoftwareAssignment) else None

    @property
    def hashes(self) -> frozenset[str]:
        """SHA-256 of what counts as it."""
        return frozenset(self.order.named.values())

    def assignment(self, wave: int) -> Wanted:
        """Return what stations of a ring are told."""
        return self.order.model_copy(update={"wave": wave})

    def was_there(self, ring: str) -> bool:
        """Return whether a ring was to run the same before."""
        before = self.before.get(ring)
        return before is not None and set(before.named.values()) == self.hashes

    def way_back(self, ring: str) -> Order:
        """Return what takes stations of a ring back: who has it goes to what it itself had."""
        before = self.before.get(ring)
        if before is not None and self.was_there(ring):
            return before
        # Who was to leave something before, and has not been heard of since, still is.
        known = before.leaving if before is not None else ()
        left = dict.fromkeys((*sorted(self.hashes), *self.superseded, *known))
        said = {
            "rollout_id": f"{self.id[: _MOST_ID - 5]}-back",
            "leaving": tuple(left)[:_MOST_LEFT],
        }
        return Return.model_validate(said) if before is None else before.model_copy(update=said)


class Note(BaseModel):
    """One line of the audit."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    action: str
    by: str = "centre"
    ring: str | None = None
    station: str | None = None
    detail: str = ""


def of_ring(targets: Iterable[Target], ring: str) -> list[Target]:
    """Return the stations of a ring."""
    return [target for target in targets if target.ring == ring]
