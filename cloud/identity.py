"""Who the centre is, in what it tells others."""

from pydantic import BaseModel, ConfigDict, Field


class IdentityConfig(BaseModel):
    """Who the centre is."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(
        default="tremorkit",
        min_length=1,
        max_length=60,
        title="Name",
        description="Name for people, in the headline of alerts",
    )
    sender: str = Field(
        default="centre@tremorkit.invalid",
        pattern=r"^[^\s,<&]{1,100}$",
        title="Sender",
        description="Identifies the centre in CAP messages, in the form of an address under a "
        "domain of one's own; without spaces, commas, < and &",
    )
    language: str = Field(
        default="en", pattern=r"^[A-Za-z-]{2,12}$", title="Language", description="Of the texts"
    )
    actual: bool = Field(
        default=False,
        title="Actual",
        description="Real events go out with CAP status Actual; false: Test, which nobody acts on",
    )
