"""A rule wants what its conditions say."""

import pytest
from pydantic import ValidationError

from cloud.traveltimes import travel_times
from cloud.velocity import iasp91
from cloud.webhooks import Rule, WebhooksConfig
from cloud.webhooks.judge import shaking_of, wanted
from edge.messages import EventStatus
from edge.timestamps import seconds_to_ns
from tests.cloud.fdsnws.conftest import quake

TIMES = travel_times(iasp91())
# 54 km from the place: intensity 4.3 to be expected, S 16 s after the origin.
EVENT = quake(2, magnitude=5.5, status=EventStatus.DECLARED)
PLACE = {"name": "Home", "latitude": 12.0, "longitude": -99.5}
TARGET = {"type": "json", "url": "http://127.0.0.1/"}

CONDITIONS = {
    "none": ({}, True),
    "magnitude reached": ({"min_magnitude": 5.5}, True),
    "magnitude not reached": ({"min_magnitude": 5.6}, False),
    "near": ({"max_distance_km": 60}, True),
    "far": ({"max_distance_km": 50}, False),
    "felt": ({"min_intensity": 4}, True),
    "not felt": ({"min_intensity": 6}, False),
    "S still to come": ({"min_lead_s": 5}, True),
    "S too soon": ({"min_lead_s": 9}, False),
    "status reached": ({"least_status": "preliminary"}, True),
    "status not reached": ({"least_status": "final"}, False),
    "one of two fails": ({"min_magnitude": 5, "max_distance_km": 50}, False),
}


def judged(event: object = EVENT, *, told: bool = False, **conditions: object) -> bool:
    """Return what a rule says, eight seconds after the origin."""
    rule = Rule.model_validate({"name": "r", "target": TARGET, "place": PLACE} | conditions)
    shaking = shaking_of(rule, event, TIMES)
    return wanted(rule, event, shaking, EVENT.origin_time + seconds_to_ns(8), told=told)


@pytest.mark.parametrize(("conditions", "expected"), CONDITIONS.values(), ids=CONDITIONS.keys())
def test_every_condition_must_hold(conditions: dict[str, object], expected: bool) -> None:  # noqa: FBT001 - of a table
    """Those that are given."""
    assert expected == judged(**conditions)


def test_what_is_not_known_does_not_reach() -> None:
    """Without a magnitude there is no intensity either."""
    unknown = EVENT.model_copy(update={"magnitude": None})

    assert judged(unknown)
    assert not judged(unknown, min_magnitude=1)
    assert not judged(unknown, min_intensity=1)


def test_a_possible_event_never_alarms_by_default() -> None:
    """Two stations may be two lorries."""
    possible = EVENT.model_copy(update={"status": EventStatus.POSSIBLE})

    assert not judged(possible)
    assert judged(possible, least_status="possible")


def test_who_was_told_is_told_of_updates_whatever_they_say() -> None:
    """Unless updates are not wanted; an exercise stays one."""
    smaller = EVENT.model_copy(update={"magnitude": 2.0})

    assert judged(smaller, told=True, min_magnitude=5)
    assert not judged(smaller, told=True, updates=False)
    assert not judged(EVENT.model_copy(update={"exercise": True}), told=True)


MISTAKES = {
    "no place": {"min_intensity": 4, "place": None},
    "retracted": {"least_status": "retracted"},
    "no target": {"target": {"type": "pigeon"}},
    "no web address": {"target": {"type": "json", "url": "ftp://x"}},
    "a topic with a slash": {"target": {"type": "ntfy", "server": "http://x", "topic": "a/b"}},
    "an id with a way up": {
        "target": {"type": "home-assistant", "server": "http://x", "webhook_id": "../x"}
    },
    "not finite": {"min_magnitude": float("nan")},
    "unknown key": {"minimum_magnitude": 4},
}


@pytest.mark.parametrize("change", MISTAKES.values(), ids=MISTAKES.keys())
def test_a_rule_without_sense_is_refused(change: dict[str, object]) -> None:
    """When the file is read, not when the earth shakes."""
    with pytest.raises(ValidationError):
        Rule.model_validate({"name": "r", "target": TARGET, "place": PLACE} | change)


def test_rules_have_names_of_their_own() -> None:
    """Deliveries are remembered under them."""
    rule = Rule.model_validate({"name": "r", "target": TARGET})

    with pytest.raises(ValidationError, match="different names"):
        WebhooksConfig(rules=(rule, rule))
