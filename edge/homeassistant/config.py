"""The section `[home_assistant]` of a station file; the section switches it on."""

from pydantic import BaseModel, ConfigDict, Field


class HomeAssistantConfig(BaseModel):
    """Makes the station a device of a Home Assistant that hears the same broker."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    prefix: str = Field(
        default="homeassistant",
        pattern=r"^[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*$",
        title="Prefix",
        description="Home Assistant's discovery prefix",
    )
    name: str | None = Field(
        default=None,
        min_length=1,
        max_length=80,
        title="Name",
        description="What the device is called; `Station XX.KARA1` where left out",
    )
    area: str | None = Field(
        default=None, min_length=1, max_length=80, title="Area", description="Suggested area"
    )
