"""The station's configuration file.

[station]    who and where it is
[source]     where the samples come from (`type` chooses)
[detection]  detectors and the life of a trigger
[archive]    what is kept of the samples
[alarm]      rings on the spot; off where left out
[home_assistant]  makes the station a device of Home Assistant; off where left out
[seedlink_server]  serves them to SeisComP, ObsPy and Swarm; off where left out
[mqtt]       the broker
[clock]      who is asked how good the host's clock is
[configure]  whether and how the configuration may be changed from afar
[update]     networks, settings and software over the air; off where left out
[enrolment]  a certificate for the broker, by a one-time token; off where left out
[replay]     only for recordings: how fast, and against which epoch
state_dir    where the station keeps what must survive a power cut
"""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from edge.alarm.config import AlarmConfig
from edge.archive.config import ArchiveConfig
from edge.clock.config import ClockSection
from edge.detect.adaptive import AdaptiveConfig
from edge.detect.gate import GateConfig
from edge.detect.sta_lta import StaLtaConfig
from edge.enrol.config import EnrolmentSection
from edge.homeassistant.config import HomeAssistantConfig
from edge.messages.base import Code, Latitude, LocationCode, Longitude
from edge.metrics.config import MetricsConfig
from edge.mqtt import MqttConfig
from edge.reconfigure.config import ConfigureSection
from edge.serve.config import SeedLinkServerConfig
from edge.settings import load_settings
from edge.sources import SourceConfig
from edge.timestamps import Timestamp
from edge.update.config import UpdateSection

_SECTION = ConfigDict(frozen=True, extra="forbid")


class StationSection(BaseModel):
    """Who and where the station is."""

    model_config = _SECTION

    network: Code = Field(title="Network", description="Network code, for example XX")
    station: Code = Field(title="Station", description="Station code, for example KARA1")
    location: LocationCode = Field(default="00", title="Location", description="Location code")
    latitude: Latitude = Field(title="Latitude", description="Degrees north, WGS 84")
    longitude: Longitude = Field(title="Longitude", description="Degrees east, WGS 84")
    elevation_m: float = Field(
        default=0.0, ge=-500, le=9000, title="Elevation", description="Metres above the sea"
    )


class ModelSection(BaseModel):
    """The network that runs beside STA/LTA."""

    model_config = _SECTION

    enabled: bool = Field(default=True, title="Enabled", description="Run a network at all")
    bundle: Path | None = Field(
        default=None,
        title="Bundle",
        description="Model bundle (.tremor), or the name of one that came with the agent; "
        "tremor_stream where left out",
    )
    threshold: float | None = Field(
        default=None,
        gt=0,
        lt=1,
        title="Threshold",
        description="Score that fires; the bundle's own where left out",
    )


class TriggerSection(BaseModel):
    """The life of a trigger."""

    model_config = _SECTION

    update_at_s: tuple[float, ...] = Field(
        default=(1.0, 2.0, 3.0, 5.0),
        title="Updates",
        description="Seconds after the onset at which a revision is sent",
    )
    final_at_s: float = Field(
        default=10.0, gt=1, le=80, title="Final", description="Seconds after the onset of the last"
    )
    sustain_s: float = Field(
        default=1.5,
        ge=0,
        le=10,
        title="Sustained",
        description="Seconds that shaking must last; a shorter bump is retracted",
    )


class DetectionSection(BaseModel):
    """Detectors and triggers."""

    model_config = _SECTION

    sta_lta: StaLtaConfig = Field(default=StaLtaConfig(), title="STA/LTA")
    model: ModelSection = Field(default=ModelSection(), title="Network")
    adaptive: AdaptiveConfig = Field(default=AdaptiveConfig(), title="Adaptive")
    gate: GateConfig = Field(default=GateConfig(), title="Gate")
    trigger: TriggerSection = Field(default=TriggerSection(), title="Trigger")


class ReplaySection(BaseModel):
    """How a recording is replayed by `edge-agent run`."""

    model_config = _SECTION

    speed: float = Field(default=1.0, gt=0, le=1000, title="Speed", description="Times real time")
    data_start: Timestamp | None = Field(
        default=None,
        title="Data start",
        description="Data time that stands for wall_start; the first packet's where left out",
    )
    wall_start: Timestamp | None = Field(
        default=None, title="Wall start", description="Wall time at which the replay begins"
    )
    start_file: Path | None = Field(
        default=None,
        title="Start file",
        description="The replay waits for this file and takes wall_start from it, so that several "
        "processes that start at leisure begin together",
    )


class StationConfig(BaseModel):
    """The whole file."""

    model_config = _SECTION

    station: StationSection
    source: SourceConfig
    detection: DetectionSection = Field(default=DetectionSection())
    archive: ArchiveConfig = Field(default=ArchiveConfig())
    alarm: AlarmConfig | None = Field(default=None)
    home_assistant: HomeAssistantConfig | None = Field(default=None)
    seedlink_server: SeedLinkServerConfig | None = Field(default=None)
    metrics: MetricsConfig | None = Field(default=None)
    mqtt: MqttConfig = Field(default=MqttConfig())
    clock: ClockSection = Field(default=ClockSection())
    configure: ConfigureSection = Field(default=ConfigureSection())
    update: UpdateSection = Field(default=UpdateSection())
    enrolment: EnrolmentSection | None = Field(default=None)
    replay: ReplaySection | None = Field(default=None)
    state_dir: Path = Field(
        default=Path("/var/lib/edge-agent"),
        title="State directory",
        description="Outbox and other things that must survive a power cut",
    )


def load_station_config(path: Path) -> StationConfig:
    """Return the configuration of a station file.

    Raises:
        ConfigError: With every problem, its line, key path, value and remedy.
    """
    return load_settings(path, StationConfig)
