"""What a station keeps of updates: the candidate and its state, what is in charge, what is out.

Each kind has a record of its own, in this form. Older and newer software read each other's: fields
that are not known are kept and written back, none changes its meaning, none is taken away.
"""

from enum import StrEnum
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from edge.bundle.card import ModelName, Sha256
from edge.timestamps import Timestamp
from edge.update.targets import ConfigurationPath, ModelPath, Ring, RolloutId, SoftwarePath
from edge.update.versions import AnyVersion

_KEPT: Final = ConfigDict(frozen=True, extra="allow")

TargetPath = Annotated[ModelPath | SoftwarePath | ConfigurationPath, Field()]


class Phase(StrEnum):
    """How far a candidate is; each is on disk before it is entered."""

    FETCHED = "fetched"
    """Its bytes are here; they are being looked at."""
    VERIFIED = "verified"
    """It is what was signed, and lies where it will run from."""
    PREFLIGHT = "preflight"
    """It is being tried on this processor."""
    SHADOW = "shadow"
    """It runs beside the network in charge and says nothing."""
    PROBATION = "probation"
    """It is in charge."""


class End(StrEnum):
    """What became of a candidate."""

    COMMITTED = "committed"
    REJECTED = "rejected"
    """It never was in charge."""
    ROLLED_BACK = "rolled back"
    """It was in charge, and the network before it is again."""
    SUPERSEDED = "superseded"
    """The rollout wants another one now, or none."""


class Model(BaseModel):
    """One network, one release of the agent's software, or one file of settings."""

    model_config = _KEPT

    sha256: Sha256
    name: ModelName
    version: AnyVersion


class Candidate(Model):
    """What is on its way."""

    path: TargetPath
    floor: AnyVersion
    rollout_id: RolloutId
    ring: Ring
    returning: bool = False
    phase: Phase
    tries_left: int = Field(ge=0)
    since: Timestamp
    """When this phase began."""
    trouble: str | None = None
    """Why the last try of this phase failed."""
    figures: dict[str, float] = Field(default_factory=dict)
    """What it did beside the network in charge."""
    network_ran: bool = False
    """Of settings: a network ran when they were put in charge."""


class Installed(Model):
    """What was committed."""

    rollout_id: RolloutId
    since: Timestamp
    over: str | None = None
    """What the station file said: a file that says another thing now is younger."""


class Quarantined(Model):
    """What is not taken again."""

    phase: Phase
    reason: str
    time: Timestamp


class Outcome(Model):
    """What became of the last candidate."""

    rollout_id: RolloutId
    end: End
    phase: Phase
    reason: str
    time: Timestamp
    figures: dict[str, float] = Field(default_factory=dict)


class Record(BaseModel):
    """The whole file."""

    model_config = _KEPT

    format: Literal[1] = 1
    candidate: Candidate | None = None
    committed: Installed | None = None
    """In charge; None: the station file's own."""
    previous: Installed | None = None
    """In charge before."""
    quarantined: tuple[Quarantined, ...] = ()
    highest: dict[str, AnyVersion] = Field(default_factory=dict)
    """Highest version ever committed, by name."""
    floors: dict[str, AnyVersion] = Field(default_factory=dict)
    """Least version that may ever run again, by name."""
    last: Outcome | None = None
    newest_time: Timestamp = 0
    """The newest time that was ever believed."""
    settled: str | None = None
    """SHA-256 of the timestamp metadata after which there was nothing to do."""
    failures: int = Field(default=0, ge=0)
    """Looks in a row that failed."""
    retry_after: Timestamp = 0
    """What could not be fetched is not asked for again before this."""
    problem: str | None = None
    """Why the last look failed, or what an update waits for."""

    def is_quarantined(self, sha256: str) -> bool:
        """Return whether a network is not taken again."""
        return any(one.sha256 == sha256 for one in self.quarantined)
