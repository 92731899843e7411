"""How a station does with networks over the air."""

from pydantic import Field

from edge.messages.base import Message
from edge.timestamps import Timestamp


class UpdateModel(Message):
    """A network and the rollout that brought it."""

    name: str
    version: int
    sha256: str
    rollout_id: str
    since: Timestamp = Field(description="When its phase, or its charge, began")


class UpdateOutcome(UpdateModel):
    """What became of the last network that came over the air."""

    end: str = Field(description="committed, rejected, rolled back or superseded")
    phase: str = Field(description="How far it was")
    reason: str
    figures: dict[str, float] = Field(
        default_factory=dict, description="What it did beside the network before it"
    )


class UpdateReport(Message):
    """Part of a station's state."""

    ring: str
    phase: str = Field(description="idle, or how far the candidate is")
    candidate: UpdateModel | None = None
    figures: dict[str, float] = Field(
        default_factory=dict, description="What the candidate did beside the running network"
    )
    committed: UpdateModel | None = Field(
        default=None, description="None: the station file's own network"
    )
    last: UpdateOutcome | None = None
    quarantined: tuple[str, ...] = Field(default=(), description="Hashes that are not taken again")
    problem: str | None = Field(default=None, description="Why the last look did not succeed")
