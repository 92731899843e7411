"""Settings of catalogues."""

from pydantic import BaseModel, ConfigDict, Field


class CatalogueConfig(BaseModel):
    """When picks of a file are an event."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    search_radius_km: float = Field(
        default=120.0,
        gt=20,
        le=1000,
        title="Search radius",
        description="How far from the first station that picked P a source is looked for, km",
    )
    deepest_km: float = Field(
        default=120.0,
        ge=10,
        le=300,
        title="Deepest source",
        description="Sources are not looked for below this depth, km",
    )
    farthest_km: float = Field(
        default=400.0,
        gt=20,
        le=1200,
        title="Farthest station",
        description="Stations farther from a source than this are not looked at, km",
    )
    least_picks: int = Field(
        default=6,
        ge=3,
        title="Fewest picks",
        description="An event has at least so many picks, P and S together",
    )
    least_p: int = Field(
        default=3, ge=1, title="Fewest P", description="An event has P of at least so many stations"
    )
    least_p_share: float = Field(
        default=0.33,
        ge=0,
        lt=1,
        title="Share of P",
        description="At least this share of an event's picks is P: many S with hardly a P are P of "
        "another event",
    )
    largest_misfit: float = Field(
        default=0.75,
        gt=0,
        title="Misfit of good events",
        description="Events whose picks have a larger mean residual, in standard errors, are "
        "looked for when those that fit better have got theirs",
    )
    least_log_odds: float = Field(
        default=3.0,
        title="Least evidence",
        description="Natural logarithm of the odds for an earthquake, against chance, from which "
        "picks make an event",
    )
    pick_error_s: float = Field(
        default=0.1,
        gt=0,
        title="Error of a pick",
        description="Standard error of picks that state none, s",
    )
    most_arrivals: int = Field(
        default=32,
        ge=4,
        title="Arrivals used",
        description="The earliest so many arrivals locate an event",
    )
