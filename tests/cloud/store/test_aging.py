"""Old rows go, a few at a time, and the others stay."""

from collections.abc import Iterator

import pytest

from cloud.store import Store
from cloud.store.aging import MOST_ROWS, Ages, Aging
from cloud.store.deliveries import DeliveryLog
from tests.cloud.store.test_store import event, trigger

KEEP_ALL = Ages(triggers_ns=0, events_ns=0, deliveries_ns=0, alarms_ns=0)


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    """Return an empty store of each kind."""
    made = Store(url=database_url)
    yield made
    made.close()


def test_each_kind_has_its_own_age(store: Store) -> None:
    """Triggers by their coming, events by their origin, deliveries by their begin."""
    store.save_all([(trigger(f"t{n}"), n) for n in range(4)])
    store.save_all([(event(f"e{n}", origin=n), n) for n in range(4)])
    log = DeliveryLog(store.engine)
    for n in range(4):
        log.begin("rule", f"e{n}", 0, n)

    Aging(store.engine).step(Ages(triggers_ns=1, events_ns=2, deliveries_ns=3, alarms_ns=9))

    assert ["t1", "t2", "t3"] == [one.id for one, _ in store.triggers_since(0)]
    assert ["e2", "e3"] == [one.id for one in store.latest_events(9)]
    assert ["e3"] == [one.event_id for one in log.latest(9)]


def test_a_step_is_bounded(store: Store) -> None:
    """A flood of a million rows is taken away in small bites."""
    store.save_all([(trigger(f"t{n}"), n) for n in range(MOST_ROWS + 10)])
    aging = Aging(store.engine)
    ages = Ages(triggers_ns=MOST_ROWS + 5, events_ns=0, deliveries_ns=0, alarms_ns=0)

    assert [MOST_ROWS, 5, 0] == [aging.step(ages) for _ in range(3)]
    assert 5 == len(store.triggers_since(0))


def test_nothing_old_is_nothing_to_do(store: Store) -> None:
    """What is younger than its age stays."""
    store.save(trigger(), 5)

    assert 0 == Aging(store.engine).step(KEEP_ALL)
