"""Picks are judged without flattery: misses stay misses, far errors count in full."""

import numpy as np
import pytest

from training.score.counts import Confusion, Proportion
from training.score.picks import curve_picks, judge_picks


def test_a_miss_counts_in_the_shares_and_not_in_the_error() -> None:
    """One of two arrivals picked 0.05 s late: half within 0.1 s, error of the one."""
    metrics = judge_picks([[10.05], []], [[10.0], [20.0]])

    assert 0.5 == metrics.within_close.share
    assert 0.5 == metrics.recall
    assert 1.0 == metrics.precision
    assert pytest.approx(0.05) == metrics.mae_s


def test_far_pick_is_false_and_its_error_is_not_cut() -> None:
    """A pick 8 s off is no match, and its 8 s stand in the mean."""
    metrics = judge_picks([[18.0]], [[10.0]])

    assert (0, 0.0) == (metrics.matched, metrics.f1)
    assert pytest.approx(8.0) == metrics.mae_s


def test_two_picks_on_one_arrival_are_one_right_and_one_false() -> None:
    """Each arrival is matched once, by the nearest."""
    metrics = judge_picks([[10.02, 10.3]], [[10.0]])

    assert (1, 1) == (metrics.matched, metrics.near)
    assert 0.5 == metrics.precision


def test_picks_in_noise_cost_precision() -> None:
    """A window without arrivals has no error, but its picks are false."""
    metrics = judge_picks([[10.0], [3.0, 40.0]], [[10.0], []])

    assert pytest.approx(1 / 3) == metrics.precision
    assert 1 == len(metrics.errors_s)


def test_nothing_at_all_gives_no_error_and_zeros() -> None:
    """No arrivals, no picks: nothing is claimed."""
    metrics = judge_picks([[]], [[]])

    assert metrics.mae_s is None
    assert metrics.median_s is None
    assert (0.0, 0.0, 0.0) == (metrics.precision, metrics.recall, metrics.f1)


def test_a_curve_picks_the_top_of_each_stretch() -> None:
    """Two bells make two picks, whatever lies below the threshold makes none."""
    time = np.arange(600) / 100
    curve = sum(a * np.exp(-(((time - t) / 0.1) ** 2)) for t, a in ((1.0, 0.9), (3, 0.2), (5, 0.6)))

    assert pytest.approx([1.0, 5.0]) == curve_picks(curve, 0.5, 100.0)


def test_curve_that_ends_high_picks_too() -> None:
    """The stretch is closed by the end of the window."""
    assert [0.0, 0.03] == curve_picks(np.array([1.0, 0.1, 0.6, 0.9]), 0.5, 100.0)


@pytest.mark.parametrize(
    ("hit", "of", "low", "high"),
    [(0, 10, 0.0, 0.3085), (5, 10, 0.1871, 0.8129), (26, 26, 0.8677, 1.0), (0, 0, 0.0, 1.0)],
)
def test_interval_of_a_share_is_clopper_and_pearsons(
    hit: int, of: int, low: float, high: float
) -> None:
    """Exact 95 % limits, from the published table."""
    assert pytest.approx((low, high), abs=1e-4) == Proportion(hit, of).interval


def test_confusion_counts() -> None:
    """Precision, recall and F1 from their definitions."""
    found = Confusion(hit=8, missed=2, false=4, quiet=6)

    assert pytest.approx((8 / 12, 0.8, 16 / 22)) == (found.precision, found.recall, found.f1)
    assert 0.4 == found.alarmed.share
