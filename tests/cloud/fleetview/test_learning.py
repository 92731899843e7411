"""What the history says of a station."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from cloud.board.memory import Learnt
from cloud.fleetview.learning import learn
from cloud.fleetview.vitals import NAMES, QUANTITIES, SUMMED
from cloud.store import Store
from cloud.store.history import HealthHistory, Level, Report
from tests.cloud.fleetview.reports import DAY, HOUR, NOW_NS, SECOND

GB = 1e9


@pytest.fixture
def history(tmp_path: Path) -> Iterator[HealthHistory]:
    """Return an empty history."""
    store = Store(tmp_path / "centre.sqlite")
    yield HealthHistory(store.engine, SUMMED)
    store.close()


def learnt(history: HealthHistory, hours: int, **course: Callable[[int], float]) -> Learnt:
    """Return what is learnt from so many hours in which quantities took a course."""
    reports = []
    for hour in range(hours):
        numbers = np.full(len(QUANTITIES), np.nan, dtype=np.float32)
        for name, value in course.items():
            numbers[NAMES.index(name)] = value(hour)
        start_ns = NOW_NS + hour * HOUR
        reports += [Report("XX", "A", start_ns + n * 600 * SECOND, numbers) for n in range(6)]
    history.add(reports)
    now_ns = NOW_NS + hours * HOUR + 61 * SECOND
    levels = (Level(3_600, 400 * DAY),)
    while history.thin("XX", "A", DAY, levels, now_ns):
        pass
    return learn(history, "XX", "A", now_ns)


def test_the_normal_noise_is_that_of_the_noisiest_hours(history: HealthHistory) -> None:
    """By day a street is louder than by night, and that is normal; one loud hour is not."""
    found = learnt(
        history,
        72,
        noise_m_s2=lambda hour: 0.5 if hour == 50 else 0.004 if hour % 24 < 8 else 0.001,
    )

    assert 0.004 == pytest.approx(found.noise_m_s2)


def test_a_day_is_needed_to_know_what_is_normal(history: HealthHistory) -> None:
    """A station that came this morning has no normal yet."""
    assert Learnt() == learnt(history, 23, noise_m_s2=lambda _: 0.001)


def test_the_disk_is_full_when_the_line_says_so(history: HealthHistory) -> None:
    """A gigabyte a day, 12 are left."""
    found = learnt(history, 48, disk_free_bytes=lambda hour: 14 * GB - hour / 24 * GB)

    assert 12.04 == pytest.approx(found.disk_full_days, abs=0.05)


@pytest.mark.parametrize(
    "course",
    [
        pytest.param(lambda _: 14 * GB, id="steady"),
        pytest.param(lambda hour: 14 * GB + hour * 1e6, id="grows"),
        pytest.param(lambda hour: 14 * GB - (hour % 12) * 1e8, id="up and down"),
    ],
)
def test_a_disk_that_does_not_fill_is_never_full(
    history: HealthHistory, course: Callable[[int], float]
) -> None:
    """Logs that are rotated are no trend."""
    assert learnt(history, 48, disk_free_bytes=course).disk_full_days is None
