"""Reading ahead in a thread: nothing lost while the station is busy, faults come through."""

import threading
from collections.abc import Iterator
from itertools import count, islice

import numpy as np
import pytest

from edge.errors import SourceError
from edge.packet import Packet
from edge.sources.live import ReadAhead
from tests.edge.sources.simulated_host import CLOCK


def packet(number: int) -> Packet:
    """Return a packet that can be told from others."""
    samples = np.full((1, 3), number, dtype=np.float32)
    return Packet(samples, number, number, 100.0, CLOCK)


def numbers(packets: Iterator[Packet]) -> list[int]:
    """Return what can be told apart."""
    return [one.arrival_ns for one in packets]


def test_packets_come_in_order() -> None:
    """All of them."""
    ahead = ReadAhead(map(packet, range(1000)), lambda: None, 2000, pytest.fail)

    assert list(range(1000)) == numbers(iter(ahead))


def test_a_station_that_is_too_slow_loses_the_oldest_and_says_so() -> None:
    """The newest samples are worth most in an earthquake."""
    dropped: list[int] = []
    done = threading.Event()

    def source() -> Iterator[Packet]:
        yield from map(packet, range(100))
        done.set()

    ahead = iter(ReadAhead(source(), lambda: None, 10, lambda: dropped.append(1)))
    first = next(ahead)
    done.wait(5)
    rest = numbers(ahead)

    assert 99 == rest[-1]
    assert 100 == 1 + len(rest) + len(dropped)
    assert first.arrival_ns < rest[0]
    assert len(rest) <= 10


def test_a_fault_comes_after_the_packets_before_it() -> None:
    """The consumer sees it as if there were no thread."""

    def source() -> Iterator[Packet]:
        yield packet(1)
        raise SourceError("test", "here", "cable pulled")

    ahead = iter(ReadAhead(source(), lambda: None, 10, pytest.fail))

    assert 1 == next(ahead).arrival_ns
    with pytest.raises(SourceError, match="cable pulled"):
        next(ahead)


def test_a_consumer_that_leaves_ends_the_thread() -> None:
    """The sensor is let go of."""
    stop, closed = threading.Event(), threading.Event()

    def source() -> Iterator[Packet]:
        try:
            for number in count():
                if stop.wait(0.001):
                    return
                yield packet(number)
        finally:
            closed.set()

    ahead = iter(ReadAhead(source(), stop.set, 10, lambda: None))
    list(islice(ahead, 2))

    ahead.close()  # type: ignore[attr-defined]

    assert closed.is_set()
    assert "sensor" not in {thread.name for thread in threading.enumerate()}
