"""A station's history as it is drawn."""

from cloud.fleetview.trend import completeness, trend
from cloud.fleetview.vitals import NAMES, SUMMED, vitals
from cloud.store import Store
from cloud.store.history import HealthHistory, Report
from tests.cloud.fleetview.reports import HOUR, NOW_NS, SECOND, report


def filled(url: str, count: int = 360) -> Store:
    """Return a database with an hour of reports in which every tenth is missing."""
    store = Store(url=url)
    reports = [
        Report("XX", "A", at_ns, vitals(report(at_ns - SECOND, temperature_c=None), at_ns, None))
        for at_ns in (NOW_NS + n * 10 * SECOND for n in range(count) if n % 10)
    ]
    HealthHistory(store.engine, SUMMED).add(reports)
    return store


def test_two_hours_are_told_report_by_report(database_url: str) -> None:
    """One column a quantity; what was not told is null; nine of ten reports came."""
    store = filled(database_url)
    found = trend(HealthHistory(store.engine, SUMMED), "XX", "A", 2.0, NOW_NS + HOUR)
    store.close()

    courses = {course.name: course for course in found.courses}
    assert (0, 324, "XX.A") == (found.span_s, len(found.start), found.station)
    assert {1.0} == set(courses["transit_s"].middle)
    assert {None} == set(courses["temperature_c"].high)
    assert NAMES == tuple(courses)
    assert 0.9 < (found.completeness or 0) < 0.91


def test_days_are_told_in_spans(database_url: str) -> None:
    """Ten minutes up to a fortnight, then hours."""
    store = filled(database_url)
    history = HealthHistory(store.engine, SUMMED)
    spans = [trend(history, "XX", "A", hours, NOW_NS + HOUR).span_s for hours in (24, 336, 9_000)]
    store.close()

    assert [600, 600, 3_600] == spans


def test_one_report_is_no_stretch_of_time() -> None:
    """Nothing can be said of what is missing."""
    assert completeness([]) is None
