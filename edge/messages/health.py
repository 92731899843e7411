"""How a station does, every ten seconds; the latest one counts, so it travels at QoS 0."""

from pydantic import Field

from edge.messages.base import Code, LocationCode, Message
from edge.messages.clock import ClockState
from edge.messages.trigger import QualityFlag
from edge.timestamps import Timestamp


class NoiseLevel(Message):
    """The background of one channel in the detection band."""

    channel: str
    rms_m_s2: float = Field(ge=0)


class ArchiveHealth(Message):
    """How the station's own recordings do."""

    ok: bool = Field(description="The disk took what was last written")
    problem: str | None = Field(default=None, description="What is wrong, if something is")
    size_bytes: int = Field(default=0, ge=0)
    oldest_day: str | None = Field(default=None, description="The oldest day that is kept, UTC")
    lost_s: float = Field(default=0.0, ge=0, description="Seconds not recorded since the start")


class ThresholdHealth(Message):
    """The threshold of STA/LTA where it follows the site's noise."""

    hour: int = Field(ge=0, le=23, description="Hour of the day, UTC")
    level: float = Field(ge=0, description="Ratio that noise reaches in a hundredth of its minutes")
    threshold: float = Field(gt=0, description="Ratio that fires in this hour")
    configured: float = Field(gt=0, description="sta_lta.on_ratio")
    reason: str


class Health(Message):
    """One health report."""

    network: Code
    station: Code
    location: LocationCode = "00"
    time: Timestamp
    clock: ClockState | None = None
    sampling_rate_hz: float | None = Field(default=None, gt=0, description="Estimated true rate")
    latency_s: float | None = Field(default=None, description="Age of the newest sample")
    noise: tuple[NoiseLevel, ...] = ()
    packets: int = Field(ge=0, description="Packets accepted since the start")
    packets_dropped: int = Field(ge=0, description="Broken packets dropped since the start")
    gaps: int = Field(ge=0, description="Gaps since the start")
    clock_steps: int = Field(default=0, ge=0, description="Settings of the clock since the start")
    outbox_depth: int = Field(ge=0, description="Messages waiting for the broker")
    triggers: int = Field(ge=0, description="Triggers since the start")
    temperature_c: float | None = None
    disk_free_bytes: int | None = Field(default=None, ge=0)
    cpu_s: float | None = Field(default=None, ge=0, description="CPU time of the agent so far")
    model: str | None = Field(default=None, description="Name and version of the running network")
    quality: tuple[QualityFlag, ...] = Field(
        default=(), description="What is wrong with the newest samples"
    )
    threshold: ThresholdHealth | None = Field(
        default=None, description="None where it is the configured one for ever"
    )
    archive: ArchiveHealth | None = Field(default=None, description="None where none is kept")
