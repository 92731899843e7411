"""Rollouts as the page is told of them."""

from cloud.fleetview.progress import Comparison, RolloutLine, RolloutView
from cloud.rollout.measures import Measures
from cloud.rollout.rollout import RolloutState
from cloud.rollout.target import Target, TargetStatus
from edge.update.targets import Kind, SoftwareAssignment
from tests.cloud.rollout.test_engine import begun

FIGURES = {"heard_s": 60.0, "firings": 2.0, "incumbent_firings": 1.0, "incumbent_hops": 9.0}
SUMS = Measures(
    span_s=10.0,
    cpu_s=1.0,
    latency_sum_s=6.0,
    reports=3,
    memory_sum_bytes=8e7,
    memory_reports=1,
    quiet_s=5.0,
    triggers=4,
    gaps=1,
    restarts=2,
)


def target(name: str, status: TargetStatus, **changes: object) -> Target:
    """Return a canary."""
    known = Target(station=f"XX.{name}", ring="canary", status=status, since=0)
    return known.model_copy(update=changes)


def test_before_any_station_answers_nothing_is_compared() -> None:
    """Null, not zero: a page must not show that nothing costs nothing."""
    found = Comparison.of(begun(), {})

    assert (None, None, None) == (
        found.after.cpu_share,
        found.after.latency_s,
        found.after.memory_bytes,
    )
    assert (0.0, 0.0) == (found.heard_s, found.before.span_s)


def test_figures_of_all_stations_are_added_up() -> None:
    """Shadows of all, both sides of those in which the new one took charge."""
    there = {
        "a": target("A", TargetStatus.COMMITTED, figures=FIGURES, before=SUMS, after=SUMS),
        "b": target("B", TargetStatus.TRYING, figures=FIGURES, before=SUMS),
    }
    found = Comparison.of(begun(), there)

    assert (120.0, 4.0, 2.0) == (found.heard_s, found.firings, found.incumbent_firings)
    assert (0.1, 2.0, 8e7) == (
        found.after.cpu_share,
        found.after.latency_s,
        found.after.memory_bytes,
    )
    assert (10.0, 4, 1, 2) == (
        found.before.span_s,
        found.before.triggers,
        found.before.gaps,
        found.before.restarts,
    )


def test_a_rollout_that_is_over_is_not_live() -> None:
    """Its rings stay as they were."""
    over = begun().model_copy(update={"state": RolloutState.FINISHED})
    view = RolloutView.close_up(over, {"a": target("A", TargetStatus.COMMITTED)})

    assert (False, {"committed": 1}) == (view.live, view.rings[0].counts)
    assert [True, False] == [ring.current for ring in view.rings]
    waits = begun().model_copy(update={"ring": -1})
    assert RolloutLine.of(waits).ring is None


def test_every_kind_has_a_line() -> None:
    """Software is named without platform and Python."""
    order = SoftwareAssignment(
        rollout_id="s-1",
        version="1.2.0",
        archives={"software/tremorkit-1.2.0-aarch64-cp313.tar": "ef" * 32},
    )
    line = RolloutLine.of(begun().model_copy(update={"order": order}))

    assert (Kind.SOFTWARE, "software/tremorkit-1.2.0") == (line.kind, line.what)
