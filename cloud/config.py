"""The centre's configuration file.

[mqtt]        the broker
[ingest]      processes that receive
[web]         where the page is served
[store]       the database
[waveforms]   recordings that stations send
[aggregator]  association, location, magnitude, publishing
[guard]       which stations are believed
[fleet]       when the centre alarms on stations
[retention]   how long what is kept
[picking]     the deep picker
[thorough]    whose waveforms are asked for, when an event begins
[identity]    who the centre is, in what it tells others
[webhooks]    who is told of events over HTTP
[updates]     networks for stations
[rollouts]    in which rings they go to the fleet
[enrolment]   certificates for stations; off where left out
[screen]      what the page says of itself
[replay]      only for recordings: how fast, and against which epoch
state_dir     where the centre keeps what must survive a power cut
"""

from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from cloud.aggregator import AggregatorConfig
from cloud.board import BoardConfig
from cloud.enrolment.config import EnrolmentConfig
from cloud.fanin.config import IngestConfig
from cloud.fleetview.config import FleetConfig
from cloud.fleetview.retention import RetentionConfig
from cloud.guard import GuardConfig
from cloud.identity import IdentityConfig
from cloud.picking.config import PickingConfig
from cloud.release.config import UpdatesConfig
from cloud.rollout.plan import RolloutsConfig
from cloud.store import KeeperConfig
from cloud.thorough.config import ThoroughConfig
from cloud.waveforms import WaveformConfig
from cloud.web import WebConfig
from cloud.webhooks import WebhooksConfig
from edge.config import ReplaySection
from edge.errors import ConfigError
from edge.mqtt import MqttConfig
from edge.settings import load_settings

_SECTION = ConfigDict(frozen=True, extra="forbid")


class WebSection(WebConfig):
    """The page."""

    model_config = _SECTION

    host: str = Field(
        default="127.0.0.1", title="Address", description="Where to listen; 0.0.0.0 for everybody"
    )
    port: int = Field(
        default=8080, ge=0, le=65535, title="Port", description="TCP port, 0 for a free one"
    )


class StoreSection(BaseModel):
    """The database."""

    model_config = _SECTION

    url: str | None = Field(
        default=None,
        title="URL",
        description="SQLAlchemy URL, such as postgresql://tremor@db.example.org/tremor; "
        "an SQLite file in state_dir where left out",
    )
    password_file: Path | None = Field(
        default=None,
        title="Password file",
        description="File whose first line is the password, in place of one in the URL",
    )
    away: KeeperConfig = Field(
        default=KeeperConfig(),
        title="Away",
        description="What waits while the database is away",
    )

    @model_validator(mode="after")
    def _password_needs_a_url(self) -> Self:
        if self.password_file is not None and self.url is None:
            raise ValueError("password_file needs a url: the SQLite file has no password")
        return self

    def read_password(self) -> str | None:
        """Return the password of the file.

        Raises:
            ConfigError: The file cannot be read.
        """
        if self.password_file is None:
            return None
        try:
            text = self.password_file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            problem = f"store.password_file: cannot read {self.password_file}: {error}"
            raise ConfigError(None, [problem]) from error
        return text.partition("\n")[0].rstrip("\r")


class ServiceConfig(BaseModel):
    """The whole file."""

    model_config = _SECTION

    mqtt: MqttConfig = Field(default=MqttConfig())
    ingest: IngestConfig = Field(default=IngestConfig())
    web: WebSection = Field(default=WebSection())
    store: StoreSection = Field(default=StoreSection())
    waveforms: WaveformConfig = Field(default=WaveformConfig())
    aggregator: AggregatorConfig = Field(default=AggregatorConfig())
    guard: GuardConfig = Field(default=GuardConfig())
    fleet: FleetConfig = Field(default=FleetConfig())
    retention: RetentionConfig = Field(default=RetentionConfig())
    picking: PickingConfig = Field(default=PickingConfig())
    thorough: ThoroughConfig = Field(default=ThoroughConfig())
    identity: IdentityConfig = Field(default=IdentityConfig())
    webhooks: WebhooksConfig = Field(default=WebhooksConfig())
    updates: UpdatesConfig = Field(default=UpdatesConfig())
    rollouts: RolloutsConfig = Field(default=RolloutsConfig())
    enrolment: EnrolmentConfig | None = Field(default=None)
    screen: BoardConfig = Field(default=BoardConfig())
    replay: ReplaySection | None = Field(default=None)
    state_dir: Path = Field(
        default=Path("/var/lib/cloud-aggregator"),
        title="State directory",
        description="Database and outbox",
    )

    @property
    def updates_folder(self) -> Path:
        """The repository of updates."""
        return self.updates.folder or self.state_dir / "updates"


def load_service_config(path: Path) -> ServiceConfig:
    """Return the configuration of a centre's file.

    Raises:
        ConfigError: With every problem, its line, key path, value and remedy.
    """
    return load_settings(path, ServiceConfig)
