"""What a health report says in numbers."""

from math import isnan

from cloud.fleetview.vitals import NAMES, QUANTITIES, SUMMED, vitals
from edge.messages import AlarmHealth, Health
from tests.cloud.fleetview.reports import NOW_NS, SECOND, report


def _numbers(now: Health, before: Health | None, after_s: float = 0.5) -> dict[str, float]:
    found = vitals(now, now.time + int(after_s * SECOND), before)
    return dict(zip(NAMES, map(float, found), strict=True))


def test_levels_are_taken_as_they_are() -> None:
    """The largest noise of the channels, the clock, and how long the report travelled."""
    found = _numbers(report(alarm=AlarmHealth(ringing=True, count=1)), None)

    assert 1.25 == found["latency_s"]
    assert 0.5 == found["transit_s"]
    assert 0.00075 == round(found["noise_m_s2"], 8)
    assert 1.0 == found["clock_source"]
    assert 1.0 == found["ringing"]


def test_counters_are_told_by_their_growth() -> None:
    """Two gaps and a second of processor time in ten seconds."""
    before = report(gaps=5, cpu_s=100.0)
    found = _numbers(report(NOW_NS + 10 * SECOND, gaps=7, cpu_s=101.0), before)

    assert 2.0 == found["gaps"]
    assert 0.1 == round(found["processor"], 6)


def test_a_restarted_station_counts_anew() -> None:
    """A counter that fell is no negative growth."""
    found = _numbers(report(NOW_NS + 60 * SECOND, gaps=1), report(gaps=9))

    assert 1.0 == found["gaps"]


def test_what_is_not_told_is_no_number() -> None:
    """Neither zero nor an error, also in the first report of a station."""
    found = _numbers(report(clock=None, noise=(), temperature_c=None), None)

    missing = {name for name, value in found.items() if isnan(value)}
    assert {"clock_error_s", "noise_m_s2", "temperature_c", "gaps", "above_nhnm_db"} <= missing


def test_the_order_of_the_numbers_is_that_of_the_database() -> None:
    """New quantities go to the end: these stay where they are for ever."""
    expected = (
        "latency_s transit_s noise_m_s2 above_nhnm_db clock_error_s clock_offset_s clock_source "
        "temperature_c disk_free_bytes outbox_depth sampling_rate_hz gaps triggers "
        "packets_dropped clock_steps processor ringing"
    )

    assert tuple(expected.split()) == NAMES[:17]
    assert len(QUANTITIES) == len(SUMMED) == len(set(NAMES))
