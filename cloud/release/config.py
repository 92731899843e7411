"""The section `[updates]` of the centre's file."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field


class UpdatesConfig(BaseModel):
    """The repository of networks for stations."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    folder: Path | None = Field(
        default=None,
        title="Folder",
        description="The repository, served under /updates/; updates/ in state_dir where left out",
    )
    online_key: Path | None = Field(
        default=None,
        title="Online key",
        description="Secret half of the centre's key: signs anew what would run out; without it, "
        "stations take no updates after seven days, and detect on",
    )
    passphrase_file: Path | None = Field(
        default=None,
        title="Passphrase",
        description="File whose first line is the passphrase of that key, where it has one",
    )
    look_s: float = Field(
        default=3600.0,
        ge=1,
        le=86_400,
        title="Look",
        description="Seconds between two looks whether something runs out",
    )
