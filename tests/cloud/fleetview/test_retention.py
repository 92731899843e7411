"""What is old is thinned by policy, in small steps beside the work."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError
from sqlalchemy import text

from cloud.fleetview import retention
from cloud.fleetview.retention import Janitor, RetentionConfig
from cloud.fleetview.vitals import QUANTITIES, SUMMED
from cloud.store import Store
from cloud.store.history import HealthHistory, Report
from tests.cloud.fleetview.reports import DAY, HOUR, NOW_NS, report
from tests.cloud.store.test_store import trigger


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Return an empty database."""
    made = Store(tmp_path / "centre.sqlite")
    yield made
    made.close()


class Clock:
    """A data clock that is set by hand."""

    now_ns = NOW_NS

    def __call__(self) -> int:
        """Return the time."""
        return self.now_ns


def work(janitor: Janitor) -> None:
    """Let it go through everything at least once."""
    idle = 0
    while idle < 8:
        idle = 0 if janitor.step() else idle + 1


def fill(store: Store, start_ns: int, days: int) -> None:
    """Write a report every half hour."""
    numbers = np.ones(len(QUANTITIES), dtype=np.float32)
    count = days * 48
    HealthHistory(store.engine, SUMMED).add(
        [Report("XX", "A", start_ns + n * DAY // 48, numbers) for n in range(count)]
    )


def test_a_year_of_a_station_stays_within_its_room(store: Store) -> None:
    """The file grows to what the policy keeps and then uses its own old room."""
    clock = Clock()
    janitor = Janitor(
        RetentionConfig(ten_minutes_days=3, hours_days=20, triggers_days=5), store, clock
    )
    store.save(report(), NOW_NS)
    sizes = []
    for month in range(13):
        start_ns = NOW_NS + month * 28 * DAY
        fill(store, start_ns, days=28)
        store.save_all([(trigger(f"t{month}-{n}"), start_ns + n) for n in range(20)])
        clock.now_ns = start_ns + 28 * DAY
        work(janitor)
        with store.engine.connect() as connection:
            sizes.append(int(connection.execute(text("PRAGMA page_count")).scalar_one()))

    assert sizes[-1] <= 1.05 * max(sizes[:3])
    assert [] == store.triggers_since(0)


def test_listeners_hear_of_each_station_once_a_round(store: Store) -> None:
    """What is learnt from history is learnt after it was brought up to date."""
    for station in "AB":
        store.save(report(station=station), NOW_NS)
    janitor = Janitor(RetentionConfig(), store, Clock())
    heard: list[str] = []
    janitor.after.append(lambda network, station: heard.append(f"{network}.{station}"))

    for _ in range(4):
        janitor.step()

    assert ["XX.A", "XX.B"] == heard


async def test_it_works_beside_others_and_bears_a_database_that_is_away(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing ends because a table is gone for a while."""
    for name in ("_FIRST_S", "_AGAIN_S", "_ROUND_S", "_MORE_S"):
        monkeypatch.setattr(retention, name, 0.01)
    fill(store, NOW_NS - 2 * HOUR, days=1)
    clock = Clock()
    clock.now_ns = NOW_NS + 2 * DAY
    store.save(report(), NOW_NS)
    with store.engine.begin() as connection:
        connection.execute(text("ALTER TABLE health RENAME TO gone"))
    janitor, stop, thinned = Janitor(RetentionConfig(), store, clock), asyncio.Event(), []
    loop = asyncio.get_running_loop()
    done = asyncio.Event()
    janitor.after.append(lambda *name: (thinned.append(name), loop.call_soon_threadsafe(done.set)))
    task = asyncio.create_task(janitor.run(stop))
    await asyncio.sleep(0.05)
    with store.engine.begin() as connection:
        connection.execute(text("ALTER TABLE gone RENAME TO health"))
    await asyncio.wait_for(done.wait(), 30)
    stop.set()
    await task

    assert ("XX", "A") == thinned[0]


def test_reports_are_kept_until_their_hour_is_made() -> None:
    """An age shorter than that makes no sense."""
    with pytest.raises(ValidationError, match="health_hours"):
        RetentionConfig(health_hours=0.5)
