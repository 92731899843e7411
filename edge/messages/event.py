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


class EventMethod(StrEnum):
    """What an event is located from."""

    TRIGGERS = "triggers"
    WAVEFORMS = "waveforms"


class Arrival(Message):
    """One arrival's part in an event."""

    station: str = Field(description="NETWORK.STATION")
    trigger: str = Field(
        description="The trigger's id; a name of its own where it was picked from waveforms"
    )
    picker: str | None = Field(
        default=None, description="Who picked it from waveforms, name and version"
    )
    phase: Phase
    time: Timestamp
    residual_s: float
    weight: float = Field(ge=0)
    distance_km: float = Field(ge=0, description="Epicentral distance")


class MagnitudeEstimate(Message):
    """One kind of magnitude of an event."""

    type: str = Field(min_length=1, max_length=16, description="Mpd, Mtc, Mew, ML or Mw")
    value: float
    uncertainty: float = Field(ge=0, description="Standard error")
    uncertainty_up: float | None = Field(
        default=None, ge=0, description="Error upwards where it is larger: the kind saturates"
    )
    stations: int = Field(ge=1, description="Number of stations that it is from")
    window_s: float | None = Field(
        default=None, ge=0, description="Longest stretch of data that it is from, s"
    )


class Ellipsoid(Message):
    """Where the hypocentre lies with a probability, as QuakeML's ConfidenceEllipsoid tells it."""

    semi_major_km: float = Field(ge=0)
    semi_intermediate_km: float = Field(ge=0)
    semi_minor_km: float = Field(ge=0)
    major_azimuth_deg: float = Field(description="Of the major axis, clockwise from north")
    major_plunge_deg: float = Field(description="Of the major axis, down from the horizontal")
    major_rotation_deg: float = Field(description="Of the other two axes about the major one")
    confidence: float = Field(gt=0, lt=1, description="Probability within")


class StationShaking(Message):
    """The largest ground motion that a station told of an event so far."""

    station: str = Field(description="NETWORK.STATION")
    distance_km: float = Field(ge=0, description="Epicentral distance")
    pga_m_s2: float | None = Field(default=None, ge=0)
    pgv_m_s: float | None = Field(default=None, ge=0)
    mmi: float | None = Field(default=None, description="Modified Mercalli intensity")
    jma_intensity: float | None = Field(default=None, description="JMA instrumental intensity")


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
    method: EventMethod = Field(default=EventMethod.TRIGGERS, description="What it is located from")
    magnitude: float | None = None
    magnitude_type: str | None = None
    magnitude_uncertainty: float | None = Field(default=None, ge=0)
    magnitudes: tuple[MagnitudeEstimate, ...] = Field(
        default=(), description="Each kind there is; `magnitude` is the preferred one"
    )
    ellipsoid: Ellipsoid | None = Field(default=None, description="Of the hypocentre")
    shaking: tuple[StationShaking, ...] = Field(
        default=(), description="As observed, the nearest stations, the nearest first"
    )
    stations: tuple[str, ...] = Field(description="NETWORK.STATION of each station used")
    arrivals: tuple[Arrival, ...] = ()
    false_association_odds: float | None = Field(
        default=None,
        ge=0,
        le=1,
        description="Probability that chance brought these triggers together, by what the stations "
        "sent and did not send; none for an event that is retracted",
    )
    first_published: Timestamp
    published: Timestamp
    reason: str | None = Field(default=None, description="Why it was retracted")
    exercise: bool = False
