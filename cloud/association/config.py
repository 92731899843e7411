"""Settings of the association of triggers with earthquakes."""

from pydantic import BaseModel, ConfigDict, Field


class AssociationConfig(BaseModel):
    """When triggers of several stations are one earthquake."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    search_radius_km: float = Field(
        default=400.0,
        gt=20,
        le=1000,
        title="Search radius",
        description="How far from the first station that triggered a source is looked for, km",
    )
    window_s: float = Field(
        default=180.0,
        gt=10,
        title="Memory for unexplained triggers",
        description="How long a trigger that fits no event may help to found one, s",
    )
    fit_sigmas: float = Field(
        default=3.0,
        gt=1,
        title="Largest residual",
        description="Residual, in standard errors, up to which an onset fits an origin",
    )
    event_rate_per_day: float = Field(
        default=10.0,
        gt=0,
        title="Seismicity",
        description="Detectable earthquakes expected a day in a million square kilometres",
    )
    distant_coda_s: float = Field(
        default=120.0,
        gt=0,
        title="Coda of distant earthquakes",
        description="How long after such a front stations go on to trigger, s",
    )
    noise_rate_per_hour: float = Field(
        default=2.0,
        gt=0,
        title="False triggers beforehand",
        description="False triggers an hour that a station is taken to send until it is known",
    )
    noise_memory_s: float = Field(
        default=3600.0,
        gt=0,
        title="Memory for false triggers",
        description="Time over which a station's own rate of false triggers is learnt, s",
    )
    coda_rate_hz: float = Field(
        default=0.01,
        gt=0,
        title="Triggers within an earthquake",
        description="Rate of further triggers expected of a station that is being shaken, Hz",
    )
    coda_s: float = Field(
        default=60.0,
        gt=0,
        title="Coda",
        description="How long after S an M5 makes further triggers, s; grows with magnitude",
    )
    s_share: float = Field(
        default=0.4,
        gt=0,
        lt=1,
        title="S triggers",
        description="Share of the stations reached by an earthquake that send a trigger for S",
    )
    late_share: float = Field(
        default=0.3,
        gt=0,
        lt=1,
        title="Late triggers",
        description="Share of triggers that miss a weak P and come somewhere before or after S",
    )
    min_log_odds: float = Field(
        default=3.0,
        title="Least evidence",
        description=(
            "Natural logarithm of the odds for an earthquake, against chance, from which "
            "triggers make an event; 3 is 20 to 1"
        ),
    )
    most_onsets: int = Field(
        default=20,
        ge=4,
        title="Triggers in one search",
        description="At most so many triggers, those nearest in time, enter one search",
    )
    most_stations: int = Field(
        default=40,
        ge=4,
        title="Neighbourhood",
        description="So many stations, the nearest, are looked at when a trigger seeks others; "
        "the silent ones of them count as evidence",
    )
