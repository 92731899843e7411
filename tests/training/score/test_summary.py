"""Rates say how sure they are, and tables what is not known."""

import math

import pytest

from training.score.counts import Proportion
from training.score.summary import Rate
from training.score.table import delay, proportion_with_interval, rate, seconds, table


@pytest.mark.parametrize(
    ("count", "low", "high"), [(0, 0.0, 3.689), (1, 0.0253, 5.572), (10, 4.795, 18.39)]
)
def test_interval_of_a_count_is_garwoods(count: int, low: float, high: float) -> None:
    """Exact 95 % limits of a Poisson count over one day, from the published table."""
    assert pytest.approx((low, high), rel=1e-3) == Rate(count, hours=24.0).interval


def test_without_any_hours_no_rate_is_claimed() -> None:
    """Records that begin with the event say nothing of false triggers."""
    found = Rate(0, hours=0.0)

    assert (0.0, math.inf) == found.interval
    assert math.isnan(found.a_day)
    assert "-" == rate(found)


def test_rates_add_up() -> None:
    """Two stretches of noise are one long one."""
    assert Rate(3, 48.0) == Rate(1, 12.0) + Rate(2, 36.0)
    assert 1.5 == Rate(3, 48.0).a_day


def test_four_days_without_a_trigger_prove_one_a_day_and_three_hours_do_not() -> None:
    """What the amounts of noise can tell."""
    assert Rate(0, 96.0).interval[1] < 1
    assert Rate(0, 3.0).interval[1] > 5


def test_cells_say_nothing_where_nothing_is_known() -> None:
    """No zero stands for unknown."""
    assert "-" == proportion_with_interval(Proportion(0, 0))
    assert ("-", "-") == delay(None)
    assert ["-", "-"] == [seconds(None), seconds(math.nan)]


def test_table_is_markdown() -> None:
    """Head, rule, rows."""
    assert "| a | b |\n| --- | --- |\n| 1 | 2 |" == table(["a", "b"], [["1", "2"]])
