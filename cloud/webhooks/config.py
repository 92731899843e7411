"""Rules: whom to tell of which events, and of which alarms on stations."""

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from cloud.board.trouble import Trouble
from cloud.webhooks.targets import Target
from edge.messages import EventStatus

_SECTION = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Place(BaseModel):
    """A place that somebody cares for."""

    model_config = _SECTION

    name: str = Field(
        min_length=1, max_length=60, title="Name", description="Name for people, such as Home"
    )
    latitude: float = Field(ge=-90, le=90, title="Latitude", description="Degrees north")
    longitude: float = Field(ge=-180, le=180, title="Longitude", description="Degrees east")


class Rule(BaseModel):
    """Who is told of which events or alarms; every condition that is given must hold."""

    model_config = _SECTION

    name: str = Field(
        pattern=r"^[A-Za-z0-9_-]{1,64}$",
        title="Name",
        description="Unique; deliveries are remembered under it",
    )
    target: Target = Field(title="Target", description="Whom to tell")
    about: Literal["events", "stations"] = Field(
        default="events",
        title="About",
        description="events: earthquakes; stations: alarms on stations, their begin and their end",
    )
    troubles: tuple[Trouble, ...] = Field(
        default=(),
        title="Troubles",
        description="Kinds of alarms on stations; all of them where left out",
    )
    place: Place | None = Field(
        default=None, title="Place", description="Where distance, intensity and S arrival are for"
    )
    least_status: EventStatus = Field(
        default=EventStatus.DECLARED,
        title="Least status",
        description="possible, preliminary, declared or final",
    )
    min_magnitude: float | None = Field(
        default=None, title="Least magnitude", description="Of the event"
    )
    max_distance_km: float | None = Field(
        default=None, gt=0, title="Greatest distance", description="From epicentre to place, km"
    )
    min_intensity: float | None = Field(
        default=None,
        ge=1,
        le=10,
        title="Least intensity",
        description="Modified Mercalli intensity to be expected at the place",
    )
    min_lead_s: float | None = Field(
        default=None,
        title="Least lead",
        description="S must be so far from the place yet, s; negative for a time after it",
    )
    exercise: bool = Field(
        default=False, title="Exercise", description="Tell of exercises too; they are marked"
    )
    updates: bool = Field(
        default=True,
        title="Updates",
        description="Tell of later revisions too; a retraction is always told",
    )

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        there = ("max_distance_km", "min_intensity", "min_lead_s")
        if self.place is None and any(getattr(self, name) is not None for name in there):
            raise ValueError(f"{', '.join(there)} need a place")
        if self.about == "stations":
            self._check_for_stations()
        elif self.troubles:
            raise ValueError('troubles need about = "stations"')
        if self.least_status is EventStatus.RETRACTED:
            raise ValueError("least_status: retracted events are told to those who heard of them")
        return self

    def _check_for_stations(self) -> None:
        ours = {"name", "target", "about", "troubles"}
        foreign = sorted(self.model_fields_set - ours)
        if foreign:
            raise ValueError(f"{', '.join(foreign)}: for events only, not for stations")


class WebhooksConfig(BaseModel):
    """Who is told of events, over HTTP."""

    model_config = _SECTION

    rules: tuple[Rule, ...] = Field(default=(), max_length=100, title="Rules", description="Each")
    timeout_s: float = Field(
        default=5.0, gt=0, le=60, title="Timeout", description="Seconds to wait for an answer"
    )
    retry_initial_s: float = Field(
        default=0.5, gt=0, title="First retry", description="Seconds to the first retry, at most"
    )
    retry_max_s: float = Field(
        default=60.0, gt=0, title="Longest retry", description="Most seconds between two tries"
    )
    give_up_s: float = Field(
        default=3_600.0,
        gt=0,
        title="Give up",
        description="Seconds after which a delivery is not tried again",
    )

    @model_validator(mode="after")
    def _names_differ(self) -> Self:
        names = [rule.name for rule in self.rules]
        if len(set(names)) < len(names):
            raise ValueError(f"rules need different names, not {sorted(names)}")
        if self.retry_initial_s > self.retry_max_s:
            raise ValueError("retry_initial_s is greater than retry_max_s")
        return self
