"""Health reports are written down beside the ingest."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import text

from cloud.fleetview import recorder as module
from cloud.fleetview.recorder import Recorder
from cloud.fleetview.vitals import NAMES, SUMMED
from cloud.store import Store
from cloud.store.history import HealthHistory, Span
from tests.cloud.fleetview.reports import DAY, NOW_NS, SECOND, report


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Return an empty database."""
    made = Store(tmp_path / "centre.sqlite")
    yield made
    made.close()


def kept(store: Store, station: str = "A") -> list[Span]:
    """Return all reports of a station."""
    return HealthHistory(store.engine, SUMMED).read("XX", station, 0, 0, NOW_NS + DAY)


async def test_reports_are_written_with_their_growth(store: Store) -> None:
    """A counter's growth is since the station's own report before."""
    recorder = Recorder(store)
    for number in range(3):
        for station in "AB":
            one = report(NOW_NS + number * 10 * SECOND, station, gaps=number * 2)
            recorder.take(one, one.time + SECOND)
    await recorder.flush()

    gaps = NAMES.index("gaps")
    assert [2.0, 2.0] == [float(one.middle[gaps]) for one in kept(store)][1:]
    assert 3 == len(kept(store, "B"))
    assert 0 == recorder.waiting


async def test_a_flood_of_reports_is_thinned_at_once(store: Store) -> None:
    """A station that reports ten times a second fills no table."""
    recorder = Recorder(store)
    for number in range(200):
        recorder.take(report(NOW_NS + number), NOW_NS + number * SECOND // 10)
    await recorder.flush()

    assert 4 == len(kept(store))


async def test_reports_outlive_a_database_that_is_away(store: Store) -> None:
    """They wait, and are written when it is back."""
    recorder = Recorder(store)
    recorder.take(report(), NOW_NS)
    with store.engine.begin() as connection:
        connection.execute(text("ALTER TABLE health_history RENAME TO gone"))
    await recorder.flush()
    waiting = recorder.waiting
    with store.engine.begin() as connection:
        connection.execute(text("ALTER TABLE gone RENAME TO health_history"))
    recorder.take(report(NOW_NS + 10 * SECOND), NOW_NS + 10 * SECOND)
    await recorder.flush()

    assert 1 == waiting
    assert 2 == len(kept(store))
    assert 0 == recorder.lost


async def test_the_room_is_bounded(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest make room, and are counted."""
    monkeypatch.setattr(module, "_MOST_WAITING", 3)
    recorder = Recorder(store)
    for number in range(5):
        recorder.take(report(), NOW_NS + number * 10 * SECOND)
    await recorder.flush()

    assert 2 == recorder.lost
    assert [NOW_NS + n * 10 * SECOND for n in (2, 3, 4)] == [one.start_ns for one in kept(store)]


async def test_made_up_stations_do_not_fill_memory(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever reported longest ago is forgotten, and is new when it reports again."""
    monkeypatch.setattr(module, "_MOST_STATIONS", 2)
    recorder = Recorder(store)
    for number, station in enumerate("ABACA"):
        recorder.take(report(station=station), NOW_NS + number * 10 * SECOND)
    await recorder.flush()

    gaps = NAMES.index("gaps")
    assert [True, False, False] == [bool(np.isnan(one.middle[gaps])) for one in kept(store)]
    assert 2 == len(recorder._before)


async def test_what_waits_is_written_at_the_end(store: Store) -> None:
    """A centre that stops in good order loses nothing."""
    recorder, stop = Recorder(store), asyncio.Event()
    recorder.take(report(), NOW_NS)
    stop.set()
    await recorder.run(stop)

    assert 1 == len(kept(store))
