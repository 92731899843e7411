"""The rules of rings, one by one."""

import pytest

from cloud.errors import RolloutError
from cloud.rollout.compare import Agreement, Evidence, Paired, evidence_of, worse
from cloud.rollout.engine import Around, Step, step
from cloud.rollout.follow import Seen, follow
from cloud.rollout.measures import Measures, Reading
from cloud.rollout.operate import aborted, paused, resumed, started, superseding
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


def happened(hours: float = 10.0, **counts: int) -> Measures:
    """Return what came in some hours."""
    return Measures(span_s=hours * 3600, quiet_s=hours * 3600, cpu_s=10.0, **counts)


def sides(before: Measures, with_it: Measures) -> Evidence:
    """Return what stations showed with the one and with the other."""
    return Evidence(before=before, after=with_it)


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


def test_a_station_that_began_and_fell_silent_is_no_success() -> None:
    """What kills a station's line would else look like a station that was never there."""
    stations = ring_of(COMMITTED, TargetStatus.TRYING)
    late = after(begun(soak_s=0.0), stations, 100)
    never = after(begun(soak_s=0.0), ring_of(COMMITTED, COMMITTED, WAITING), 100)

    assert (RolloutState.PAUSED, True) == (late.rollout.state, late.targets["XX.1"].began)
    assert "1 of 2 stations that answered" in late.rollout.reason
    assert (1, False) == (never.rollout.ring, never.targets["XX.2"].began)


def test_a_station_that_is_stuck_is_timed_out_once() -> None:
    """Its retained word says for ever that it is trying; the audit does not."""
    candidate = report(committed=SHA).committed
    stuck = UpdateReport(ring="canary", phase="shadow", candidate=candidate)
    first = after(begun(), ring_of(TargetStatus.TRYING), 100)
    targets, notes = follow(first.rollout, first.targets, Seen({"XX.0": stuck}), 101 * SECOND)
    second = after(first.rollout, targets, 101)

    assert SILENT is second.targets["XX.0"].status
    assert ["timed out"] == [
        note.action for note in (*first.notes, *notes, *second.notes) if note.station is not None
    ]


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
    open_still = Return(rollout_id="r-1-back", leaving=("01" * 32, SHA))
    later = begun().model_copy(update={"before": {"canary": open_still}})
    assert (SHA, "01" * 32) == later.way_back("canary").leaving
    for one in (rollout, without, same):
        assert one == Rollout.model_validate_json(one.model_dump_json())


def reading(at_s: float) -> Reading:
    """Return that something was heard of a station."""
    return Reading(time=round(at_s * SECOND), with_new=False)


@pytest.mark.parametrize(
    ("target", "plain"),
    [
        ({"status": FAILED}, True),
        ({"status": TargetStatus.RETURNED}, True),
        ({"status": TargetStatus.GONE}, True),
        ({"status": WAITING, "reading": reading(9)}, True),
        ({"status": WAITING, "reading": reading(6)}, False),
        ({"status": WAITING}, False),
        ({"status": SILENT}, False),
    ],
    ids=["failed", "returned", "gone", "heard since", "heard before", "unheard", "silent"],
)
def test_the_way_back_is_closed_when_nobody_can_need_it(
    target: dict[str, object], *, plain: bool
) -> None:
    """Rings are then told what they were told before; else it stays open for who comes later."""
    rollout = aborted(begun(), "no", 7 * SECOND).model_copy(update={"pending": {}})
    stations = {"XX.0": ring_of(FAILED)["XX.0"].model_copy(update=target)}
    one = after(rollout, stations, 20)
    two = after(one.rollout.model_copy(update={"pending": {}}), one.targets, 21)

    assert RolloutState.STOPPED is two.rollout.state
    assert (plain, {"canary": OLD} if plain else {}) == (one.rollout.cleaned, one.rollout.pending)
    assert plain == ("stays open for 1" not in (*one.notes, *two.notes)[-1].detail)


def test_a_station_that_cannot_go_back_holds_it_open_for_two_weeks() -> None:
    """It refuses the way back, below a floor say; the audit says how many did not go."""
    rollout = aborted(begun(), "no", 7 * SECOND).model_copy(update={"pending": {}})
    stuck = report(committed=SHA).model_copy(update={"problem": "below the floor"})
    targets, _ = follow(rollout, ring_of(COMMITTED), Seen({"XX.0": stuck}), 9 * SECOND)
    waits = after(rollout, targets, 20)
    ends = after(rollout, targets, 20 + 14 * 86_400)

    assert (TargetStatus.RETURNING, "below the floor") == (
        targets["XX.0"].status,
        targets["XX.0"].detail,
    )
    assert RolloutState.RETURNING is waits.rollout.state
    assert RolloutState.STOPPED is ends.rollout.state
    assert "1 stations did not go back; the way back stays open for 1" in ends.notes[-1].detail


def test_rings_of_one_that_was_superseded_go_back_too() -> None:
    """It had come further; nobody else looks after what it left there."""
    far = begun().model_copy(update={"ring": 1, "before": {"canary": OLD, "all": None}})
    order = Assignment(rollout_id="r-3", model="models/net-3.tremor", sha256="ef" * 32)
    new, _ = superseding(started(order, far.plan, "ana", 0), far)
    rollout = aborted(after(new, {}, 5).rollout, "no", 7 * SECOND)
    seen = Seen({"XX.0": report("all", committed=SHA), "XX.1": report("all", committed="01" * 32)})
    left = Seen({name: report("all", committed="01" * 32) for name in seen.reports})
    one, _ = follow(rollout, {}, seen, 8 * SECOND)
    two, _ = follow(rollout, one, left, 9 * SECOND)

    assert (("canary",), ("canary", "all")) == (rollout.begun, rollout.touched)
    assert {"canary", "all"} == set(rollout.pending)
    assert [TargetStatus.RETURNING, TargetStatus.PLANNED] == [
        target.status for target in one.values()
    ]
    assert [TargetStatus.RETURNED, TargetStatus.PLANNED] == [
        target.status for target in two.values()
    ]


def test_the_way_back_leads_past_what_was_not_proven() -> None:
    """The one that was superseded in the middle is left, too; what was before both is wanted."""
    third = started(
        Assignment(rollout_id="r-3", model="models/net-3.tremor", sha256="ef" * 32),
        begun().plan,
        "ana",
        0,
    )
    new, old = superseding(third, begun())
    fourth = started(
        Assignment(rollout_id="r-4", model="models/net-4.tremor", sha256="01" * 32),
        begun().plan,
        "ana",
        0,
    )
    newest, _ = superseding(fourth, new)

    assert RolloutState.SUPERSEDED is old.state
    assert ("ef" * 32, SHA) == new.way_back("canary").leaving
    assert {"canary": OLD} == newest.before
    assert {"01" * 32, "ef" * 32, SHA} == set(newest.way_back("canary").leaving)
    assert OLD.named == newest.way_back("canary").named


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
        (Evidence(latency=Paired(4e3, 1.0, 1.9)), None),
        (Evidence(latency=Paired(4e3, 1.0, 2.5)), "samples are 2.5 s old"),
        (Evidence(cpu=Paired(4e3, 0.1, 0.15)), None),
        (Evidence(cpu=Paired(4e3, 0.1, 0.175)), "0.175 s of processor time"),
        (Evidence(cpu=Paired(60.0, 0.1, 1.0)), None),
        (Evidence(memory=Paired(4e3, 8e7, 13e7)), "130 MB of memory with it, before 80 MB"),
        (sides(happened(triggers=5), happened(triggers=30)), None),
        (
            sides(happened(triggers=5), happened(triggers=90)),
            "90 triggers in 10 h with it, before 5 in 10 h",
        ),
        (sides(happened(), happened(triggers=9)), None),
        (sides(happened(), happened(triggers=30)), "30 triggers"),
        (sides(happened(gaps=2), happened(gaps=60)), "60 gaps"),
        (sides(happened(), happened(restarts=30)), "30 restarts"),
        (sides(happened(hours=0.5), happened(restarts=30)), None),
    ],
)
def test_worse_is_more_than_chance(evidence: Evidence, says: str | None) -> None:
    """Few counts and small differences say nothing."""
    found = worse(evidence, RULES)

    assert (says is None) == (found is None)
    assert (says or "") in (found or "")


def test_costs_are_of_the_same_stations_for_the_same_time() -> None:
    """One was measured long with the old one, another long with the new: boards differ."""
    slow, fast = 0.4, 0.1
    targets = [
        ring_of(COMMITTED)["XX.0"].model_copy(
            update={
                "before": Measures(span_s=before_s, cpu_s=share * before_s),
                "after": Measures(span_s=after_s, cpu_s=share * after_s),
            }
        )
        for share, before_s, after_s in ((slow, 600.0, 90_000.0), (fast, 90_000.0, 600.0))
    ]
    only_new = targets[0].model_copy(update={"before": Measures()})
    found = evidence_of([*targets, only_new], Agreement(), Agreement())

    assert Paired(1200.0, 0.25, 0.25) == found.cpu
    assert (Paired(), Paired()) == (found.memory, found.latency)


def test_a_ring_has_one_place_in_a_plan() -> None:
    """And its errors must be a threshold."""
    with pytest.raises(ValueError, match="rings canary come twice"):
        RolloutPlan(rings=(RingPlan(name="canary"), RingPlan(name="canary")))
    with pytest.raises(ValueError, match="'some' is no threshold"):
        RingPlan(name="canary", errors="some")
