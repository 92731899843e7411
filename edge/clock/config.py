"""The `[clock]` section: who is asked how good the host's clock is."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class ClockSection(BaseModel):
    """Who keeps the host's clock, and how it drifts alone."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    keeper: Literal["auto", "chrony", "gpsd", "kernel"] = Field(
        default="auto",
        title="Keeper",
        description="Who is asked how good the clock is: chrony and gpsd where they run, and the "
        "kernel always; or only one of them",
    )
    interval_s: float = Field(
        default=64.0, ge=4, le=3600, title="Interval", description="Seconds between two questions"
    )
    chronyc: str = Field(
        default="chronyc", title="chronyc", description="Name or path of chrony's command"
    )
    chrony_socket: str | None = Field(
        default=None,
        title="chrony's address",
        description="Address or socket of chronyd; its own default where left out",
    )
    gpsd_host: str = Field(default="127.0.0.1", title="gpsd", description="Host of gpsd")
    gpsd_port: int = Field(default=2947, ge=1, le=65535, title="Port", description="Port of gpsd")
    holdover_ppm: float = Field(
        default=2.0,
        gt=0,
        le=500,
        title="Holdover",
        description="How much the host's oscillator may change its rate when nobody keeps it, "
        "parts per million; a plain crystal changes by 2 between day and night",
    )
