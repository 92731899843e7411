"""The section `[rollouts]`: in which rings something goes to the fleet, and what is asked of it."""

from typing import Annotated, Final, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from cloud.rollout.threshold import ThresholdText

_SECTION: Final = ConfigDict(frozen=True, extra="forbid")
_DAY_S: Final = 86_400.0
_LONGEST_S: Final = 365 * _DAY_S

RingName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,31}$")]


class RingPlan(BaseModel):
    """One ring: the stations whose `[update] ring` says so."""

    model_config = _SECTION

    name: RingName = Field(title="Name", description="As stations say it in [update] ring")
    success_percent: float = Field(
        default=90.0,
        gt=0,
        le=100,
        title="Success",
        description="Percent of the stations that answered that must have committed it before the "
        "next ring begins",
    )
    errors: ThresholdText = Field(
        default="10%",
        title="Errors",
        description="Stations that may reject it or roll it back, as a share of those that came to "
        "an end (10%) or as a number (3); with more, the rollout is stopped and taken back",
    )
    least_executed: int = Field(
        default=3,
        ge=1,
        le=100_000,
        title="Least executed",
        description="Stations that must have come to an end before anything is judged; all of a "
        "smaller ring",
    )
    soak_s: float = Field(
        default=_DAY_S,
        ge=0,
        le=_LONGEST_S,
        title="Soak",
        description="Seconds between the success of a ring and the next one",
    )
    deadline_s: float = Field(
        default=3 * _DAY_S,
        gt=0,
        le=_LONGEST_S,
        title="Deadline",
        description="Seconds after which stations that have said nothing are not waited for",
    )
    pause_after: bool = Field(
        default=False,
        title="Pause after",
        description="Wait for `rollout resume` before the next ring",
    )


class ComparisonRules(BaseModel):
    """When it is worse than the one before it, over all stations that tried it."""

    model_config = _SECTION

    firings_factor: float = Field(
        default=1.5,
        ge=1,
        le=100,
        title="Firings",
        description="In the shadow it may fire so many times as often as the network in charge",
    )
    least_firings: int = Field(
        default=10,
        ge=1,
        title="Least firings",
        description="With fewer firings of it in all shadows their number is not judged",
    )
    agreement_drop: float = Field(
        default=0.1,
        ge=0,
        le=1,
        title="Agreement",
        description="Share of confirmed earthquakes nearby that its stations may miss more",
    )
    least_chances: int = Field(
        default=20,
        ge=1,
        title="Least chances",
        description="Stations times confirmed earthquakes nearby, with either network, before "
        "agreement is judged",
    )
    latency_more_s: float = Field(
        default=1.0,
        ge=0,
        le=60,
        title="Latency",
        description="Seconds by which the newest sample may be older than with the one before",
    )
    cpu_factor: float = Field(
        default=1.5,
        ge=1,
        le=100,
        title="CPU",
        description="The agent may need so many times the processor time",
    )
    memory_factor: float = Field(
        default=1.5,
        ge=1,
        le=100,
        title="Memory",
        description="The agent may have so many times the memory",
    )
    rates_factor: float = Field(
        default=3.0,
        ge=1,
        le=1000,
        title="Rates",
        description="Triggers, gaps and restarts of the agent may come so many times as often",
    )
    least_counts: int = Field(
        default=10,
        ge=1,
        title="Least counts",
        description="Fewer triggers, gaps or restarts with it, over all stations, are not judged",
    )
    least_span_s: float = Field(
        default=3600.0,
        ge=0,
        title="Least span",
        description="Seconds, over all stations, with the old one and with the new before what "
        "they cost and what happens is judged",
    )


class RolloutPlan(BaseModel):
    """Rings in their order, and how the new one is compared."""

    model_config = _SECTION

    rings: tuple[RingPlan, ...] = Field(
        default=(
            RingPlan(name="canary"),
            RingPlan(name="early", least_executed=5),
            RingPlan(name="all", least_executed=10, soak_s=0.0, deadline_s=14 * _DAY_S),
        ),
        min_length=1,
        max_length=16,
        title="Rings",
        description="In this order: canary, early and all where left out",
    )
    compare: ComparisonRules = Field(
        default=ComparisonRules(),
        title="Comparison",
        description="When it is worse than the one before it",
    )

    @model_validator(mode="after")
    def _each_ring_once(self) -> Self:
        names = [ring.name for ring in self.rings]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"rings {', '.join(twice)} come twice: a ring has one place")
        return self


class RolloutsConfig(RolloutPlan):
    """The section: the plan of new rollouts, and how the centre works on them."""

    look_s: float = Field(
        default=10.0,
        gt=0,
        le=3600,
        title="Look",
        description="Seconds between two looks at the stations while a rollout runs",
    )
    hold_after_event_s: float = Field(
        default=3600.0,
        ge=0,
        le=30 * _DAY_S,
        title="Hold after an event",
        description="No ring begins so many seconds after a confirmed earthquake",
    )

    def plan(self) -> RolloutPlan:
        """Return what a new rollout keeps."""
        return RolloutPlan(rings=self.rings, compare=self.compare)
