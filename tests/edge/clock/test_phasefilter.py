"""The four-state filter against what the textbooks say of it."""

import math

import numpy as np
import pytest

from edge.clock.phasefilter import MEMS_OSCILLATOR, PhaseFilter, Walks

STILL = Walks(phase_s=0.0, rate=0.0, drift_per_s=0.0, drift_time_s=1e9, per_degree=1e-4)


def follow(true_s: np.ndarray, walks: Walks, noise_s: float, warmth_c: np.ndarray) -> PhaseFilter:
    """Feed a phase that is measured every second; checks the change that it returns."""
    random = np.random.default_rng(4)
    made = PhaseFilter(walks, 0.03, 0.1)
    made.forget_phase(noise_s)
    phase_s = 0.0
    for n, true in enumerate(true_s):
        if walks is STILL:
            made.feel(20 + float(warmth_c[n]), 1.0)
        phase_s += made.advance(1.0)
        measured_s = true + noise_s * random.standard_normal()
        phase_s += made.correct(measured_s - phase_s, noise_s)
    assert abs(phase_s - true_s[-1]) < 4 * math.sqrt(made.variance_s2(0.0))
    return made


def test_a_line_is_found_as_least_squares_find_it() -> None:
    """Without wander, the error of the rate after n seconds is that of a straight line."""
    seconds = np.arange(1, 201, dtype=float)
    walks = Walks(0.0, 0.0, 0.0, 1e9, 0.0)
    made = follow(0.013 * seconds, walks, 0.01, np.zeros(200))

    assert pytest.approx(0.013, abs=3e-5) == made.rate
    assert pytest.approx(0.01 * math.sqrt(12 / 200**3), rel=0.05) == made.rate_error


def test_the_temperature_term_is_learnt_and_foretells() -> None:
    """100 ppm a degree, felt with a lag of 20 s: the rate at another temperature is known."""
    warmth_c = np.clip(np.arange(1200) / 100, 0, 8)
    felt_c = np.array([warmth_c[0]])
    for warmth in warmth_c[1:]:
        felt_c = np.append(felt_c, felt_c[-1] + (1 - math.exp(-1 / 20)) * (warmth - felt_c[-1]))
    made = follow(np.cumsum(0.001 + 1e-4 * felt_c), STILL, 0.0005, warmth_c)
    before = made.rate

    made.feel(20 + 4, 1e6)

    assert pytest.approx(0.001 + 8e-4, abs=5e-6) == before
    assert pytest.approx(0.001 + 4e-4, abs=2e-5) == made.rate


def test_a_drift_is_followed_without_a_lag() -> None:
    """A steady drift of 1e-7 a second ends in the state, so that the future is right."""
    seconds = np.arange(1, 1201, dtype=float)
    walks = Walks(1e-6, 1e-9, 2e-7, 1e6, 0.0)
    made = follow(1e-7 * seconds**2 / 2, walks, 0.0005, np.zeros(1200))

    assert pytest.approx(1.2e-4, abs=3e-6) == made.rate
    assert pytest.approx(60 * 1.2e-4 + 1e-7 * 60**2 / 2, abs=2e-4) == made.ahead_s(60.0)


@pytest.mark.parametrize("elapsed_s", [0.0, 0.256, 10.0, 300.0])
def test_the_variance_ahead_is_that_of_the_propagated_state(elapsed_s: float) -> None:
    """The polynomial of every packet is the matrix product of every second."""
    made = PhaseFilter(MEMS_OSCILLATOR, 0.03, 0.1)
    made.forget_phase(0.05)
    for second in range(100):
        made.feel(20 + second / 20, 1.0)
        made.advance(1.0)
        made.correct(1e-3 * (-1) ** second, 0.05)
    foretold_s2 = made.variance_s2(elapsed_s)

    made.advance(elapsed_s)

    assert pytest.approx(foretold_s2, rel=1e-6) == made.variance_s2(0.0)


def test_the_rate_stays_in_its_bounds() -> None:
    """Measurements that make no sense end at the bound."""
    made = PhaseFilter(MEMS_OSCILLATOR, 0.03, 0.1)
    for _ in range(100):
        made.advance(1.0)
        made.correct(-1e6, 0.001)

    assert made.rate >= -0.1 - 0.01
