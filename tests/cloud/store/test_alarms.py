"""Alarms on stations in the database."""

from collections.abc import Iterator

import pytest

from cloud.board.alarm import Affected, FleetAlarm
from cloud.board.trouble import Trouble
from cloud.store import Store
from cloud.store.aging import Ages, Aging
from cloud.store.alarms import AlarmLog


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    """Return an empty store of each kind."""
    made = Store(url=database_url)
    yield made
    made.close()


def alarm(name: str = "a", began: int = 0, **changes: object) -> FleetAlarm:
    """Return an alarm of one station."""
    fields = {
        "id": name,
        "revision": 0,
        "kind": Trouble.SILENT,
        "headline": f"XX.{name} gone quiet",
        "stations": (Affected(station=f"XX.{name}", text="silent", began=began),),
        "began": began,
        "published": began,
    }
    return FleetAlarm.model_validate(fields | changes)


def test_an_alarm_is_a_row_that_follows_it(store: Store) -> None:
    """What goes on is found apart from what is over."""
    log = AlarmLog(store.engine)
    for number, name in enumerate("abc"):
        log.save(alarm(name, number * 1_000))
    log.save(alarm("b", 1_000, revision=1, ended=5_000))

    assert ["a", "c"] == [one.id for one in log.open()]
    assert ["c", "b"] == [one.id for one in log.latest(2)]
    assert 1 == len(log.latest(9, station="XX.a"))
    assert [] == log.latest(9, station="XX.%")
    assert 5_000 == getattr(log.get("b"), "ended", None)
    assert log.get("z") is None


def test_an_acknowledgement_stands_beside_the_alarm(store: Store) -> None:
    """The first one holds, and the centre writing on does not undo it."""
    log = AlarmLog(store.engine)
    log.save(alarm())
    first = log.acknowledge("a", "ana", 7_000)
    second = log.acknowledge("a", "ben", 8_000)
    log.save(alarm(revision=1))

    (seen,) = log.acknowledged(["a", "b"])
    assert (True, False) == (first, second)
    assert (7_000, "ana", 1) == (seen.acknowledged, seen.acknowledged_by, seen.revision)
    assert not log.acknowledge("z", "ana", 7_000)


def test_what_goes_on_is_never_too_old(store: Store) -> None:
    """Only what has ended grows old."""
    log = AlarmLog(store.engine)
    log.save(alarm("a"))
    log.save(alarm("b", ended=3_000))
    Aging(store.engine).step(Ages(triggers_ns=0, events_ns=0, deliveries_ns=0, alarms_ns=1_000_000))

    assert ["a"] == [one.id for one in log.latest(9)]
