"""The section `[update]` of a station file."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Hour = Annotated[int, Field(ge=0, le=24)]


class ShadowSection(BaseModel):
    """How long a new network runs beside the old one, and how far it may differ."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    span_s: float = Field(
        default=1800.0,
        ge=1,
        le=7 * 86_400,
        title="Span",
        description="Seconds for which it must have answered beside the running network, after "
        "it warmed up",
    )
    deadline_s: float = Field(
        default=7200.0,
        ge=2,
        le=14 * 86_400,
        title="Deadline",
        description="Seconds in which it must have heard them",
    )
    firings_factor: float = Field(
        default=2.0,
        ge=1,
        le=100,
        title="Factor",
        description="It may fire so many times as often as the running network",
    )
    firings_more: float = Field(
        default=2.0,
        ge=0,
        le=1000,
        title="More",
        description="And so many times more, in the whole span",
    )
    mean_score: float = Field(
        default=0.2,
        gt=0,
        le=1,
        title="Mean score",
        description="Its mean score may be at most so far above the running network's",
    )


class UpdateSection(BaseModel):
    """Networks, settings and agent software over the air."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    enabled: bool = Field(
        default=False,
        title="Enabled",
        description="Look for networks; false leaves the station file's own in charge",
    )
    url: str | None = Field(
        default=None,
        pattern=r"^https?://[^\s]+$",
        title="URL",
        description="Of the repository, such as https://centre.example.org/updates/; that of the "
        "centre of [enrolment] where left out",
    )
    root: Path | None = Field(
        default=None,
        title="Root",
        description="Trusted root metadata (root.json), which no update ever writes",
    )
    ca_file: Path | None = Field(
        default=None,
        title="Authorities",
        description="PEM file of those who vouch for an https server; where left out that of the "
        "enrolment, for its own address, else the host's",
    )
    ring: str = Field(
        default="all",
        pattern=r"^[a-z][a-z0-9_-]{0,31}$",
        title="Ring",
        description="Group of stations that gets a network at the same time, such as canary",
    )
    every_s: float = Field(
        default=3600.0, ge=1, le=30 * 86_400, title="Every", description="Seconds between two looks"
    )
    window_utc: tuple[Hour, Hour] | None = Field(
        default=None,
        title="Window",
        description="Hours of the day, UTC, from and to, in which it may look and swap; "
        "always where left out",
    )
    most_bytes: int = Field(
        default=4_000_000,
        ge=1000,
        title="Largest",
        description="Bytes of a network that is fetched; a larger one is rejected",
    )
    most_bytes_per_s: float | None = Field(
        default=None, gt=0, title="Rate", description="Bytes per second while fetching"
    )
    limit_s: float = Field(
        default=300.0,
        ge=1,
        le=86_400,
        title="Limit",
        description="Seconds after which looking and fetching are given up",
    )
    clock: Literal["kept", "any"] = Field(
        default="kept",
        title="Clock",
        description="kept: only while somebody keeps the host's clock, for a wrong one believes "
        "what has run out",
    )
    preflight_s: float = Field(
        default=120.0,
        ge=1,
        le=3600,
        title="Preflight",
        description="Seconds in which a network must have proven itself on this processor",
    )
    memory_mb: int = Field(
        default=250,
        ge=64,
        le=65_536,
        title="Memory",
        description="Megabytes that a process with the network alone may take",
    )
    latency_share: float = Field(
        default=0.25,
        gt=0,
        le=1,
        title="Latency",
        description="Share of the time between two answers that it may compute (95th percentile)",
    )
    shadow: ShadowSection = Field(default=ShadowSection(), title="Shadow")
    healthy_s: float = Field(
        default=600.0,
        ge=1,
        le=7 * 86_400,
        title="Healthy",
        description="Seconds that the station must be well with a network before it is committed",
    )
    deadline_s: float = Field(
        default=3600.0,
        ge=2,
        le=14 * 86_400,
        title="Deadline",
        description="Seconds in which it must have become so; else it is rolled back",
    )
    tries: int = Field(
        default=3,
        ge=1,
        le=10,
        title="Tries",
        description="Times that a state is begun again after the station ended in it",
    )
    quiet_s: float = Field(
        default=60.0,
        ge=0,
        le=3600,
        title="Quiet",
        description="Seconds without a trigger before networks are swapped",
    )

    configuration: bool = Field(
        default=True,
        title="Configuration",
        description="Take settings over the air, too, as far as a command could change them; false "
        "leaves the station file and commands alone in force",
    )
    software: bool = Field(
        default=False,
        title="Software",
        description="Take agent software over the air, too; false runs what was installed on site",
    )
    software_most_bytes: int = Field(
        default=80_000_000,
        ge=1000,
        title="Largest software",
        description="Bytes of an archive of agent software that is fetched; a larger one is "
        "rejected",
    )
    software_free_bytes: int = Field(
        default=200_000_000,
        ge=0,
        title="Free",
        description="Bytes that stay free on the disk of state_dir when software is unpacked",
    )
    software_limit_s: float = Field(
        default=7200.0,
        ge=1,
        le=7 * 86_400,
        title="Software limit",
        description="Seconds after which fetching and unpacking are left for the next look, which "
        "goes on where this one ended",
    )
    software_preflight_s: float = Field(
        default=300.0,
        ge=1,
        le=3600,
        title="Software preflight",
        description="Seconds in which new software must have shown that it knows this station",
    )
    software_memory_mb: int = Field(
        default=300,
        ge=64,
        le=65_536,
        title="Software memory",
        description="Megabytes that new software may take while it shows that",
    )

    @property
    def longest_look_s(self) -> float:
        """Seconds that a look with all that it fetches and tries may take."""
        software_s = self.software_limit_s if self.software else 0.0
        return self.limit_s + 2 * self.preflight_s + software_s

    @model_validator(mode="after")
    def _needs_a_root(self) -> Self:
        if self.enabled and self.root is None:
            raise ValueError("update.root is missing: name the trusted root.json, or do not enable")
        return self
