"""The two-state clock filter: rate and time from jittering stamps."""

import numpy as np
import pytest

from edge.clock.jitter import MOST_S
from edge.sampleclock import SampleClock


def _followed(true_hz: float, jitter_s: float, packets: int, *, seed: int = 0) -> SampleClock:
    random = np.random.default_rng(seed)
    clock = SampleClock(31.25)
    clock.restart(jitter_s * random.standard_normal())
    for number in range(1, packets):
        clock.update(32, number * 32 / true_hz + jitter_s * random.standard_normal())
    return clock


@pytest.mark.parametrize("true_hz", [30.06, 31.07, 31.32, 32.5])
def test_the_rate_is_found_in_a_minute_of_clean_stamps(true_hz: float) -> None:
    """Millisecond stamps give the rate to 0.01 %, though the guess was 4 % off."""
    assert pytest.approx(true_hz, rel=1e-4) == _followed(true_hz, 0.0005, 60).rate_hz


def test_the_rate_is_found_in_five_minutes_of_bad_stamps() -> None:
    """Stamps that jitter by 0.1 s give the rate to 0.1 %, whatever the chance."""
    rates = [_followed(30.06, 0.1, 290, seed=seed).rate_hz for seed in range(20)]

    np.testing.assert_allclose(rates, 30.06, rtol=1e-3)


@pytest.mark.parametrize("jitter_s", [0.005, 0.05, 0.2])
def test_the_jitter_is_learnt(jitter_s: float) -> None:
    """The filter's own estimate of the jitter is right within a third."""
    learnt = [_followed(31.25, jitter_s, 300, seed=seed).jitter_s for seed in range(10)]

    assert pytest.approx(jitter_s, rel=0.33) == np.median(learnt)


def test_the_stated_error_is_honest() -> None:
    """The time of the last sample is within three of its stated errors."""
    for seed in range(30):
        clock = _followed(31.25, 0.1, 200, seed=seed)

        assert abs(clock.last_s - 199 * 32 / 31.25) < 3.5 * clock.error_s


def test_counting_alone_loses_certainty() -> None:
    """Samples without believed stamps widen the error and the gate."""
    clock = _followed(31.25, 0.01, 100)
    error_s, gate_s = clock.error_s, clock.gate_s(32)

    clock.advance(100_000)

    assert clock.error_s > error_s
    assert clock.gate_s(32) > gate_s


def test_the_rate_is_kept_over_a_gap() -> None:
    """After a restart the rate need not be learnt again."""
    clock = _followed(30.06, 0.001, 60)

    clock.restart(1000.0)

    assert pytest.approx(30.06, rel=1e-4) == clock.rate_hz
    assert pytest.approx(1000.0 + 32 / 30.06, abs=1e-3) == clock.predict(32)[0]


def test_the_estimates_stay_in_bounds() -> None:
    """Stamps that make no sense cannot drive rate or jitter away."""
    clock = SampleClock(100.0)
    clock.restart(0.0)
    for _ in range(500):
        clock.update(25, -1e6)

    assert 90 < clock.rate_hz < 111.2
    assert clock.jitter_s <= MOST_S


def test_a_clock_that_is_set_by_23_ms_leaves_the_rate_alone() -> None:
    """As a node of OpenEEW did: found after three stamps, and followed."""
    clock = _followed(30.06, 0.0005, 250)
    rate_hz, last_s = clock.rate_hz, clock.last_s
    for number in range(1, 6):
        clock.update(32, last_s - 0.023 + number * 32 / 30.06)

    assert 1 == clock.leaps
    assert pytest.approx(rate_hz, rel=2e-4) == clock.rate_hz
    assert pytest.approx(last_s - 0.023 + 5 * 32 / 30.06, abs=0.001) == clock.last_s


def test_a_sawtooth_of_a_slewed_clock_leaves_the_rate_alone() -> None:
    """A real node's stamps swing by 30 ms every ten seconds; its oscillator does not."""
    clock = SampleClock(30.06)
    clock.restart(0.0)
    for number in range(1, 300):
        clock.update(32, number * 32 / 30.3 + 0.06 * (number * 0.11 % 1 - 0.5))

    assert pytest.approx(30.3, rel=5e-4) == clock.rate_hz


@pytest.mark.parametrize(
    ("jitter_s", "gap", "lost"),
    [(0.0005, 17, 17), (0.0005, 1, 1), (0.0005, 64, 64), (0.05, 64, 64), (0.05, 40, None)],
)
def test_lost_samples_are_counted_where_that_is_certain(
    jitter_s: float, gap: int, lost: int | None
) -> None:
    """To the sample by good stamps, by whole readings with bad ones, or not at all."""
    clock = _followed(31.25, jitter_s, 300)

    assert lost == clock.lost(gap / 31.25, 32)
