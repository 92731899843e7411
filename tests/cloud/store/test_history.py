"""Health reports become spans, and take bounded room."""

from collections.abc import Iterator

import numpy as np
import pytest
from sqlalchemy import func, select

from cloud.store import Store
from cloud.store.history import MOST_ROWS, HealthHistory, Level, Report
from cloud.store.tables import health_history
from edge.timestamps import parse_time

SECOND = 1_000_000_000
HOUR, DAY = 3_600 * SECOND, 86_400 * SECOND
START_NS = parse_time("2026-03-14T00:00:00Z")
SUMMED = np.array([False, True])
LEVELS = (Level(600, 3 * DAY), Level(3_600, 30 * DAY))
RAW_NS = 6 * HOUR


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    """Return an empty store of each kind."""
    made = Store(url=database_url)
    yield made
    made.close()


@pytest.fixture
def history(store: Store) -> HealthHistory:
    """Return the history in it."""
    return HealthHistory(store.engine, SUMMED)


def reports(start_ns: int, count: int, step_s: int = 10, station: str = "A") -> list[Report]:
    """Return reports whose first number counts up and whose second is one."""
    return [
        Report("XX", station, start_ns + n * step_s * SECOND, np.array([n, 1], dtype=np.float32))
        for n in range(count)
    ]


def thin(history: HealthHistory, now_ns: int, station: str = "A") -> int:
    """Thin until nothing is left to do; return the number of steps."""
    steps = 1
    while history.thin("XX", station, RAW_NS, LEVELS, now_ns):
        steps += 1
    return steps


def rows(store: Store) -> int:
    """Return how many rows the table has."""
    with store.engine.connect() as connection:
        return int(
            connection.execute(select(func.count()).select_from(health_history)).scalar_one()
        )


def test_reports_are_read_as_they_were_written(history: HealthHistory) -> None:
    """In the order of time, each once, and none of another station."""
    history.add(reports(START_NS, 5))
    history.add(reports(START_NS, 5))
    history.add(reports(START_NS, 5, station="B"))

    found = history.read("XX", "A", 0, START_NS, START_NS + 30 * SECOND)

    assert [0.0, 1.0, 2.0] == [float(one.middle[0]) for one in found]


def test_a_span_has_count_least_middle_and_largest(history: HealthHistory) -> None:
    """Levels by their median, counts by their sum."""
    history.add(reports(START_NS, 61))
    thin(history, START_NS + 700 * SECOND)

    (span,) = history.read("XX", "A", 600, 0, START_NS + DAY)

    assert (START_NS, 60) == (span.start_ns, span.count)
    assert (0.0, 29.5, 59.0) == (span.low[0], span.middle[0], span.high[0])
    assert 60.0 == span.middle[1]


def test_what_nobody_told_stays_unknown(history: HealthHistory) -> None:
    """A number that is missing throughout is missing in the span; else it is left out."""
    unknown, half = np.nan, [np.nan, 3.0]
    history.add(
        [
            Report("XX", "A", START_NS + n * SECOND, np.array([unknown, half[n]], np.float32))
            for n in range(2)
        ]
    )
    thin(history, START_NS + HOUR)

    (span,) = history.read("XX", "A", 600, 0, START_NS + DAY)

    assert np.isnan(span.middle[0])
    assert 3.0 == span.middle[1]


def test_a_span_is_made_when_it_is_over(history: HealthHistory) -> None:
    """A minute after its end, since reports are written in batches."""
    history.add(reports(START_NS, 60))
    thin(history, START_NS + 630 * SECOND)
    early = history.read("XX", "A", 600, 0, START_NS + DAY)
    thin(history, START_NS + 661 * SECOND)

    assert [] == early
    assert 1 == len(history.read("XX", "A", 600, 0, START_NS + DAY))


def test_reports_wait_until_their_hour_is_made(history: HealthHistory) -> None:
    """A centre that was off for a month loses no hour of the time before."""
    history.add(reports(START_NS, 360 * 2))
    later_ns = START_NS + 20 * DAY

    thin(history, later_ns)

    assert [] == history.read("XX", "A", 0, 0, later_ns)
    assert 2 == len(history.read("XX", "A", 3_600, 0, later_ns))


def test_a_step_is_bounded(history: HealthHistory) -> None:
    """However much there is, one step takes so many rows; all is done in the end."""
    history.add(reports(START_NS, 2 * MOST_ROWS, step_s=5))
    now_ns = START_NS + 2 * DAY

    first = history.thin("XX", "A", RAW_NS, LEVELS, now_ns)
    steps = thin(history, now_ns)

    assert 0 < first < 2 * MOST_ROWS
    assert steps > 2
    spans = history.read("XX", "A", 600, 0, now_ns)
    assert 2 * MOST_ROWS == sum(span.count for span in spans)


def test_a_year_takes_bounded_room(history: HealthHistory, store: Store) -> None:
    """Day after day, the table grows to what the policy keeps, and no further."""
    sizes = []
    for day in range(40):
        start_ns = START_NS + day * DAY
        history.add(reports(start_ns, 144, step_s=600))
        thin(history, start_ns + DAY)
        sizes.append(rows(store))

    expected = 6 * 6 + 3 * 144 + 30 * 24
    assert max(sizes) <= expected + 8
    assert sizes[-1] == sizes[35]


def test_rows_of_an_older_version_are_read(store: Store) -> None:
    """What it did not know yet is unknown."""
    HealthHistory(store.engine, SUMMED).add(reports(START_NS, 60))
    newer = HealthHistory(store.engine, np.array([False, True, False]))
    thin(newer, START_NS + HOUR)

    (raw, *_) = newer.read("XX", "A", 0, START_NS, START_NS + SECOND)
    (span,) = newer.read("XX", "A", 600, 0, START_NS + DAY)

    assert 3 == len(raw.middle) == len(span.high)
    assert np.isnan(span.middle[2])
