"""Curves of characters."""

import math

import numpy as np
import pytest

from edge.watch.traces import bars, drawn, nice_scale, plain, with_unit


@pytest.mark.parametrize(
    ("peak", "scale"),
    [(0.0, 1e-6), (math.nan, 1e-6), (1.0, 1.0), (1.01, 2.0), (0.0034, 0.005), (7.2, 10.0)],
)
def test_scales_are_one_two_or_five(peak: float, scale: float) -> None:
    """The least that holds the peak."""
    assert scale == pytest.approx(nice_scale(peak))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0 µm/s²"),
        (0.0000123, "12.3 µm/s²"),
        (0.00178, "1.78 mm/s²"),
        (9.81, "9.81 m/s²"),
        (math.nan, "-"),
    ],
)
def test_accelerations_have_the_unit_that_fits(value: float, text: str) -> None:
    """Micro-, millimetres or metres per second squared."""
    assert text == with_unit(value)


def test_a_full_swing_fills_its_column() -> None:
    """All eight dots in each row, from edge to edge."""
    low, high = np.array([-1.0, -1.0]), np.array([1.0, 1.0])

    assert ["⣿", "⣿", "⣿"] == drawn(low, high, 1.0, 3, ascii_only=False)


def test_rest_is_a_line_in_the_middle_and_absence_nothing() -> None:
    """NaN leaves a blank."""
    low = np.array([0.0, 0.0, math.nan, math.nan])

    assert ["   ", "-- ", "   "] == [row[:3] for row in drawn(low, low, 1.0, 3, ascii_only=True)]
    assert " " == drawn(low[2:], low[2:], 1.0, 1, ascii_only=False)[0]


def test_what_is_beyond_the_scale_stays_on_the_screen() -> None:
    """Cut at the edge."""
    low, high = np.array([-50.0, 30.0]), np.array([-40.0, 90.0])

    assert 2 == len(drawn(low, high, 1.0, 2, ascii_only=False))


def test_bars_grow_and_stop_at_one() -> None:
    """From the least to full; blank is nothing at all."""
    assert "▁▄██ " == bars([0.0, 0.5, 1.0, 7.0, math.nan], ascii_only=False)
    assert bars([0.5], ascii_only=True).isascii()


def test_every_text_has_a_plain_form() -> None:
    """Units and signs as people type them."""
    assert "+-2 um/s2 ?" == plain("±2 µm/s² ⣿")
