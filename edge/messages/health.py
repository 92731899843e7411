"""How a station does, every ten seconds; the latest one counts, so it travels at QoS 0."""

from enum import StrEnum

from pydantic import Field

from edge.messages.base import Code, LocationCode, Message
from edge.messages.clock import ClockState
from edge.messages.trigger import QualityFlag
from edge.timestamps import Timestamp


class NoiseLevel(Message):
    """The background of one channel in the detection band."""

    channel: str
    rms_m_s2: float = Field(ge=0)


class NoiseVerdict(StrEnum):
    """How noisy a component is where the detectors listen, 0.7 to 11 Hz."""

    SENSOR = "sensor"
    """Nothing but the sensor's own noise is heard."""
    QUIET = "quiet"
    """Less than 10 dB above the sensor's own noise and the New High Noise Model."""
    NOISY = "noisy"
    """Less than 20 dB above both."""
    VERY_NOISY = "very noisy"
    IMPLAUSIBLE = "implausible"
    """Far below the sensor's own noise: sensitivity or profile is wrong."""


class ComponentNoise(Message):
    """The background of one component: power spectral density, median of the last hour."""

    channel: str
    levels_db: tuple[float, ...] = Field(description="Of each octave, dB rel. 1 (m/s2)^2/Hz")
    above_sensor_db: float | None = Field(
        default=None, description="Above the sensor's own noise, 0.7 to 11 Hz; None: not known"
    )
    above_nlnm_db: float = Field(description="Above Peterson's New Low Noise Model, 0.7 to 11 Hz")
    above_nhnm_db: float = Field(description="Above Peterson's New High Noise Model, 0.7 to 11 Hz")
    verdict: NoiseVerdict


class NoiseSpectrum(Message):
    """The background in octaves."""

    bands_hz: tuple[float, ...] = Field(description="Middle of each octave")
    span_s: float = Field(ge=0, description="Seconds of samples that it rests on, an hour at most")
    components: tuple[ComponentNoise, ...]


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


class AlarmHealth(Message):
    """The station's own alarm."""

    ringing: bool
    count: int = Field(ge=0, description="Alarms since the start, without exercises")
    suppressed: int = Field(default=0, ge=0, description="Alarms beyond most_per_hour")
    last: Timestamp | None = Field(default=None, description="When it began last")
    problems: tuple[str, ...] = Field(default=(), description="What it would do and cannot")


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
    spectrum: NoiseSpectrum | None = Field(
        default=None, description="None in the first forty seconds"
    )
    packets: int = Field(ge=0, description="Packets accepted since the start")
    packets_dropped: int = Field(ge=0, description="Broken packets dropped since the start")
    gaps: int = Field(ge=0, description="Gaps since the start")
    clock_steps: int = Field(default=0, ge=0, description="Settings of the clock since the start")
    outbox_depth: int = Field(ge=0, description="Messages waiting for the broker")
    triggers: int = Field(ge=0, description="Triggers since the start")
    temperature_c: float | None = None
    disk_free_bytes: int | None = Field(default=None, ge=0)
    cpu_s: float | None = Field(default=None, ge=0, description="CPU time of the agent so far")
    memory_bytes: int | None = Field(
        default=None, ge=0, description="Memory of the agent that lies in RAM"
    )
    model: str | None = Field(default=None, description="Name and version of the running network")
    quality: tuple[QualityFlag, ...] = Field(
        default=(), description="What is wrong with the newest samples"
    )
    threshold: ThresholdHealth | None = Field(
        default=None, description="None where it is the configured one for ever"
    )
    archive: ArchiveHealth | None = Field(default=None, description="None where none is kept")
    alarm: AlarmHealth | None = Field(default=None, description="None where there is none")
    update: str | None = Field(
        default=None, description="How far a network over the air is; None where none is looked for"
    )
