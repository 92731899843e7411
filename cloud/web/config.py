"""Settings of the web side."""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

STATIC = Path(__file__).resolve().parents[1] / "dashboard" / "static"
"""Where `cloud/dashboard/build.py` puts the page, in a checkout as in a wheel."""


class WebConfig(BaseModel):
    """How the page is served."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    static: Path = Field(default=STATIC, title="Static files", description="Folder of the page")
    reading: Literal["open", "token"] = Field(
        default="open",
        title="Reading",
        description="Who may read page, API and FDSN services: open for everybody, "
        "token for who shows one (cloud-aggregator token add)",
    )
    heartbeat_s: float = Field(
        default=2.0,
        gt=0,
        le=10,
        title="Heartbeat",
        description="Seconds between the clock messages of a stream on which nothing happens; "
        "the page calls itself stale after 10 s of silence",
    )
    streams: int = Field(
        default=200,
        gt=0,
        title="Streams",
        description="Live streams served at once; who comes later is told to try again",
    )
    gather_s: float = Field(
        default=0.1,
        ge=0,
        title="Gather",
        description="Seconds between two updates of one stream; what happens between goes together",
    )
    tick_s: float = Field(
        default=1.0,
        gt=0,
        title="Tick",
        description="Seconds after which the passing of time itself is looked at",
    )
