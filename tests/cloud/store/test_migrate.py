"""Databases of older versions come along; those of newer ones are left alone."""

import threading

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text

from cloud.errors import StoreError
from cloud.store import Store, metadata, migrate
from cloud.store.engine import address, open_engine
from cloud.store.tables import events, health_reports, stations, triggers
from tests.cloud.store.test_store import trigger


def test_the_steps_give_the_tables_of_the_code(database_url: str) -> None:
    """Not one column, index or constraint differs: nobody forgot a step."""
    store = Store(url=database_url)
    with store.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = compare_metadata(context, metadata)
    store.close()

    assert [] == differences


def test_a_database_from_before_the_steps_keeps_its_messages(database_url: str) -> None:
    """It is taken to stand at the first step."""
    engine = open_engine(address(None, database_url))
    metadata.create_all(engine, tables=[stations, health_reports, triggers, events])
    with engine.begin() as connection:
        values = {"id": "old", "revision": 0, "network": "XX", "station": "A", "status": "final"}
        values |= {"onset_ns": 5, "received_ns": 7, "message": trigger("old").model_dump_json()}
        connection.execute(triggers.insert().values(values))
    engine.dispose()

    store = Store(url=database_url)
    kept = store.triggers_since(0)
    reached = migrate.revision_of(store.engine)
    store.close()

    assert [(trigger("old"), 7)] == kept
    assert migrate.newest_revision() == reached


def test_a_database_of_a_newer_version_is_left_alone(database_url: str) -> None:
    """The error says what to do."""
    store = Store(url=database_url)
    with store.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'r9999'"))
    store.close()

    with pytest.raises(StoreError, match=r"'r9999'.*newer version"):
        Store(url=database_url)


def test_a_step_that_fails_leaves_nothing_half_done(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All steps are one transaction, also where SQLite is the database."""
    monkeypatch.setattr(migrate.command, "upgrade", _half_an_upgrade)
    with pytest.raises(ZeroDivisionError):
        Store(url=database_url)

    engine = open_engine(address(None, database_url))
    left = inspect(engine).get_table_names()
    engine.dispose()

    assert [] == left


def _half_an_upgrade(config: migrate.Config, _: str) -> None:
    config.attributes["connection"].exec_driver_sql("CREATE TABLE half (id INTEGER)")
    raise ZeroDivisionError


def test_two_that_start_together_do_not_collide(database_url: str) -> None:
    """One takes the steps, the others find them taken."""
    opened: list[Store] = []

    def start() -> None:
        opened.append(Store(url=database_url))

    threads = [threading.Thread(target=start) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for store in opened:
        store.close()

    assert 4 == len(opened)
