"""Stamps in a row that are off: late for a while, or was the clock set?"""

import numpy as np
import pytest

from edge.clock.runs import Leap, Runs

SIGMA_S = 0.001


def leaps(off_s: list[float], interval_s: float = 1.0) -> list[Leap]:
    """Return the leaps that stamps complete."""
    runs, found = Runs(), []
    for number, innovation_s in enumerate(off_s):
        leap = runs.watch(innovation_s, SIGMA_S, number * interval_s, SIGMA_S)
        if leap is not None:
            found.append(leap)
            runs.clear()
    return found


def test_a_clock_that_was_set_back_is_known_after_three_stamps() -> None:
    """As nodes of OpenEEW set theirs, by 23 ms."""
    assert [Leap(-0.023, SIGMA_S)] == leaps([0.0, -0.023, -0.0235, -0.0225])


def test_stamps_that_are_late_are_given_two_seconds() -> None:
    """A busy network delays several packets in a row, each as the one before."""
    assert [] == leaps([0.1] * 15, interval_s=0.1)
    assert [Leap(0.1, SIGMA_S)] == leaps([0.1] * 3)


def test_late_stamps_that_disagree_are_late_stamps() -> None:
    """What was set is off by the same every time."""
    assert [] == leaps([0.1, 0.03, 0.2, 0.15, 0.06])


def test_six_stamps_that_are_just_off_are_enough() -> None:
    """More than two sigmas to one side, six times, is no chance."""
    assert 1 == len(leaps([0.0025] * 6))
    assert [] == leaps([0.0025] * 5 + [-0.0025] * 5 + [0.0019] * 20)


def test_jitter_alone_makes_no_leap() -> None:
    """A day of packets a second."""
    random = np.random.default_rng(9)

    assert [] == leaps((SIGMA_S * random.standard_normal(86_400)).tolist())


@pytest.mark.parametrize(("off_s", "unclear_s"), [([], 0.0), ([0.1], 0.0), ([0.1, 0.08], 0.08)])
def test_while_it_is_unclear_the_error_is_what_the_stamps_are_off(
    off_s: list[float], unclear_s: float
) -> None:
    """One stamp that is off is jitter."""
    runs = Runs()
    for innovation_s in off_s:
        runs.watch(innovation_s, SIGMA_S, 0.0, SIGMA_S)

    assert unclear_s == runs.unclear_s
