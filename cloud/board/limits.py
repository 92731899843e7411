"""Where well ends."""

from pydantic import BaseModel, ConfigDict, Field


class ConditionConfig(BaseModel):
    """Where well ends."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    silence_s: float = Field(
        default=35.0,
        gt=0,
        title="Silence",
        description="Seconds of our clock without a message after which a station is offline",
    )
    trigger_hold_s: float = Field(
        default=60.0,
        gt=0,
        title="Trigger hold",
        description="Seconds of the data clock after an onset for which a station is triggering",
    )
    trigger_shown_s: float = Field(
        default=5.0,
        gt=0,
        title="Trigger shown",
        description="Seconds of our clock for which it is triggering at least, in a fast replay",
    )
    clock_error_s: float = Field(
        default=0.5,
        gt=0,
        title="Clock error",
        description="Estimated clock error in seconds from which a station is degraded",
    )
    latency_s: float = Field(
        default=10.0,
        gt=0,
        title="Latency",
        description="Age of the newest sample in seconds from which a station is degraded",
    )
    outbox_depth: int = Field(
        default=20,
        gt=0,
        title="Outbox depth",
        description="Messages waiting for the broker from which a station is degraded",
    )
    noise_times: float = Field(
        default=4.0,
        gt=1,
        title="Noisy",
        description="Times its own normal noise from which a station is noisy; the normal is that "
        "of the noisiest tenth of the hours of the last week",
    )
    noise_db: float = Field(
        default=30.0,
        gt=0,
        title="Noise",
        description="Decibels above both Peterson's New High Noise Model and the sensor's own "
        "noise, 0.7 to 11 Hz, from which a station is noisy",
    )
    disk_free_bytes: int = Field(
        default=500_000_000,
        ge=0,
        title="Free disk",
        description="Free bytes on disk below which a station is degraded",
    )
    disk_full_days: float = Field(
        default=3.0,
        ge=0,
        title="Disk full",
        description="Days until the disk is full, as it goes, below which a station is degraded",
    )
    hottest_c: float = Field(
        default=75.0, title="Hottest", description="Degrees Celsius above which it is too hot"
    )
    coldest_c: float = Field(
        default=-30.0, title="Coldest", description="Degrees Celsius below which it is too cold"
    )
    moved_km: float = Field(
        default=0.2,
        gt=0,
        title="Moved",
        description="Kilometres from its first place from which a station has moved",
    )
    behind_days: float = Field(
        default=3.0,
        gt=0,
        title="Behind",
        description="Days after an assignment from which a station that does not run it is behind",
    )
    certificate_days: float = Field(
        default=7.0,
        ge=0,
        title="Certificate",
        description="Days before its end from which a certificate that was not renewed is said",
    )
