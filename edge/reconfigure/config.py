"""The section `[configure]` of a station file."""

from pydantic import BaseModel, ConfigDict, Field


class ConfigureSection(BaseModel):
    """Whether and how the configuration may be changed from afar."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    enabled: bool = Field(
        default=True,
        title="Enabled",
        description="Take the command configure; false leaves the station file alone in force, "
        "without changes made before",
    )
    broker: bool = Field(
        default=False,
        title="Broker",
        description="A command may change host, port and protocol of the broker, too; never "
        "names, passwords and certificates",
    )
    healthy_s: float = Field(
        default=60.0,
        ge=1,
        le=3600,
        title="Healthy",
        description="Seconds that the station must be well with a change before it is kept",
    )
    deadline_s: float = Field(
        default=300.0,
        ge=2,
        le=86_400,
        title="Deadline",
        description="Seconds in which it must have become so; else the change is taken back",
    )
    tries: int = Field(
        default=2,
        ge=1,
        le=10,
        title="Tries",
        description="Starts with a change that is not proven: one that crashes, or meets a power "
        "cut, is tried again so often at most",
    )
