"""Delays grow, stay bounded, and differ from station to station."""

import random

import pytest

from edge.backoff import Backoff
from edge.errors import ConfigError


def test_delays_double_up_to_the_longest_with_jitter_below() -> None:
    """Each lies between half its bound and its bound."""
    backoff = Backoff(initial_s=1.0, maximum_s=8.0, generator=random.Random(1))

    delays_s = [backoff.next_delay_s() for _ in range(6)]

    bounds_s = [1.0, 2.0, 4.0, 8.0, 8.0, 8.0]
    assert all(b / 2 <= d <= b for d, b in zip(delays_s, bounds_s, strict=True))


def test_a_success_begins_anew() -> None:
    """The next failure waits briefly again."""
    backoff = Backoff(initial_s=1.0, maximum_s=8.0)
    for _ in range(5):
        backoff.next_delay_s()

    backoff.reset()

    assert backoff.next_delay_s() <= 1.0


def test_two_stations_do_not_march_in_step() -> None:
    """A fleet that lost one broker comes back spread out."""
    one = Backoff(generator=random.Random(1))
    other = Backoff(generator=random.Random(2))

    assert one.next_delay_s() != other.next_delay_s()


@pytest.mark.parametrize(("initial_s", "maximum_s"), [(0.0, 1.0), (2.0, 1.0), (-1.0, 1.0)])
def test_senseless_bounds_are_refused(initial_s: float, maximum_s: float) -> None:
    """A delay of nothing would be a busy loop."""
    with pytest.raises(ConfigError, match="backoff"):
        Backoff(initial_s, maximum_s)
