"""How a station does with what comes over the air: networks, agent software, settings."""

from pydantic import Field

from edge.messages.base import Message
from edge.timestamps import Timestamp


class UpdateModel(Message):
    """What came, and the rollout that brought it."""

    name: str
    version: int | str = Field(description="A number; of agent software text, such as 1.2.0")
    sha256: str
    rollout_id: str
    since: Timestamp = Field(description="When its phase, or its charge, began")


class UpdateOutcome(UpdateModel):
    """What became of the last that came over the air."""

    end: str = Field(description="committed, rejected, rolled back or superseded")
    phase: str = Field(description="How far it was")
    reason: str
    figures: dict[str, float] = Field(
        default_factory=dict, description="What it did beside the network before it"
    )


class UpdateReport(Message):
    """Part of a station's state, one for each kind."""

    ring: str
    phase: str = Field(description="idle, or how far the candidate is")
    candidate: UpdateModel | None = None
    figures: dict[str, float] = Field(
        default_factory=dict, description="What the candidate did beside the running network"
    )
    committed: UpdateModel | None = Field(
        default=None, description="None: what was installed or written on site"
    )
    running: str | None = Field(
        default=None,
        description="Of agent software: SHA-256 of the release that runs; None: the installed one",
    )
    last: UpdateOutcome | None = None
    quarantined: tuple[str, ...] = Field(default=(), description="Hashes that are not taken again")
    problem: str | None = Field(default=None, description="Why the last look did not succeed")
    looked: Timestamp | None = Field(
        default=None, description="When it looked last, since the agent started"
    )
    window_utc: tuple[int, int] | None = Field(
        default=None, description="Hours in which it may look and swap; None: always"
    )
