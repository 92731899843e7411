"""The database may go away; what was taken is written when it comes back."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from cloud.store import Keeper, KeeperConfig, Store
from edge.messages import State
from edge.outbox import Outbox
from tests.cloud.postgres import PostgresServer
from tests.cloud.store.test_store import event, health, trigger


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    """Return an empty store of each kind."""
    made = Store(url=database_url)
    yield made
    made.close()


@asynccontextmanager
async def keeping(
    store: Store, folder: Path, config: KeeperConfig | None = None
) -> AsyncIterator[Keeper]:
    """Run a keeper that tries often."""
    queue = Outbox(folder / "waiting.sqlite", config)
    keeper = Keeper(store, queue, retry_s=0.05)
    task = asyncio.create_task(keeper.run(asyncio.Event()))
    yield keeper
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    keeper.close()
    queue.close()


async def until(condition: Callable[[], bool]) -> None:
    """Wait until something holds."""
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 - conditions of other people's parts
            await asyncio.sleep(0.02)


def settled(keeper: Keeper) -> bool:
    """Tell whether the database is back and has everything."""
    return not keeper.view.away and not keeper.view.waiting


def take_away(store: Store, table: str = "trigger") -> None:
    """Let a table fail."""
    with store.engine.begin() as connection:
        connection.execute(text(f'ALTER TABLE "{table}" RENAME TO hidden'))


def give_back(store: Store, table: str = "trigger") -> None:
    """Mend it."""
    with store.engine.begin() as connection:
        connection.execute(text(f'ALTER TABLE hidden RENAME TO "{table}"'))


async def test_what_came_while_it_was_away_is_written_after(store: Store, tmp_path: Path) -> None:
    """Everything, once, with the times of its coming; said once on either way."""
    with capture_logs() as logs:
        async with keeping(store, tmp_path) as keeper:
            await keeper.keep(trigger("before"), 1)
            take_away(store)
            for number in range(50):
                await keeper.keep(trigger("during", number), 10 + number)
            during = keeper.view
            give_back(store)
            await until(lambda: settled(keeper))
            await keeper.keep(trigger("after"), 99)

    assert (True, True, 0) == (during.away, during.durable, during.lost)
    assert 50 == during.waiting
    expected = [("before", 1), *(("during", 10 + number) for number in range(50)), ("after", 99)]
    assert expected == [(one.id, at_ns) for one, at_ns in store.triggers_since(0)]
    said = [entry["event"] for entry in logs]
    assert ["store_away", "store_back"] == said


async def test_a_server_that_is_killed_loses_nothing_that_was_taken(
    postgres_server: PostgresServer, postgres_url: str, tmp_path: Path
) -> None:
    """Events, states and health too; every connection is made anew."""
    store = Store(url=postgres_url)
    async with keeping(store, tmp_path) as keeper:
        await keeper.keep(trigger("before"), 1)
        await asyncio.to_thread(postgres_server.stop)
        try:
            for number in range(20):
                await keeper.keep(trigger("during", number), 10 + number)
            await keeper.keep(event(), 40)
            await keeper.keep(State(online=True, network="XX", station="A"), 41)
            await keeper.keep(health(3), 42)
            waiting = keeper.view.waiting
        finally:
            await asyncio.to_thread(postgres_server.start)
        await until(lambda: settled(keeper))
    kept = store.triggers_since(0)
    events, states, reports = store.latest_events(5), store.states(), store.health()
    store.close()

    assert 23 == waiting
    assert [0, *range(20)] == [one.revision for one, _ in kept]
    assert [event()] == events
    assert ["A"] == [one.station for one, _ in states]
    assert [3] == [one.packets for one, _ in reports]


async def test_a_restart_of_the_centre_in_between_loses_nothing(
    store: Store, tmp_path: Path
) -> None:
    """What waits is on disk."""
    take_away(store)
    async with keeping(store, tmp_path) as keeper:
        await keeper.keep(trigger(), 5)
    give_back(store)
    async with keeping(store, tmp_path) as keeper:
        await keeper.drain()

        assert [(trigger(), 5)] == store.triggers_since(0)


async def test_the_queue_is_bounded_and_triggers_go_last(store: Store, tmp_path: Path) -> None:
    """Health makes room first, and how much was lost is said."""
    take_away(store)
    async with keeping(store, tmp_path, KeeperConfig(max_messages=10)) as keeper:
        for number in range(10):
            await keeper.keep(trigger("t", number), number)
            await keeper.keep(health(number), number)
        view = keeper.view
        give_back(store)
        await until(lambda: settled(keeper))

    assert (10, 10) == (view.waiting, view.lost)
    assert 10 == len(store.triggers_since(0))


async def test_a_message_that_the_database_refuses_holds_up_no_other(
    store: Store, tmp_path: Path
) -> None:
    """It is counted and told, not tried for ever; neither alone nor among those that wait."""
    poison = trigger("poison", revision=2**70)
    with capture_logs() as logs:
        async with keeping(store, tmp_path) as keeper:
            await keeper.keep(poison, 1)
            take_away(store)
            for message in (trigger("a"), poison, trigger("b")):
                await keeper.keep(message, 2)
            give_back(store)
            await until(lambda: settled(keeper))

            assert 2 == keeper.view.refused
    assert ["a", "b"] == [one.id for one, _ in store.triggers_since(0)]
    assert 2 == len([entry for entry in logs if entry["event"] == "store_refused"])


async def test_a_full_disk_is_waited_out_in_memory(tmp_path: Path) -> None:
    """Database and queue share the disk: the queue says that it would not survive a restart."""
    store = Store(tmp_path / "centre.sqlite")
    async with keeping(store, tmp_path) as keeper:
        take_away(store)
        _fill(keeper._queue)
        for number in range(60):
            await keeper.keep(trigger("t", number), number)
        view = keeper.view
        give_back(store)
        await until(lambda: settled(keeper))
    kept = store.triggers_since(0)
    store.close()

    assert (True, False) == (view.away, view.durable)
    assert 60 == len(kept)


def _fill(queue: Outbox) -> None:
    """Let the file of a queue grow no more, as on a full disk."""
    database = queue._file._database
    (pages,) = database.execute("PRAGMA page_count").fetchone()
    database.execute(f"PRAGMA max_page_count = {pages}")


async def test_reports_wait_for_company_and_triggers_do_not(store: Store, tmp_path: Path) -> None:
    """What the next ten seconds bring again is written with the next thing that matters."""
    async with keeping(store, tmp_path) as keeper:
        keeper.take(health(1), 1)
        await keeper.settle()
        alone = store.health()
        keeper.take(trigger(), 2)
        await keeper.settle()
        together = store.health(), store.triggers_since(0)

    assert [] == alone
    assert [1] == [report.packets for report, _ in together[0]]
    assert [(trigger(), 2)] == together[1]


async def test_settling_waits_for_what_another_one_is_writing(store: Store, tmp_path: Path) -> None:
    """A trigger that is on its way to the disk is not there yet."""
    async with keeping(store, tmp_path) as keeper:
        keeper.take(trigger(), 1)
        writing = asyncio.create_task(keeper.flush())
        await asyncio.sleep(0)
        await keeper.settle()
        kept = store.triggers_since(0)
        await writing

    assert [(trigger(), 1)] == kept
