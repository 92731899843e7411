"""The section `[archive]` of a station file."""

from enum import StrEnum
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field


class ArchiveFormat(StrEnum):
    """Which version of miniSEED is written."""

    MINISEED_2 = "miniseed2"
    MINISEED_3 = "miniseed3"


class ArchiveConfig(BaseModel):
    """What the station keeps of its own samples, for requests and for `explain`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    enabled: bool | None = Field(
        default=None,
        title="Enabled",
        description="Keep the samples; where left out, those of a sensor are kept and those of a "
        "recording, which are on disk already, are not",
    )
    folder: Path | None = Field(
        default=None,
        title="Folder",
        description="Root of the SDS tree; `archive` in state_dir where left out",
    )
    format: ArchiveFormat = Field(
        default=ArchiveFormat.MINISEED_2,
        title="Format",
        description="miniseed2 is read by every program; miniseed3 has nanoseconds, long codes "
        "and the FDSN's extra headers",
    )
    max_bytes: int = Field(
        default=4_000_000_000,
        ge=1_000_000,
        title="Most bytes",
        description="Bytes kept at most; then the oldest day makes room",
    )
    max_days: int | None = Field(
        default=None,
        ge=1,
        title="Most days",
        description="Days kept at most; as many as max_bytes allows where left out",
    )
    keep_free_bytes: int = Field(
        default=500_000_000,
        ge=0,
        title="Kept free",
        description="Bytes of the disk that are left to others, the outbox first of all; the "
        "oldest day makes room for them",
    )
    flush_s: float = Field(
        default=30.0,
        ge=1,
        le=600,
        title="Flush",
        description="Seconds of samples that are gathered before they are written: what a power "
        "cut may cost",
    )
    answer_max_s: float = Field(
        default=900.0,
        gt=0,
        le=86_400,
        title="Longest answer",
        description="Seconds of samples that one request by MQTT gets at most",
    )
    answer_bytes_per_hour: int = Field(
        default=50_000_000,
        ge=0,
        title="Answers an hour",
        description="Bytes that requests by MQTT get in an hour at most; 0 refuses them",
    )
