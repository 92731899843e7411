"""One station that lies: how far it sways what is decided for all."""

import pytest

from cloud.rollout.compare import Agreement, Evidence, evidence_of, worse
from cloud.rollout.fair import fair_sum
from cloud.rollout.follow import Seen, follow
from cloud.rollout.measures import Measures
from cloud.rollout.plan import ComparisonRules
from cloud.rollout.rollout import RolloutState
from cloud.rollout.status import as_text
from cloud.rollout.target import Target, TargetStatus
from edge.messages.update import UpdateOutcome, UpdateReport
from tests.cloud.rollout.test_engine import SHA, after, begun, ring_of

RULES = ComparisonRules()
HUGE = 1e300


def _target(number: int, **changes: object) -> Target:
    """Return a station that was measured for two hours with both."""
    side = Measures(
        span_s=7200, quiet_s=7200, cpu_s=720, latency_sum_s=120, reports=120, memory_sum_bytes=1e9
    ).model_copy(update={"memory_reports": 10})
    known = {
        "station": f"XX.{number}",
        "ring": "canary",
        "status": TargetStatus.COMMITTED,
        "since": 0,
        "figures": {
            "heard_s": 1800.0,
            "incumbent_hops": 1800.0,
            "firings": 4.0,
            "incumbent_firings": 4.0,
        },
        "before": side,
        "after": side,
    }
    return Target.model_validate(known | changes)


def _seen(targets: list[Target]) -> Evidence:
    return evidence_of(targets, Agreement(), Agreement())


def _lying(**figures: float) -> Target:
    return _target(0, figures=_target(0).figures | figures)


def _measured(side: str, **lies: float) -> Target:
    told = getattr(_target(0), side).model_dump() | lies
    return _target(0, **{side: Measures.model_validate(told)})


_TO_STOP = [
    _lying(firings=HUGE),
    _lying(firings=HUGE, heard_s=1.0, incumbent_firings=-HUGE),
    _measured("after", cpu_s=HUGE),
    _measured("after", latency_sum_s=HUGE),
    _measured("after", memory_sum_bytes=HUGE),
    _measured("after", triggers=10**9),
    _measured("after", gaps=10**9),
    _measured("after", restarts=10**9),
    _measured("before", span_s=HUGE, quiet_s=HUGE),
    _measured("before", reports=10**12),
]


@pytest.mark.parametrize("lie", _TO_STOP)
def test_one_station_does_not_stop_a_good_one(lie: Target) -> None:
    """Whatever it says of itself, where four others say that all is as it was."""
    honest = [_target(number) for number in range(1, 5)]

    assert worse(_seen([lie, *honest]), RULES) is None


def _worse(number: int) -> Target:
    """Return a station at which the new one is worse in everything."""
    one = _target(number)
    update = {"cpu_s": 2000.0, "latency_sum_s": 900.0, "gaps": 40, "restarts": 40, "triggers": 60}
    figures = one.figures | {"firings": 20.0}
    return one.model_copy(update={"after": one.after.model_copy(update=update), "figures": figures})


_TO_HIDE = [
    _lying(incumbent_firings=HUGE, firings=0.0),
    _lying(firings=-HUGE),
    _measured("before", cpu_s=HUGE, latency_sum_s=HUGE, gaps=10**9, restarts=10**9),
    _measured("after", span_s=HUGE, quiet_s=HUGE, reports=10**12, cpu_s=0.0),
    _measured("after", latency_sum_s=-HUGE),
]


@pytest.mark.parametrize("lie", _TO_HIDE)
def test_one_station_does_not_hide_a_bad_one(lie: Target) -> None:
    """Where four others show it."""
    others = [_worse(number) for number in range(1, 5)]
    honest = worse(_seen([_worse(0), *others]), RULES)

    found = worse(_seen([lie, *others]), RULES)

    assert honest is not None
    assert found is not None
    words = ("in the shadow", "processor time", "samples are", "gaps", "restarts")
    assert [word for word in words if word in honest] == [word for word in words if word in found]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([], 0.0),
        ([5.0], 5.0),
        ([1.0, 5.0], 6.0),
        ([1.0, 2.0, HUGE], 5.0),
        ([-HUGE, 2.0, 3.0], 4.0),
        ([2.0] * 200, 400.0),
    ],
)
def test_the_largest_counts_for_the_second(values: list[float], expected: float) -> None:
    """Of two nobody knows which one lies."""
    assert expected == fair_sum(values)


def test_one_false_failure_stops_a_small_ring_and_not_a_ring_of_ten() -> None:
    """By default one in ten may fail. A ring of three is stopped by one, and says which."""
    failed, good = TargetStatus.FAILED, TargetStatus.COMMITTED
    small = after(begun(), ring_of(failed, good, good), 1).rollout
    large = after(begun(), ring_of(failed, *[good] * 9), 1).rollout

    assert RolloutState.RETURNING is small.state
    assert "XX.0" in small.reason
    assert RolloutState.RUNNING is large.state


def test_one_false_success_does_not_begin_the_next_ring() -> None:
    """It stands for itself: the others have not answered."""
    waiting, good = TargetStatus.WAITING, TargetStatus.COMMITTED

    rollout = after(begun(), ring_of(good, waiting, waiting), 20).rollout

    assert (RolloutState.RUNNING, 0, None) == (rollout.state, rollout.ring, rollout.soak_since)


def test_what_a_station_says_paints_on_nobodys_terminal() -> None:
    """Its reasons are shown to an operator, and stay on their line."""
    outcome = UpdateOutcome(
        name="net",
        version=2,
        sha256=SHA,
        rollout_id="r-2",
        since=5,
        end="rejected",
        phase="shadow",
        reason="\x1b[2J\x1b[1;1H\u202eall is well\n> all: 200 committed",
    )
    report = UpdateReport(ring="canary", phase="idle", last=outcome, problem="\x1b[2J")

    targets, notes = follow(begun(), {}, Seen(reports={"XX.0": report}), 10)

    text = as_text(begun(), targets)
    assert "all is well" in text
    assert all(line.isprintable() for line in text.splitlines())
    assert not any(line.startswith("> all: 200") for line in text.splitlines())
    assert all(note.detail.isprintable() for note in notes)
