"""What the board remembers of a station beyond its newest messages."""

import pytest

from cloud.board.latency import Latencies
from cloud.board.memory import Memory
from edge.messages import State
from edge.timestamps import seconds_to_ns
from tests.cloud.scene import health, state, trigger

SECOND = 1_000_000_000
NOW_NS = 1_000 * SECOND


def counting(packets: list[int], apart_s: float = 5.0) -> Memory:
    """Return the memory of a station whose reports counted so many packets."""
    memory = Memory()
    for number, count in enumerate(packets):
        at_ns = NOW_NS + seconds_to_ns(number * apart_s)
        memory.on_health(health("001", at_ns, packets=count), at_ns)
    return memory


def is_twin(memory: Memory, reports: int, apart_s: float = 5.0) -> bool:
    """Tell what it says after so many reports."""
    return memory.seen(NOW_NS + seconds_to_ns(reports * apart_s)).twin


def test_two_stations_under_one_code_count_apart() -> None:
    """The counter of packets falls and is back where it was, again and again."""
    counts = [
        n for pair in zip(range(9_000, 9_060, 10), range(50, 110, 10), strict=True) for n in pair
    ]

    assert is_twin(counting(counts), len(counts))


@pytest.mark.parametrize(
    "counts",
    [
        pytest.param(list(range(0, 300, 10)), id="well"),
        pytest.param([*range(9_000, 9_100, 10), *range(0, 300, 10)], id="restarted once"),
        pytest.param(list(range(0, 110, 10)) * 6, id="restarts every minute"),
    ],
)
def test_a_station_that_restarts_is_no_twin(counts: list[int]) -> None:
    """It counts anew from nothing and never leaps back up."""
    assert not is_twin(counting(counts), len(counts))


def test_twins_are_forgotten_when_one_is_gone() -> None:
    """Ten minutes after the last leap."""
    memory = counting([9_000, 50, 9_010, 60, 9_020, 70, 9_030])

    assert is_twin(memory, 7)
    assert not memory.seen(NOW_NS + 700 * SECOND).twin


def test_a_station_that_says_another_place_has_moved() -> None:
    """Until somebody says that it is right so; a last will without a place changes nothing."""
    memory = Memory()
    memory.on_state(state("001"))
    memory.on_state(State(online=False, network="MX", station="001"))
    memory.on_state(state("001", latitude=16.37))
    moved_km = memory.seen(NOW_NS).moved_km
    memory.settle()

    assert 11.1 == pytest.approx(moved_km, abs=0.1)
    assert 0.0 == memory.seen(NOW_NS).moved_km


def test_latencies_are_told_by_their_percentiles() -> None:
    """Of the newest only."""
    ring = Latencies(100)
    for number in range(250):
        ring.add(number)
    found = ring.percentiles()

    assert (100, 199.0, 244.0, 248.0) == (found.count, found.p50_s, found.p95_s, found.p99_s)
    assert (0, None) == (Latencies(5).percentiles().count, Latencies(5).percentiles().p50_s)


def test_reports_and_triggers_are_timed_apart() -> None:
    """A trigger waits for nothing, a report may."""
    memory = Memory()
    memory.on_health(health("001", NOW_NS), NOW_NS + SECOND)
    sent = trigger("001")
    memory.on_trigger(sent, sent.sent + SECOND // 4)

    assert 1.0 == memory.reports.percentiles().p50_s
    assert 0.25 == memory.triggers.percentiles().p99_s
