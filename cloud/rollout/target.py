"""One station in a rollout."""

from enum import StrEnum
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from cloud.rollout.measures import Measures, Reading
from edge.timestamps import Timestamp


class TargetStatus(StrEnum):
    """How a station's part stands."""

    PLANNED = "planned"
    """Its ring has not begun."""
    WAITING = "waiting"
    """It is to run it, and has not said anything of it."""
    TRYING = "trying"
    COMMITTED = "committed"
    FAILED = "failed"
    """It rejected it or rolled it back."""
    TIMED_OUT = "timed out"
    """It had said nothing by the deadline of its ring; it may still come."""
    GONE = "gone"
    """It left the ring or the network of stations."""
    RETURNING = "returning"
    RETURNED = "returned"


ENDED: Final = frozenset({TargetStatus.COMMITTED, TargetStatus.FAILED})
"""It has executed its part, well or not."""
OPEN: Final = frozenset({TargetStatus.WAITING, TargetStatus.TRYING})


class Target(BaseModel):
    """A station's part."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    station: str = Field(description="NETWORK.STATION")
    ring: str
    status: TargetStatus = TargetStatus.PLANNED
    since: Timestamp = Field(description="When it came to stand so")
    detail: str = Field(default="", description="Phase, or why")
    began: bool = Field(default=False, description="It was trying when it timed out")
    in_charge_since: Timestamp | None = Field(
        default=None, description="When the new one took charge; None: it is not in charge"
    )
    figures: dict[str, float] = Field(default_factory=dict, description="Of the shadow")
    reading: Reading | None = Field(default=None, description="The last health report, in numbers")
    beside: str | None = Field(
        default=None, description="What of other kinds was in charge while it was measured"
    )
    before: Measures = Field(default=Measures(), description="With the one before")
    after: Measures = Field(default=Measures(), description="With the new one")
