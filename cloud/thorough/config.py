"""The section `[thorough]` of the centre's file."""

from pydantic import BaseModel, ConfigDict, Field

from edge.messages import EventStatus


class RelocationConfig(BaseModel):
    """How an event is located from waveforms."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    model_error_s: float = Field(
        default=0.15,
        gt=0,
        title="Travel-time error at the source",
        description="Standard error of the velocity model at no distance, s",
    )
    model_error_share: float = Field(
        default=0.03,
        ge=0,
        title="Growth of the travel-time error",
        description="What that error grows by for each second of travel time, s/s",
    )
    fit_sigmas: float = Field(
        default=3.0,
        gt=1,
        title="Largest residual",
        description="Residual, in standard errors, up to which a pick fits an origin",
    )
    most_arrivals: int = Field(
        default=32,
        ge=4,
        title="Arrivals used",
        description="The earliest so many arrivals locate the event",
    )
    least_stations: int = Field(
        default=3,
        ge=2,
        title="Least stations",
        description="Stations with a pick from waveforms from which the event is located anew",
    )
    model_uncertainty_km: float = Field(
        default=2.0,
        ge=0,
        title="Uncertainty of the model",
        description="What the velocity model's common errors add to the stated uncertainty of an "
        "epicentre, however many arrivals there are, km",
    )
    retract_stations: int = Field(
        default=5,
        ge=0,
        title="Retracted up to",
        description="An event of no more stations is retracted when the waveforms of those that "
        "triggered show neither P nor S",
    )


class ThoroughConfig(BaseModel):
    """Waveforms of an event: whom to ask, for what, how long to wait."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    enabled: bool = Field(
        default=True,
        title="Enabled",
        description="Ask the stations of an event for their waveforms and locate it from them",
    )
    ask_from: EventStatus = Field(
        default=EventStatus.PRELIMINARY,
        title="Asked from",
        description="The least status of an event for which stations are asked: "
        "possible, preliminary or declared",
    )
    most_stations: int = Field(
        default=24,
        ge=3,
        title="Stations",
        description="So many of the stations that triggered are asked, the nearest first",
    )
    neighbours: int = Field(
        default=8,
        ge=0,
        title="Neighbours",
        description="So many of the stations that did not trigger are asked, the nearest first",
    )
    neighbours_within_km: float = Field(
        default=100.0,
        ge=0,
        title="Neighbourhood",
        description="Stations that did not trigger are asked within this distance of the "
        "epicentre, or as far as others triggered, km",
    )
    farthest_km: float = Field(
        default=400.0,
        gt=10,
        title="Farthest",
        description="Stations farther from the epicentre are not asked, km",
    )
    before_p_s: float = Field(
        default=30.0,
        ge=5,
        le=120,
        title="Before P",
        description="Seconds before the expected P that are asked for: noise to compare with",
    )
    after_s_s: float = Field(
        default=40.0,
        ge=5,
        le=300,
        title="After S",
        description="Seconds after the expected S that are asked for",
    )
    delay_s: float = Field(
        default=3.0,
        ge=0,
        title="Delay",
        description="A station is asked so long after the last sample that is wanted of it, s",
    )
    deadline_s: float = Field(
        default=60.0,
        gt=0,
        title="Deadline",
        description="So long after the last station could be asked the event is located from what "
        "has come, s",
    )
    attempts: int = Field(
        default=3,
        ge=1,
        le=10,
        title="Attempts",
        description="How often a station that refuses for now is asked for one stretch at most",
    )
    rounds: int = Field(
        default=2,
        ge=1,
        le=5,
        title="Rounds",
        description="Revisions from waveforms at most: when an event has moved or grown, stations "
        "that it did not concern before are asked too",
    )
    most_events: int = Field(
        default=16,
        ge=1,
        title="Events at once",
        description="So many events are asked about at the same time; the smallest give way",
    )
