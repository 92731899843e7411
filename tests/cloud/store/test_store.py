"""The database takes everything twice and remembers it once."""

import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import inspect
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from cloud.errors import StoreError
from cloud.store import Store, metadata
from edge.messages import (
    ClockSource,
    ClockState,
    Event,
    EventStatus,
    Health,
    Phase,
    State,
    Trigger,
    TriggerStatus,
)
from edge.messages.update import UpdateModel, UpdateReport

CLOCK = ClockState(source=ClockSource.NTP, error_s=0.01)


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    """Return an empty store of each kind."""
    made = Store(url=database_url)
    yield made
    made.close()


def trigger(name: str = "t", revision: int = 0, pga: float = 0.1) -> Trigger:
    """Return a revision of a trigger."""
    return Trigger(
        id=name,
        revision=revision,
        status=TriggerStatus.PRELIMINARY,
        network="XX",
        station="A",
        channels=("HNZ",),
        latitude=17.0,
        longitude=-99.0,
        onset=1_580_000_000_123_456_000,
        onset_uncertainty_s=0.1,
        phase=Phase.P,
        window_s=0.5,
        pga_m_s2=pga,
        clock=CLOCK,
        sent=1_580_000_001_000_000_000,
    )


def event(name: str = "e", revision: int = 0, origin: int = 0) -> Event:
    """Return a revision of an event."""
    return Event(
        id=name,
        revision=revision,
        status=EventStatus.DECLARED,
        origin_time=origin,
        latitude=17.0,
        longitude=-99.0,
        depth_km=10.0,
        horizontal_uncertainty_km=2.0,
        stations=("XX.A",),
        first_published=origin,
        published=origin + revision,
    )


def health(number: int) -> Health:
    """Return a health report that counts packets."""
    return Health(
        network="XX",
        station="A",
        time=number,
        packets=number,
        packets_dropped=0,
        gaps=0,
        outbox_depth=0,
        triggers=0,
    )


def test_the_same_revision_twice_is_one(store: Store) -> None:
    """The first to come stays, with the time of its coming."""
    store.save(trigger(), 10)
    store.save(trigger(pga=0.5), 20)
    store.save(event(), 0)
    store.save(event(), 0)

    assert [(trigger(), 10)] == store.triggers_since(0)
    assert [event()] == store.revisions("e")


def test_all_revisions_are_kept_in_order_of_their_coming(store: Store) -> None:
    """Whatever the order in which they were made."""
    for revision, received_ns in ((2, 10), (0, 20), (1, 30)):
        store.save(trigger(revision=revision), received_ns)

    assert [0, 1] == [t.revision for t, _ in store.triggers_since(15)]
    assert [2, 0, 1] == [t.revision for t, _ in store.triggers_since(0)]


def test_latest_events_are_the_newest_revisions_oldest_first(store: Store) -> None:
    """Of the newest events only."""
    for number in range(5):
        for revision in range(3):
            store.save(event(f"e{number}", revision, origin=number), 0)

    latest = store.latest_events(2)

    assert [("e3", 2), ("e4", 2)] == [(one.id, one.revision) for one in latest]
    assert [0, 1, 2] == [one.revision for one in store.revisions("e0")]


def test_states_and_health_are_the_newest_only(store: Store) -> None:
    """A row a station, whatever the order in which they are written."""
    for number in (0, 2, 1):
        store.save(State(online=number < 2, network="XX", station="A"), number)
        store.save(health(number), number)

    ((state, state_ns),) = store.states()
    ((report, _),) = store.health()
    assert (False, 2, 2) == (state.online, state_ns, report.packets)


def test_of_many_one_that_cannot_be_kept_keeps_none(store: Store) -> None:
    """So that they can be tried one by one without harm."""
    with pytest.raises((SQLAlchemyError, OverflowError)):
        store.save_all([(trigger("a"), 1), (trigger("b", revision=2**70), 2)])

    assert [] == store.triggers_since(0)


def test_everything_is_there_after_a_restart(database_url: str, store: Store) -> None:
    """Times keep their nanoseconds where the message does."""
    store.save(trigger(), 123)
    store.save(event(origin=1_580_000_000_123_456_000), 0)
    store.close()

    again = Store(url=database_url)

    assert [(trigger(), 123)] == again.triggers_since(0)
    assert [event(origin=1_580_000_000_123_456_000)] == again.latest_events(5)
    again.close()


def test_it_can_be_used_from_another_thread(store: Store) -> None:
    """As the service does."""
    thread = threading.Thread(target=store.save, args=(trigger(), 1))
    thread.start()
    thread.join()

    assert 1 == len(store.triggers_since(0))


def test_tables_are_named_for_migrations(store: Store) -> None:
    """Every constraint and index has a name that a migration can use on any database."""
    inspector = inspect(store._engine)

    assert {*metadata.tables, "alembic_version"} == set(inspector.get_table_names())
    for table in metadata.tables:
        assert f"pk_{table}" == inspector.get_pk_constraint(table)["name"]
        assert all(index["name"] for index in inspector.get_indexes(table))


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("mysql://me:secret@db/x", "sqlite, postgresql"),
        ("sqlite+nonsense:///x", "nonsense"),
        ("no url", "Could not parse"),
        ("postgresql://me:secret@127.0.0.1:1/x", "onnection"),
    ],
    ids=["another kind", "another driver", "no url", "nobody there"],
)
def test_a_database_that_cannot_be_had_is_said(url: str, words: str) -> None:
    """The error says why and hides the password."""
    with pytest.raises(StoreError, match=words) as refusal:
        Store(url=url)

    assert "secret" not in str(refusal.value)


def test_a_missing_driver_is_said_with_its_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    """PostgreSQL's driver is in an extra of its own."""
    monkeypatch.setitem(sys.modules, "psycopg", None)

    with pytest.raises(StoreError, match=r"tremorkit\[scale\]"):
        Store(url="postgresql://127.0.0.1/x")


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    """The error names the database."""
    (tmp_path / "file").write_text("")

    with pytest.raises(StoreError, match=r"centre\.sqlite"):
        Store(tmp_path / "file" / "centre.sqlite")


def test_the_password_of_a_file_goes_in_place_of_the_one_in_the_url(postgres_url: str) -> None:
    """It need not be escaped there."""
    url = make_url(postgres_url)
    store = Store(url=str(url.set(password="wrong")), password=url.password)
    store.close()

    assert str(url.password) not in store.where


def test_both_kinds_remember_the_same(tmp_path: Path, postgres_url: str) -> None:
    """Triggers, events, states, health: equal to the last figure and in the same order."""
    stores = [Store(tmp_path / "one.sqlite"), Store(url=postgres_url)]
    for one in stores:
        for number in range(20):
            one.save(trigger(f"t{number % 7}", number // 7, pga=0.1 / (number + 1)), 1_000 - number)
            one.save(event(f"e{number % 3}", number, origin=number * 7 % 5), 0)
            one.save(State(online=True, network="XX", station=f"S{number % 4}"), number)
            one.save(health(number), number)

    first, second = [
        (
            one.triggers_since(985),
            one.latest_events(2),
            one.revisions("e1"),
            one.states(),
            one.health(),
        )
        for one in stores
    ]
    for one in stores:
        one.close()
    assert first == second
    assert len(first[0]) > 0


def test_the_messages_of_the_wire_are_kept_whole(store: Store) -> None:
    """Nothing of a message is lost in the columns."""
    store.save(State(online=True, network="XX", station="A", sensor="adxl355"), 1)

    assert "adxl355" == store.states()[0][0].sensor


def test_a_last_will_takes_nothing_from_what_a_station_said(store: Store) -> None:
    """It is off line, and place, sensor and updates are those of its life; in one go as in two."""
    committed = UpdateModel(name="m", version=2, sha256="ab" * 32, rollout_id="r", since=5_000)
    update = UpdateReport(ring="all", phase="idle", committed=committed)
    life = State(
        online=True, network="XX", station="A", latitude=17.0, longitude=-99.0, update=update
    )
    will = State(online=False, network="XX", station="A")
    store.save_all([(will, 1), (life, 2), (will, 3)])
    ((kept, at_ns),) = store.states()

    assert (life.model_copy(update={"online": False}), 3) == (kept, at_ns)
    store.save(life, 4)
    assert [(life, 4)] == store.states()
