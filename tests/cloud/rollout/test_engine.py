"""The rules of rings, one by one."""

import pytest

from cloud.errors import RolloutError
from cloud.rollout.compare import Agreement, Evidence, worse
from cloud.rollout.engine import Around, Step, step
from cloud.rollout.follow import Seen, follow
from cloud.rollout.measures import Measures
from cloud.rollout.operate import aborted, paused, resumed, started
from cloud.rollout.plan import ComparisonRules, RingPlan, RolloutPlan
from cloud.rollout.rollout import Rollout, RolloutState
from cloud.rollout.target import Target, TargetStatus
from edge.messages.update import UpdateModel, UpdateReport
from edge.update.targets import Assignment, Return

SECOND = 10**9
SHA = "ab" * 32
OLD = Assignment(rollout_id="r-1", model="models/net-1.tremor", sha256="cd" * 32)
NEW = Assignment(rollout_id="r-2", model="models/net-2.tremor", sha256=SHA)
RULES = ComparisonRules()
COMMITTED, FAILED = TargetStatus.COMMITTED, TargetStatus.FAILED
WAITING, SILENT = TargetStatus.WAITING, TargetStatus.TIMED_OUT


def begun(**changes: object) -> Rollout:
    """Return a rollout whose first ring has begun at second 0."""
    ring = RingPlan(name="canary", soak_s=10.0, deadline_s=100.0, least_executed=2)
    plan = RolloutPlan(rings=(ring.model_copy(update=changes), RingPlan(name="all")))
    return after(started(NEW, plan, "ana", 0), {}, 0).rollout


def ring_of(*statuses: TargetStatus) -> dict[str, Target]:
    """Return the stations of the first ring."""
    return {
        f"XX.{number}": Target(
            station=f"XX.{number}", ring="canary", status=status, since=0, detail="why"
        )
        for number, status in enumerate(statuses)
    }


def after(
    rollout: Rollout, targets: dict[str, Target], at_s: float, hold: str | None = None
) -> Step:
    """Return a step at a second."""
    at_ns = round(at_s * SECOND)
    return step(rollout, targets, Around(at_ns, Evidence(), {"canary": OLD}, hold))


def report(ring: str = "canary", committed: str | None = None) -> UpdateReport:
    """Return what a station says."""
    model = UpdateModel(name="net", version=2, sha256=committed or "", rollout_id="r-2", since=5)
    return UpdateReport(ring=ring, phase="idle", committed=model if committed else None)


def test_the_first_ring_begins_at_once() -> None:
    """What it was to run before is kept as the way back."""
    rollout = begun()

    assert (0, {"canary": OLD}, ["canary"]) == (
        rollout.ring,
        rollout.before,
        list(rollout.pending),
    )


@pytest.mark.parametrize(
    ("statuses", "state"),
    [
        ((FAILED,), RolloutState.RETURNING),
        ((FAILED, WAITING, WAITING), RolloutState.RUNNING),
        ((FAILED, COMMITTED, WAITING), RolloutState.RETURNING),
        ((FAILED, FAILED, SILENT, SILENT, SILENT), RolloutState.RETURNING),
        ((FAILED, *[COMMITTED] * 9), RolloutState.RUNNING),
        ((), RolloutState.RUNNING),
    ],
    ids=["small ring", "too few yet", "too many", "others silent", "exactly at", "nobody"],
)
def test_errors_are_judged_when_enough_came_to_an_end(
    statuses: tuple[TargetStatus, ...], state: RolloutState
) -> None:
    """One in ten may fail."""
    assert state is after(begun(), ring_of(*statuses), 1).rollout.state


def test_a_ring_soaks_before_the_next_one() -> None:
    """Ten seconds after its success, not before."""
    stations = ring_of(COMMITTED, COMMITTED)
    early = after(begun(), stations, 20).rollout
    still = after(early, stations, 29).rollout
    late = after(still, stations, 30).rollout

    assert [0, 0, 1] == [early.ring, still.ring, late.ring]


def test_a_plan_pauses_after_a_ring() -> None:
    """Until somebody says: go on."""
    stations = ring_of(COMMITTED, COMMITTED)
    rollout = begun(soak_s=0.0, pause_after=True)
    waiting = after(rollout, stations, 20).rollout
    same = after(waiting, stations, 9_999).rollout
    on = after(resumed(same), stations, 10_000).rollout

    assert (RolloutState.PAUSED, 0) == (same.state, same.ring)
    assert (RolloutState.RUNNING, 1) == (on.state, on.ring)


def test_a_ring_of_which_nobody_answered_asks_a_person() -> None:
    """All are timed out; that is neither good nor bad."""
    done = after(begun(), ring_of(WAITING, WAITING), 100)

    assert RolloutState.PAUSED is done.rollout.state
    assert {SILENT} == {one.status for one in done.targets.values()}


def test_a_station_that_comes_after_the_deadline_counts() -> None:
    """It was not waited for, and is welcome."""
    seen = Seen({"XX.0": report(committed=SHA)})
    targets, notes = follow(begun(), ring_of(SILENT), seen, 200 * SECOND)

    assert COMMITTED is targets["XX.0"].status
    assert ["committed"] == [note.action for note in notes]


def test_no_ring_begins_on_hold() -> None:
    """Said once in the audit; when it is over, the ring begins."""
    stations = ring_of(COMMITTED, COMMITTED)
    rollout = begun(soak_s=0.0)
    held = after(rollout, stations, 20, "an earthquake")
    again = after(held.rollout, stations, 21, "an earthquake")
    free = after(again.rollout, stations, 22)

    assert ("an earthquake", 0) == (again.rollout.held, again.rollout.ring)
    assert ["soak", "hold"] == [note.action for note in (*held.notes, *again.notes)]
    assert (None, 1) == (free.rollout.held, free.rollout.ring)


def test_a_pause_holds_rings_and_not_judgement() -> None:
    """A station that fails in a pause still stops the rollout."""
    rollout = paused(begun(soak_s=0.0), "ice")
    quiet = after(rollout, ring_of(COMMITTED, COMMITTED), 50).rollout
    bad = after(rollout, ring_of(FAILED, FAILED), 50).rollout

    assert (RolloutState.PAUSED, 0) == (quiet.state, quiet.ring)
    assert RolloutState.RETURNING is bad.state
    assert 0 == after(resumed(quiet), ring_of(WAITING), 51).rollout.ring


def test_back_is_what_was_before() -> None:
    """With the word who is to leave what; where nothing was, that word alone."""
    rollout = aborted(begun(), "no", 7 * SECOND)
    without = aborted(begun().model_copy(update={"before": {"canary": None}}), "no", 7 * SECOND)
    same = aborted(begun().model_copy(update={"before": {"canary": NEW}}), "no", 7 * SECOND)

    back = OLD.model_copy(update={"rollout_id": "r-2-back", "leaving": (SHA,)})
    assert {"canary": back} == rollout.pending
    assert {"canary": Return(rollout_id="r-2-back", leaving=(SHA,))} == without.pending
    assert {"canary": NEW} == same.pending
    for one in (rollout, without, same):
        assert one == Rollout.model_validate_json(one.model_dump_json())


@pytest.mark.parametrize("state", [RolloutState.FINISHED, RolloutState.RETURNING])
def test_orders_that_come_too_late_are_refused(state: RolloutState) -> None:
    """The error says how it stands."""
    over = begun().model_copy(update={"state": state})
    with pytest.raises(RolloutError, match=f"is {state.value}"):
        aborted(over, "", 0)
    with pytest.raises(RolloutError, match=f"is {state.value}"):
        paused(over, "")
    with pytest.raises(RolloutError, match=f"is {state.value}"):
        resumed(over)


def test_a_station_that_changes_its_ring_counts_in_the_other() -> None:
    """Into no ring of the plan: it is gone."""
    seen = Seen({"XX.0": report("all"), "XX.1": report("own")})
    targets, _ = follow(begun(), ring_of(WAITING, WAITING), seen, 5)

    assert ("all", TargetStatus.PLANNED) == (targets["XX.0"].ring, targets["XX.0"].status)
    assert TargetStatus.GONE is targets["XX.1"].status


@pytest.mark.parametrize(
    ("evidence", "says"),
    [
        (Evidence(3600.0, 9, 0), None),
        (Evidence(3600.0, 30, 0), "fired 30 times"),
        (Evidence(3600.0, 170, 100), None),
        (Evidence(3600.0, 220, 100), "fired 220 times"),
        (Evidence(agreement_before=Agreement(19, 19), agreement_after=Agreement(50, 0)), None),
        (
            Evidence(agreement_before=Agreement(100, 90), agreement_after=Agreement(100, 65)),
            None,
        ),
        (
            Evidence(agreement_before=Agreement(100, 90), agreement_after=Agreement(100, 50)),
            "saw 50%",
        ),
        (
            Evidence(
                before=Measures(span_s=4e3, cpu_s=400, latency_sum_s=100, reports=100),
                after=Measures(span_s=4e3, cpu_s=500, latency_sum_s=250, reports=100),
            ),
            "samples are 2.5 s old",
        ),
        (
            Evidence(before=Measures(span_s=4e3, cpu_s=400), after=Measures(span_s=4e3, cpu_s=700)),
            "0.175 s of processor time",
        ),
        (
            Evidence(before=Measures(span_s=4e3, cpu_s=400), after=Measures(span_s=60, cpu_s=60)),
            None,
        ),
    ],
)
def test_worse_is_more_than_chance(evidence: Evidence, says: str | None) -> None:
    """Few counts and small differences say nothing."""
    found = worse(evidence, RULES)

    assert (says is None) == (found is None)
    assert (says or "") in (found or "")


def test_a_ring_has_one_place_in_a_plan() -> None:
    """And its errors must be a threshold."""
    with pytest.raises(ValueError, match="rings canary come twice"):
        RolloutPlan(rings=(RingPlan(name="canary"), RingPlan(name="canary")))
    with pytest.raises(ValueError, match="'some' is no threshold"):
        RingPlan(name="canary", errors="some")
