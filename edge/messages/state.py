"""A station's birth certificate and last will."""

from pydantic import Field

from edge.messages.base import Code, Latitude, LocationCode, Longitude, Message
from edge.messages.clock import ClockState
from edge.messages.update import UpdateReport
from edge.timestamps import Timestamp


class ModelIdentity(Message):
    """A model that a station runs, or why it does not."""

    name: str
    version: str
    sha256: str | None = None
    scheme: str | None = None
    running: bool = True
    reason: str | None = Field(default=None, description="Why it was refused")


class State(Message):
    """Retained on the broker; `online: false` is the last will."""

    online: bool
    network: Code
    station: Code
    location: LocationCode = "00"
    agent_version: str | None = None
    sensor: str | None = None
    sampling_rate_hz: float | None = Field(default=None, gt=0)
    channels: tuple[str, ...] = ()
    latitude: Latitude | None = None
    longitude: Longitude | None = None
    elevation_m: float | None = None
    models: tuple[ModelIdentity, ...] = ()
    clock: ClockState | None = None
    changed: tuple[str, ...] = Field(
        default=(), description="Settings that were changed from afar, over the station file"
    )
    since: Timestamp | None = Field(default=None, description="When this state began")
    update: UpdateReport | None = Field(
        default=None, description="Networks over the air; None where none are looked for"
    )
    software: UpdateReport | None = Field(
        default=None, description="Agent software over the air; None where none is looked for"
    )
    configuration: UpdateReport | None = Field(
        default=None, description="Settings over the air; None where none are looked for"
    )
