"""The database takes everything twice and remembers it once."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import inspect

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

CLOCK = ClockState(source=ClockSource.NTP, error_s=0.01)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return where the file shall be."""
    return tmp_path / "deep" / "centre.sqlite"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    """Return an empty store."""
    made = Store(path)
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


def test_the_same_revision_twice_is_one(store: Store) -> None:
    """The first to come stays, with the time of its coming."""
    store.save_trigger(trigger(), 10)
    store.save_trigger(trigger(pga=0.5), 20)
    store.save_event(event())
    store.save_event(event())

    assert [(trigger(), 10)] == store.triggers_since(0)
    assert [event()] == store.revisions("e")


def test_all_revisions_are_kept_in_order_of_their_coming(store: Store) -> None:
    """Whatever the order in which they were made."""
    for revision, received_ns in ((2, 10), (0, 20), (1, 30)):
        store.save_trigger(trigger(revision=revision), received_ns)

    assert [0, 1] == [t.revision for t, _ in store.triggers_since(15)]
    assert [2, 0, 1] == [t.revision for t, _ in store.triggers_since(0)]


def test_latest_events_are_the_newest_revisions_oldest_first(store: Store) -> None:
    """Of the newest events only."""
    for number in range(5):
        for revision in range(3):
            store.save_event(event(f"e{number}", revision, origin=number))

    latest = store.latest_events(2)

    assert [("e3", 2), ("e4", 2)] == [(one.id, one.revision) for one in latest]
    assert [0, 1, 2] == [one.revision for one in store.revisions("e0")]


def test_states_and_health_are_the_newest_only(store: Store) -> None:
    """A row a station."""
    for number in range(3):
        store.save_state(State(online=number < 2, network="XX", station="A"), number)
        store.save_health(
            Health(
                network="XX",
                station="A",
                time=number,
                packets=number,
                packets_dropped=0,
                gaps=0,
                outbox_depth=0,
                triggers=0,
            ),
            number,
        )

    ((state, state_ns),) = store.states()
    ((health, _),) = store.health()
    assert (False, 2, 2) == (state.online, state_ns, health.packets)


def test_everything_is_there_after_a_restart(path: Path, store: Store) -> None:
    """Times keep their nanoseconds where the message does."""
    store.save_trigger(trigger(), 123)
    store.save_event(event(origin=1_580_000_000_123_456_000))
    store.close()

    again = Store(path)

    assert [(trigger(), 123)] == again.triggers_since(0)
    assert [event(origin=1_580_000_000_123_456_000)] == again.latest_events(5)
    again.close()


def test_it_can_be_used_from_another_thread(store: Store) -> None:
    """As the service does."""
    thread = threading.Thread(target=store.save_trigger, args=(trigger(), 1))
    thread.start()
    thread.join()

    assert 1 == len(store.triggers_since(0))


def test_tables_are_named_for_migrations(store: Store) -> None:
    """Every constraint and index has a name that a migration can use on any database."""
    inspector = inspect(store._engine)

    assert set(metadata.tables) == set(inspector.get_table_names())
    for table in metadata.tables:
        assert f"pk_{table}" == inspector.get_pk_constraint(table)["name"]
        assert all(index["name"] for index in inspector.get_indexes(table))


def test_an_unknown_database_is_refused(tmp_path: Path) -> None:
    """The error says which are known and hides the password."""
    with pytest.raises(StoreError, match="sqlite, postgresql") as refusal:
        Store(url="mysql://me:secret@db/x")

    assert "secret" not in str(refusal.value)


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    """The error names the database."""
    (tmp_path / "file").write_text("")

    with pytest.raises(StoreError, match=r"centre\.sqlite"):
        Store(tmp_path / "file" / "centre.sqlite")


def test_the_messages_of_the_wire_are_kept_whole(store: Store) -> None:
    """Nothing of a message is lost in the columns."""
    store.save_state(State(online=True, network="XX", station="A", sensor="adxl355"), 1)

    assert "adxl355" == store.states()[0][0].sensor
