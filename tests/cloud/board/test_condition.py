"""The rule that puts a station into one word."""

import itertools
from dataclasses import replace
from typing import Any

import pytest

from cloud.board.condition import Facts, judge, look_again_ns
from cloud.board.limits import ConditionConfig
from cloud.board.picture import Condition
from edge.messages import ClockSource, ClockState, ModelIdentity, TriggerStatus
from edge.timestamps import seconds_to_ns
from tests.cloud.scene import arrival_ns, health, state, trigger

NOW_NS = arrival_ns("001", 6.3) + seconds_to_ns(5)
CONFIG = ConditionConfig()
WELL = Facts(
    state=state("001"),
    health=health("001", NOW_NS),
    trigger=None,
    trigger_heard_ns=None,
    heard_ns=NOW_NS,
)


def _judge(speed: float = 1.0, **changes: object) -> tuple[Condition, tuple[str, ...]]:
    facts = replace(WELL, **changes)  # type: ignore[arg-type]
    condition, faults = judge(facts, NOW_NS, speed, CONFIG)
    return condition, tuple(fault.text for fault in faults)


def test_a_station_that_says_only_good_things_is_quiet() -> None:
    """Nothing to report is quiet, without reasons."""
    assert (Condition.QUIET, ()) == _judge()


def test_a_last_will_puts_a_station_offline() -> None:
    """The broker's word that the station is gone holds, however fresh its health is."""
    expected = (Condition.OFFLINE, ("signed off or lost the broker",))

    assert expected == _judge(state=state("001", online=False))


@pytest.mark.parametrize(
    ("silent_s", "speed", "expected"),
    [
        pytest.param(34, 1.0, Condition.QUIET, id="within the limit"),
        pytest.param(36, 1.0, Condition.OFFLINE, id="past the limit"),
        pytest.param(340, 10.0, Condition.QUIET, id="a replay at tenfold speed"),
        pytest.param(360, 10.0, Condition.OFFLINE, id="too long even so"),
    ],
)
def test_silence_is_counted_on_our_own_clock(
    silent_s: float, speed: float, expected: Condition
) -> None:
    """Health comes every ten of our seconds, so a fast data clock must not cry wolf."""
    condition, _ = _judge(speed, heard_ns=NOW_NS - seconds_to_ns(silent_s))

    assert expected == condition


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({}, Condition.TRIGGERING, id="fresh"),
        pytest.param({"status": TriggerStatus.RETRACTED}, Condition.QUIET, id="taken back"),
        pytest.param({"onset": NOW_NS - seconds_to_ns(61)}, Condition.QUIET, id="a minute old"),
    ],
)
def test_a_trigger_shows_for_a_minute(changes: dict[str, Any], expected: Condition) -> None:
    """A station triggers from its onset until the trigger is old or taken back."""
    condition, _ = _judge(trigger=trigger("001", **changes), trigger_heard_ns=0)

    assert expected == condition


def test_a_fast_replay_shows_a_trigger_for_five_of_our_seconds() -> None:
    """At twentyfold speed a minute of data are gone in a wink."""
    old = trigger("001", onset=NOW_NS - seconds_to_ns(90))

    condition, _ = _judge(20.0, trigger=old, trigger_heard_ns=NOW_NS - seconds_to_ns(80))

    assert Condition.TRIGGERING == condition


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        pytest.param(
            {
                "health": health(
                    "001", NOW_NS, clock=ClockState(source=ClockSource.NTP, error_s=1.84)
                )
            },
            "clock uncertain by 1.8 s",
            id="bad clock",
        ),
        pytest.param(
            {
                "health": health(
                    "001", NOW_NS, clock=ClockState(source=ClockSource.FREE_RUN, error_s=0.1)
                )
            },
            "clock runs free",
            id="no clock",
        ),
        pytest.param(
            {"health": health("001", NOW_NS, latency_s=61.2)}, "data 61 s late", id="late data"
        ),
        pytest.param(
            {"health": health("001", NOW_NS, outbox_depth=25)},
            "25 messages waiting",
            id="outbox fills",
        ),
        pytest.param({"state": None}, "has not introduced itself", id="no birth certificate"),
        pytest.param(
            {
                "state": state(
                    "001",
                    models=(
                        ModelIdentity(
                            name="tremor_stream", version="1", running=False, reason="wrong hash"
                        ),
                    ),
                )
            },
            "tremor_stream not running: wrong hash",
            id="model refused",
        ),
    ],
)
def test_what_ails_a_station_is_said(changes: dict[str, Any], reason: str) -> None:
    """A degraded station says why, in words an operator can act on."""
    assert (Condition.DEGRADED, (reason,)) == _judge(**changes)


def test_the_clock_of_the_state_counts_until_health_tells_of_one() -> None:
    """A station that has only been born already shows its bad clock."""
    free = state("001", clock=ClockState(source=ClockSource.FREE_RUN, error_s=0.1))

    assert (Condition.DEGRADED, ("clock runs free",)) == _judge(state=free, health=None)


def test_a_triggering_station_keeps_its_reasons() -> None:
    """A trigger of a station with a bad clock is shown as a trigger, and the clock is told."""
    condition, reasons = _judge(
        trigger=trigger("001"), health=health("001", NOW_NS, latency_s=61.2)
    )

    assert (Condition.TRIGGERING, ("data 61 s late",)) == (condition, reasons)


@pytest.mark.parametrize("speed", [1.0, 10.0])
@pytest.mark.parametrize("triggered_s", [None, 0.0, 30.0, 55.0, 90.0])
def test_between_two_looks_time_alone_changes_nothing(
    triggered_s: float | None, speed: float
) -> None:
    """A thousand stations need not be judged twice a second."""
    onset_ns = None if triggered_s is None else NOW_NS - seconds_to_ns(triggered_s)
    facts = replace(
        WELL,
        trigger=None if onset_ns is None else trigger("001").model_copy(update={"onset": onset_ns}),
        trigger_heard_ns=onset_ns,
    )
    looks_ns, at_ns = [], look_again_ns(facts, NOW_NS, speed, CONFIG)
    while at_ns is not None:
        looks_ns.append(at_ns)
        at_ns = look_again_ns(facts, at_ns, speed, CONFIG)
    every_ns = range(NOW_NS, NOW_NS + seconds_to_ns(400), seconds_to_ns(0.25))
    said = [(at_ns, judge(facts, at_ns, speed, CONFIG)) for at_ns in every_ns]
    changes = [
        (before_ns, at_ns)
        for (before_ns, before), (at_ns, now) in itertools.pairwise(said)
        if before != now
    ]

    assert changes
    for before_ns, at_ns in changes:
        assert any(before_ns < look_ns <= at_ns for look_ns in looks_ns)
