"""What a screen is told: the live picture as JSON, and the part of it that changed.

One model serves both. A picture with `full` set replaces everything the receiver knew; without
it, it holds only what changed since the sequence number that the receiver had reached.
"""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from cloud.board.alarm import FleetAlarm
from cloud.board.twin import Twin
from cloud.board.view import View
from edge.messages import Event, Health, State, Trigger
from edge.timestamps import Timestamp

NANOSECONDS_PER_MINUTE = 60_000_000_000

_StationId = Annotated[str, Field(description="NETWORK.STATION", examples=["MX.003"])]


class Mode(StrEnum):
    """What the operator looks at; everything but `live` is said in a banner."""

    LIVE = "live"
    REPLAY = "replay"
    DEMO = "demo"
    EXERCISE = "exercise"


class Condition(StrEnum):
    """A station in one word, as the map colours it."""

    QUIET = "quiet"
    TRIGGERING = "triggering"
    DEGRADED = "degraded"
    OFFLINE = "offline"


class StationView(View):
    """One station as it stands: what it said last, and what we make of it."""

    id: _StationId
    condition: Condition
    reasons: tuple[str, ...] = Field(
        default=(), description="Why the station is not quiet and well, one short text each"
    )
    latitude: float | None = Field(description="Degrees north; null until the station told")
    longitude: float | None = Field(description="Degrees east; null until the station told")
    state: State | None = None
    health: Health | None = None
    last_trigger: str | None = Field(default=None, description="Id of its newest trigger")
    heard: Timestamp = Field(description="Data-clock time of its last message of any kind")
    twin: Twin | None = Field(
        default=None, description="What it is to run against what it runs; null: no updates"
    )
    certificate_until: Timestamp | None = Field(
        default=None, description="End of its certificate, where the centre signed it"
    )


class HealthPoint(View):
    """One point of a station's history."""

    time: Timestamp
    noise_m_s2: float | None = Field(description="Largest rms noise of its channels, m/s2")
    latency_s: float | None = Field(description="Age of the newest sample, seconds")
    clock_error_s: float | None = Field(description="Estimated clock error, one sigma, seconds")
    temperature_c: float | None = None


class MinuteCount(View):
    """New triggers of the whole network in one minute of the data clock."""

    minute: Timestamp = Field(description="Begin of the minute")
    triggers: int = Field(ge=0)


class Picture(View):
    """The live picture, or what changed of it."""

    full: bool = Field(description="Replaces what the receiver knew; false: changes only")
    instance: str = Field(description="Changes when the aggregator restarts; numbers begin anew")
    sequence: int = Field(ge=0, description="How far this picture reaches")
    now: Timestamp = Field(description="The data clock: the time that the network is at")
    speed: float = Field(gt=0, description="Seconds of the data clock in a second of ours")
    mode: Mode
    note: str | None = Field(default=None, description="What is replayed or exercised")
    stations: tuple[StationView, ...] = ()
    triggers: tuple[Trigger, ...] = ()
    events: tuple[Event, ...] = ()
    alarms: tuple[FleetAlarm, ...] = Field(
        default=(), description="On stations; those that are over too"
    )
    activity: tuple[MinuteCount, ...] = Field(
        default=(), description="Whole history where it changed, else empty; minutes of 0 left out"
    )

    @property
    def empty(self) -> bool:
        """Nothing changed."""
        return not (self.full or self.stations or self.triggers or self.events or self.alarms)


class Clock(View):
    """The heartbeat of the stream: the data clock, when nothing else is to be said."""

    now: Timestamp
    speed: float = Field(gt=0)


def latest_point(health: Health) -> HealthPoint:
    """Return the point that a health report adds to a station's history."""
    return HealthPoint(
        time=health.time,
        noise_m_s2=max((level.rms_m_s2 for level in health.noise), default=None),
        latency_s=health.latency_s,
        clock_error_s=health.clock.error_s if health.clock is not None else None,
        temperature_c=health.temperature_c,
    )
