"""The tools of `make soak`: slopes with their error, and a page that hides nothing."""

import numpy as np
import pytest

from scripts.soaking.page import failures, page
from scripts.soaking.trend import trend

GOOD = {
    "hours": 24.0,
    "packets": 348_000,
    "packets_dropped": 0,
    "gaps": 0,
    "triggers_made": 900,
    "triggers_received": 902,
    "triggers_lost": 0,
    "conflicts": 0,
    "errors_logged": 0,
    "exit_code": 0,
    "memory": {
        "slope_mb_a_day": 0.4,
        "slope_error_mb_a_day": 0.1,
        "resident_mb": 50.0,
        "resident_most_mb": 51.0,
        "anonymous_mb": [20.0, 20.1],
    },
}


@pytest.mark.parametrize("slope", [0.0, 3.0, -2.0])
def test_a_slope_is_found_within_its_error(slope: float) -> None:
    """Noise of half a megabyte, a warm-up of ten that does not count."""
    days = np.linspace(0, 1, 1000)
    warm_up = 10 * np.minimum(days / 0.2, 1.0)
    seen = 40 + warm_up + slope * days + np.random.default_rng(2).normal(size=1000) * 0.5

    line = trend(days.tolist(), seen.tolist())

    assert abs(line.slope - slope) < 4 * line.error
    assert 0 < line.error < 0.5


def test_steps_make_the_error_wide() -> None:
    """A program takes memory in steps; one of them is no proof of a leak."""
    days = np.linspace(0, 1, 1000)
    seen = 40 + (days > 0.6) * 2.0

    line = trend(days.tolist(), seen.tolist())

    assert line.error > 0.2


def test_too_few_samples_are_no_trend() -> None:
    """And it says how many there must be."""
    with pytest.raises(ValueError, match="a trend needs 20"):
        trend([0.0, 0.5, 1.0], [1.0, 1.0, 1.0])


def test_a_good_run_has_no_failures() -> None:
    """What a subscriber got beyond the log is no fault: the log was cut off by a kill."""
    assert [] == failures("day", GOOD)
    assert "| verdict | as it must be |" in page({"day": GOOD})


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"triggers_lost": 2}, "logged but not received 2"),
        ({"packets_dropped": 7}, "packets dropped 7"),
        ({"gaps": 1}, "gaps 1"),
        ({"exit_code": -9}, "exit code -9"),
        ({"triggers_made": 0}, "no trigger was made"),
        ({"memory": GOOD["memory"] | {"slope_mb_a_day": 3.0}}, "memory grows by 3.0 MB a day"),
    ],
)
def test_what_is_not_as_it_must_be_is_on_the_page(wrong: dict[str, object], told: str) -> None:
    """In its verdict."""
    seen = GOOD | wrong

    assert [True] == [told in text for text in failures("day", seen)]
    assert told in page({"day": seen})


def test_a_short_live_run_is_not_judged_by_its_slope_and_the_page_says_so() -> None:
    """It is still warming up; after three hours it is judged."""
    steep = GOOD | {"memory": GOOD["memory"] | {"slope_mb_a_day": 25.0}}

    assert [] == failures("live", steep | {"minutes": 25.0})
    assert "MB a day, too short to be judged |" in page({"live": steep | {"minutes": 25.0}})
    assert 1 == len(failures("live", steep | {"minutes": 180.0}))
