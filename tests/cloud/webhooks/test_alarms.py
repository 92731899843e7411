"""Alarms on stations go to the rules that are about stations."""

import asyncio
import json
from typing import Any

import pytest
from pydantic import ValidationError

from cloud.board.alarm import Affected
from cloud.board.trouble import Trouble
from cloud.store import Store
from cloud.store.alarms import AlarmLog
from cloud.store.deliveries import DeliveryLog
from cloud.webhooks import Rule
from cloud.webhooks.alarms import alarm_request, wants_alarm
from tests.cloud.store.test_alarms import alarm
from tests.cloud.webhooks.conftest import Listener, telling, until
from tests.cloud.webhooks.test_webhooks import declared, finished

NTFY = {"type": "ntfy", "server": "https://ntfy.example.org", "topic": "fleet"}
HOME = {"type": "home-assistant", "server": "http://home.example.org:8123/", "webhook_id": "abc"}
OVER = alarm(revision=3, ended=9_000, headline="Over: XX.a gone quiet")


def rule(target: dict[str, object] | None = None, **change: object) -> Rule:
    """Return a rule about stations."""
    values: dict[str, Any] = {"name": "fleet", "target": target or NTFY, "about": "stations"}
    return Rule.model_validate(values | change)


def test_a_rule_wants_its_kinds_of_trouble() -> None:
    """All where it names none; the end only where the begin was told; no events."""
    clocks = rule(troubles=["clock"])
    events = Rule.model_validate({"name": "quakes", "target": NTFY})

    assert wants_alarm(rule(), alarm(), told=False)
    assert not wants_alarm(clocks, alarm(), told=False)
    assert wants_alarm(clocks, alarm(kind=Trouble.CLOCK), told=False)
    assert not wants_alarm(events, alarm(), told=False)
    assert (True, False) == tuple(wants_alarm(rule(), OVER, told=told) for told in (True, False))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"min_magnitude": 4.0}, "min_magnitude: for events only"),
        ({"about": "events", "troubles": ["clock"]}, "troubles need about"),
        ({"troubles": ["boredom"]}, "troubles"),
    ],
)
def test_conditions_that_make_no_sense_are_refused(change: dict[str, object], said: str) -> None:
    """A rule that never fires must not look as if it did."""
    with pytest.raises(ValidationError, match=said):
        rule(**change)


def test_each_target_gets_its_own_form() -> None:
    """A notification for people, facts for an automation, everything for a program."""
    many = alarm(
        headline="20 stations gone quiet at once",
        stations=tuple(Affected(station=f"XX.{n}", text="silent", began=0) for n in range(20)),
    )
    ntfy = json.loads(alarm_request(rule(), many).body)
    home = alarm_request(rule(HOME), OVER)
    program = json.loads(
        alarm_request(rule({"type": "json", "url": "http://127.0.0.1/x"}), many).body
    )

    assert ("Stations: silent", 4) == (ntfy["title"], ntfy["priority"])
    assert ntfy["message"].endswith("XX.10, XX.11 and 8 more.")
    assert "http://home.example.org:8123/api/webhook/abc" == home.url
    assert json.loads(home.body)["over"]
    assert 20 == len(program["alarm"]["stations"]) == len(program["stations"])


async def test_begin_and_end_are_told_and_events_are_not(listener: Listener, store: Store) -> None:
    """Through a real server, over a restart of the centre that forgot who was told."""
    target = {"type": "json", "url": f"{listener.url}/fleet"}
    async with telling(store, rule(target)) as webhooks:
        webhooks.offer(declared())
        webhooks.offer(alarm())
        await until(lambda: len(listener.heard) == 1)
    async with telling(store, rule(target)) as webhooks:
        webhooks._told.clear()
        webhooks.offer(OVER)
        await until(lambda: len(listener.heard) == 2)

    assert [False, True] == [body["over"] for _, _, body in listener.heard]


async def test_what_waited_is_told_after_a_restart(listener: Listener, store: Store) -> None:
    """As the alarm stands then."""
    target = {"type": "json", "url": f"{listener.url}/fleet"}
    listener.statuses = [503] * 1_000
    AlarmLog(store.engine).save(alarm())
    async with telling(store, rule(target)) as webhooks:
        webhooks.offer(alarm())
        await until(lambda: any(one.attempts for one in DeliveryLog(store.engine).latest(1)))
    listener.statuses.clear()
    listener.heard.clear()
    async with telling(store, rule(target)):
        async with asyncio.timeout(20):
            await until(lambda: finished(store))

    assert ["a"] == [body["alarm_id"] for _, _, body in listener.heard]
