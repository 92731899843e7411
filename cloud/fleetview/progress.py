"""Rollouts as the page and other programs are told of them."""

from collections.abc import Mapping
from typing import Self

from pydantic import Field

from cloud.board.view import View
from cloud.rollout.compare import Agreement, evidence_of
from cloud.rollout.measures import Measures
from cloud.rollout.plan import ComparisonRules, RingPlan
from cloud.rollout.rollout import LIVE, Rollout, RolloutState, of_ring
from cloud.rollout.status import counts
from cloud.rollout.target import Target
from edge.timestamps import Timestamp
from edge.update.targets import Kind


class RolloutLine(View):
    """One rollout in the list."""

    id: str
    kind: Kind
    what: str = Field(description="As `rollout start` takes it")
    state: RolloutState
    live: bool = Field(description="It is not over")
    reason: str = Field(description="Why it stands so")
    ring: str | None = Field(description="The ring that it has reached; null before the first")
    started: Timestamp
    by: str

    @classmethod
    def of(cls, rollout: Rollout) -> Self:
        """Return the line of a rollout."""
        return cls(**_line(rollout))


class RingView(View):
    """One ring: what is asked of it, and how its stations stand."""

    plan: RingPlan
    begun: bool
    current: bool
    stations: int = Field(description="Those that are still there")
    counts: dict[str, int] = Field(description="Stations by how they stand")


class Side(View):
    """What the same stations showed with the one, or with the other, in charge."""

    span_s: float
    cpu_share: float | None = Field(description="Seconds of processor time a second")
    latency_s: float | None = Field(description="Mean age of the newest sample")
    memory_bytes: float | None = Field(description="Mean memory of the agent")
    quiet_s: float = Field(description="Of the span, without an earthquake in the hour before")
    triggers: int = Field(description="In that time")
    gaps: int
    restarts: int

    @classmethod
    def of(cls, sums: Measures) -> Self:
        """Return one side; null where nothing is known."""
        return cls(
            span_s=sums.span_s,
            cpu_share=sums.cpu_share if sums.span_s else None,
            latency_s=sums.latency_s if sums.reports else None,
            memory_bytes=sums.memory_bytes if sums.memory_reports else None,
            quiet_s=sums.quiet_s,
            triggers=sums.triggers,
            gaps=sums.gaps,
            restarts=sums.restarts,
        )


class Comparison(View):
    """The new one against the one before it, all stations together."""

    heard_s: float = Field(description="Seconds in shadows, all stations together")
    firings: float = Field(description="Of the new one in them")
    incumbent_firings: float = Field(description="Of the one in charge at the same time")
    before: Side
    after: Side
    rules: ComparisonRules

    @classmethod
    def of(cls, rollout: Rollout, targets: Mapping[str, Target]) -> Self:
        """Return how a rollout compares.

        Args:
            rollout: The rollout.
            targets: Its stations.
        """
        found = evidence_of(targets.values(), Agreement(), Agreement())
        return cls(
            heard_s=found.heard_s,
            firings=found.firings,
            incumbent_firings=found.incumbent_firings,
            before=Side.of(found.before),
            after=Side.of(found.after),
            rules=rollout.plan.compare,
        )


class RolloutView(RolloutLine):
    """One rollout close up."""

    rings: tuple[RingView, ...]
    ring_since: Timestamp | None
    soak_since: Timestamp | None = Field(description="When the ring had succeeded")
    held: str | None = Field(description="Why the next ring does not begin now")
    problem: str | None = Field(description="Why it could not be signed")
    comparison: Comparison

    @classmethod
    def close_up(cls, rollout: Rollout, targets: Mapping[str, Target]) -> Self:
        """Return a rollout close up.

        Args:
            rollout: The rollout.
            targets: Its stations.
        """
        return cls(
            **_line(rollout),
            rings=tuple(_rings(rollout, targets)),
            ring_since=rollout.ring_since,
            soak_since=rollout.soak_since,
            held=rollout.held,
            problem=rollout.problem,
            comparison=Comparison.of(rollout, targets),
        )


def _line(rollout: Rollout) -> dict[str, object]:
    plan = rollout.ring_plan
    return {
        "id": rollout.id,
        "kind": rollout.kind,
        "what": rollout.what,
        "state": rollout.state,
        "live": rollout.state in LIVE,
        "reason": rollout.reason,
        "ring": None if plan is None else plan.name,
        "started": rollout.started,
        "by": rollout.by,
    }


def _rings(rollout: Rollout, targets: Mapping[str, Target]) -> list[RingView]:
    return [
        RingView(
            plan=plan,
            begun=number <= rollout.ring,
            current=number == rollout.ring,
            stations=len(of_ring(targets.values(), plan.name)),
            counts=counts(targets, plan.name),
        )
        for number, plan in enumerate(rollout.plan.rings)
    ]
