"""The section `[enrolment]` of a station file."""

from pathlib import Path
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field

GRACE_S: Final = 60.0
"""Seconds that an attempt may take beside those of the line: it gives way to everything else."""
REFUSED: Final = "refused"
"""Stage of an attempt that the centre refused."""


class EnrolmentSection(BaseModel):
    """A certificate for the broker, by a one-time token."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    token_file: Path | None = Field(
        default=None,
        title="Token file",
        description="What `cloud-aggregator station add` wrote; enrolment-token in state_dir where "
        "left out. It is wiped when it is used",
    )
    retry_s: float = Field(
        default=60.0, ge=1, le=86_400, title="Retry", description="Seconds between two attempts"
    )
    timeout_s: float = Field(
        default=20.0, gt=0, le=300, title="Timeout", description="Most seconds of an attempt"
    )
    clock: Literal["kept", "any"] = Field(
        default="kept",
        title="Clock",
        description="kept: only while somebody keeps the host's clock, for by a wrong one "
        "certificates hold that have run out",
    )
