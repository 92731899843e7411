"""Picks are read off curves: times, probabilities, uncertainties, and what is left out."""

from dataclasses import replace

import numpy as np
import pytest

from cloud.picking.curves import Curves, Reading, read_picks
from edge.messages import Phase
from tests.cloud.picking.records import START_NS, at_s, noise

RATE_HZ = 100.0
READINGS = {Phase.P: Reading(0.4, 0.5), Phase.S: Reading(0.2, 0.5)}
RECORD = noise(0)


def _curves(p: list[tuple[float, float, float]], s: list[tuple[float, float, float]]) -> Curves:
    """Return curves of bells: time (s), height, standard deviation (s)."""
    t = np.arange(6000) / RATE_HZ

    def curve(bells: list[tuple[float, float, float]]) -> np.ndarray:
        made = np.zeros_like(t)
        for at, height, sigma in bells:
            made = np.maximum(made, height * np.exp(-((t - at) ** 2) / (2 * sigma**2)))
        return made.astype(np.float32)

    return Curves(START_NS, RATE_HZ, {Phase.P: curve(p), Phase.S: curve(s)})


def test_picks_come_in_order_of_time() -> None:
    """P and S of two events."""
    curves = _curves([(10, 0.9, 0.1), (30, 0.8, 0.1)], [(15, 0.7, 0.1), (36, 0.3, 0.1)])

    picks = read_picks(curves, READINGS, RECORD)

    assert [Phase.P, Phase.S, Phase.P, Phase.S] == [pick.phase for pick in picks]
    assert [at_s(t) for t in (10, 15, 30, 36)] == [pick.time_ns for pick in picks]
    assert [0.9, 0.7, 0.8, 0.3] == pytest.approx([pick.probability for pick in picks], abs=1e-3)


def test_each_phase_has_its_threshold() -> None:
    """What would be an S is no P yet."""
    assert [Phase.S] == [
        pick.phase
        for pick in read_picks(_curves([(10, 0.3, 0.1)], [(20, 0.3, 0.1)]), READINGS, RECORD)
    ]


def test_wide_or_low_peak_is_less_sure() -> None:
    """Standard error: spread x width / sqrt(height), and the sampling interval's share."""
    curves = _curves([(10, 0.9, 0.1), (20, 0.9, 0.3), (30, 0.45, 0.1)], [])

    sharp, wide, low = (pick.uncertainty_s for pick in read_picks(curves, READINGS, RECORD))

    assert 0.5 * 0.1 / 0.9**0.5 == pytest.approx(sharp, rel=0.03)
    assert 3 * sharp == pytest.approx(wide, rel=0.03)
    assert 2**0.5 * sharp == pytest.approx(low, rel=0.03)


def test_coarse_sampling_is_less_sure() -> None:
    """A sample of a station at 20 Hz stands for 50 ms."""
    curves = _curves([(10, 0.9, 0.02)], [])
    coarse = replace(RECORD, rate_hz=20.0)

    (fine,) = read_picks(curves, READINGS, RECORD)
    (rough,) = read_picks(curves, READINGS, coarse)

    assert rough.uncertainty_s == pytest.approx(0.05 / 12**0.5, rel=0.3)
    assert rough.uncertainty_s > fine.uncertainty_s


def test_nothing_is_picked_where_a_gap_was_bridged() -> None:
    """What was not recorded did not arrive."""
    curves = _curves([(10, 0.9, 0.1), (20, 0.9, 0.1)], [])
    holed = replace(RECORD, gaps=((900, 1100),))

    assert [at_s(20)] == [pick.time_ns for pick in read_picks(curves, READINGS, holed)]
