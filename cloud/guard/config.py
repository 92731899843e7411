"""What is too much to believe of a station."""

from pydantic import BaseModel, ConfigDict, Field


class GuardConfig(BaseModel):
    """Where belief ends."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    burst_messages: int = Field(
        default=600,
        ge=1,
        title="Burst",
        description="Messages of one kind that a station may send at once, as after a day without "
        "a line",
    )
    messages_per_minute: float = Field(
        default=240.0,
        gt=0,
        title="Steady rate",
        description="Messages of one kind a minute that a station may send for ever; what comes "
        "beyond burst and rate is dropped until the station has become quiet",
    )
    moved_km: float = Field(
        default=1.0,
        gt=0,
        title="Another place",
        description="A station that says it is farther than this from where it was is elsewhere, "
        "km; GNSS receivers wander less",
    )
    flips: int = Field(
        default=2,
        ge=1,
        title="Flips",
        description="Changes of place from which two stations are taken to share one code; a "
        "station that is moved changes it once",
    )
    flips_remembered_s: float = Field(
        default=3_600.0,
        gt=0,
        title="Memory for flips",
        description="How long a change of place is remembered, s",
    )
    ahead_s: float = Field(
        default=60.0,
        gt=0,
        title="Clock ahead",
        description="A station whose triggers or reports come from farther in the future has a "
        "wrong clock, s",
    )
    behind_s: float = Field(
        default=600.0,
        gt=0,
        title="Clock behind",
        description="A station whose health reports are older than this when they come has a wrong "
        "clock, s; triggers may be old, they wait on the station while it has no line",
    )
