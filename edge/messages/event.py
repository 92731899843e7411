"""An event: the triggers of several stations explained by one origin."""

from enum import StrEnum

from pydantic import Field

from edge.messages.base import Latitude, Longitude, Message
from edge.messages.trigger import Phase
from edge.timestamps import Timestamp


class EventStatus(StrEnum):
    """How sure the aggregator is."""

    POSSIBLE = "possible"
    PRELIMINARY = "preliminary"
    DECLARED = "declared"
    FINAL = "final"
    RETRACTED = "retracted"


class Arrival(Message):
    """One trigger's part in an event."""

    station: str = Field(description="NETWORK.STATION")
    trigger: str = Field(description="The trigger's id")
    phase: Phase
    time: Timestamp
    residual_s: float
    weight: float = Field(ge=0)
    distance_km: float = Field(ge=0, description="Epicentral distance")


class Event(Message):
    """The event as it stands at one revision."""

    id: str = Field(min_length=1, max_length=64)
    revision: int = Field(ge=0)
    status: EventStatus
    origin_time: Timestamp
    latitude: Latitude
    longitude: Longitude
    depth_km: float
    horizontal_uncertainty_km: float = Field(ge=0)
    magnitude: float | None = None
    magnitude_type: str | None = None
    magnitude_uncertainty: float | None = Field(default=None, ge=0)
    stations: tuple[str, ...] = Field(description="NETWORK.STATION of each station used")
    arrivals: tuple[Arrival, ...] = ()
    first_published: Timestamp
    published: Timestamp
    reason: str | None = Field(default=None, description="Why it was retracted")
    exercise: bool = False
