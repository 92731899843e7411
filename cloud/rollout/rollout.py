"""One rollout: what goes where, how far it is, and the way back."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from cloud.rollout.plan import RingPlan, RolloutPlan
from cloud.rollout.target import Target
from edge.timestamps import Timestamp
from edge.update.targets import Assignment

_MOST_ID: Final = 64


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
    model: str = Field(description="As `release list` shows it")
    sha256: str
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
    before: dict[str, Assignment | None] = Field(
        default_factory=dict, description="What rings were to run before: the way back"
    )
    pending: dict[str, Assignment | None] = Field(
        default_factory=dict, description="What is to be signed, and is not yet"
    )
    problem: str | None = Field(default=None, description="Why it could not be signed")

    @property
    def ring_plan(self) -> RingPlan | None:
        """The ring that it has reached; None before the first one."""
        return self.plan.rings[self.ring] if self.ring >= 0 else None

    @property
    def begun(self) -> tuple[str, ...]:
        """Rings that it has reached."""
        return tuple(ring.name for ring in self.plan.rings[: self.ring + 1])

    def assignment(self, wave: int) -> Assignment:
        """Return what stations of a ring are told."""
        return Assignment(rollout_id=self.id, model=self.model, sha256=self.sha256, wave=wave)

    def way_back(self, ring: str) -> Assignment | None:
        """Return what takes stations of a ring back; None: nothing does, once committed."""
        before = self.before.get(ring)
        if before is None or before.sha256 == self.sha256:
            return None
        back = f"{self.id[: _MOST_ID - 5]}-back"
        return before.model_copy(update={"rollout_id": back, "returning": True})


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
