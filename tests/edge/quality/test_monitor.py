"""What is wrong with the samples is seen, and what is right is left alone."""

import numpy as np
import pytest

from edge.messages import QualityFlag
from edge.quality import Leap, QualityMonitor
from tests.edge.streams import MEMS_NOISE_M_S2, START_NS, blocks, burst, noise

_SECOND = 1_000_000_000
_RATES = [31.25, 50.0, 100.0, 125.0, 200.0, 250.0]
_GRAVITY = np.array([9.81, 0.0, 0.0], np.float32)


def _watch(
    trace: np.ndarray, rate_hz: float = 100.0, size: int = 25
) -> tuple[list[tuple[float, Leap]], list[tuple[float, frozenset[QualityFlag]]]]:
    """Return the leaps and the flags, each with the time at which it was known, s."""
    monitor, leaps, flags = QualityMonitor(), [], []
    for block in blocks(trace + _GRAVITY, rate_hz, size):
        leap, now_s = monitor.push(block), (block.end_ns - START_NS) / _SECOND
        if leap is not None:
            leaps.append((now_s, leap))
        flags.append((now_s, monitor.flags))
    return leaps, flags


def _first(flags: list[tuple[float, frozenset[QualityFlag]]], wanted: QualityFlag) -> float | None:
    return next((now_s for now_s, seen in flags if wanted in seen), None)


@pytest.mark.parametrize("rate_hz", _RATES)
@pytest.mark.parametrize("size", [8, 25, 250])
def test_step_is_seen_within_two_and_a_half_seconds(rate_hz: float, size: int) -> None:
    """A board that is knocked to another level, at any rate and packet size."""
    trace = noise(40, rate_hz)
    trace[round(20.3 * rate_hz) :, 1] += 0.05

    ((seen_s, leap),), _ = _watch(trace, rate_hz, size)

    assert QualityFlag.STEP is leap.flag
    assert leap.start_ns <= START_NS + 20.3 * _SECOND <= leap.end_ns
    assert leap.shift_m_s2[1] == pytest.approx(0.05, rel=0.05)
    assert seen_s <= 22.8 + size / rate_hz


@pytest.mark.parametrize("component", [0, 1, 2])
def test_axis_that_leaps_and_stands_still_is_stuck(component: int) -> None:
    """A broken axis goes to one number and stays there: said as long as it does."""
    trace = noise(60, 100.0)
    trace[2000:, component] = -3.0

    ((_, leap),), flags = _watch(trace)

    assert QualityFlag.STUCK is leap.flag
    assert QualityFlag.STUCK in flags[-1][1]
    assert QualityFlag.STEP not in flags[-1][1]


def test_axis_that_stops_where_it_is_takes_ten_seconds() -> None:
    """Without a leap a standing axis is told later, since it opens no trigger; and only then."""
    trace = noise(60, 100.0)
    trace[2000:4000, 2] = trace[2000, 2]

    leaps, flags = _watch(trace)

    stuck = [now_s for now_s, seen in flags if QualityFlag.STUCK in seen]
    assert [] == leaps
    assert 30.0 <= stuck[0] <= 31.0
    assert 40.0 <= stuck[-1] <= 41.0


def test_coarse_sensor_may_repeat_itself() -> None:
    """Half a step of noise repeats one number for a while, and is not stuck."""
    step = 2 * MEMS_NOISE_M_S2
    trace = np.round(noise(60, 100.0) / step) * step

    _, flags = _watch(trace.astype(np.float32))

    assert _first(flags, QualityFlag.STUCK) is None


@pytest.mark.parametrize("seconds", [0.0, 1.0, 10.0])
def test_tilt_is_seen_however_it_comes(seconds: float) -> None:
    """Half a degree, slowly or within shaking, is a tilt within half a minute."""
    trace = noise(180, 100.0)
    if seconds == 1.0:
        trace = burst(trace, 60.0, peak_m_s2=0.5, decay_s=1.0, rate_hz=100.0)
    times_s = np.arange(len(trace)) / 100
    ramp = np.clip((times_s - 60) / max(seconds, 0.01), 0, 1) * 9.81 * np.sin(np.radians(0.5))
    trace[:, 1] += ramp.astype(np.float32)

    leaps, flags = _watch(trace)

    tilted_s = _first(flags, QualityFlag.TILT)
    if seconds == 0.0:
        assert QualityFlag.STEP is leaps[0][1].flag
    else:
        assert tilted_s is not None
        assert 60.0 <= tilted_s <= 90.0
    assert QualityFlag.TILT not in flags[-1][1]


@pytest.mark.parametrize("peak_m_s2", [0.005, 0.05, 0.5, 5.0])
def test_earthquake_is_neither_step_nor_tilt(peak_m_s2: float) -> None:
    """Shaking of any strength, with an abrupt onset, leaves no flag."""
    trace = burst(noise(90, 100.0), 40.0, peak_m_s2, decay_s=5.0, rate_hz=100.0)

    leaps, flags = _watch(trace)

    assert [] == leaps
    assert {frozenset()} == {seen for _, seen in flags}


@pytest.mark.parametrize("period_s", [1.5, 2.0, 3.0, 4.0, 5.0, 7.0, 10.0, 20.0])
def test_long_waves_are_neither_step_nor_tilt(period_s: float) -> None:
    """Surface waves of a distant earthquake move the level, and move it back."""
    trace = noise(180, 100.0)
    times_s = np.arange(len(trace)) / 100
    swell = np.clip((times_s - 60) / 30, 0, 1) * np.sin(2 * np.pi * times_s / period_s)
    trace += (0.05 * swell[:, None]).astype(np.float32)

    leaps, flags = _watch(trace)

    assert [] == leaps
    assert {frozenset()} == {seen for _, seen in flags}


@pytest.mark.parametrize("seed", range(5))
def test_swell_on_a_quiet_sensor_is_no_step(seed: int) -> None:
    """The microseism of an observatory's sensor moves its level by far more than its noise."""
    times_s = np.arange(30_000) / 100
    phases = np.random.default_rng(seed).uniform(0, 2 * np.pi, 40)
    periods_s = np.geomspace(2.5, 9.0, 40)
    swell = sum(np.sin(2 * np.pi * times_s / t + p) for t, p in zip(periods_s, phases, strict=True))
    trace = noise(300, 100.0) / 100 + (1e-4 * swell)[:, None]

    leaps, _ = _watch(trace.astype(np.float32))

    assert [] == leaps


def test_missing_component_is_said_and_its_return_is_no_leap() -> None:
    """NaN is missing, neither stuck nor a step."""
    trace = noise(40, 100.0)
    trace[:, 2] = np.nan

    leaps, flags = _watch(trace)

    assert [] == leaps
    assert {frozenset({QualityFlag.MISSING_COMPONENT})} == {seen for _, seen in flags}


def test_nothing_is_carried_over_a_gap() -> None:
    """Levels before and after a gap are not compared: the sensor may have been moved."""
    monitor = QualityMonitor()
    leaps = [monitor.push(b) for b in blocks(noise(20, 100.0), 100.0)]
    leaps += [monitor.push(b) for b in blocks(noise(20, 100.0) + np.float32(0.3), 100.0)]

    assert {None} == set(leaps)


@pytest.mark.parametrize("rate_hz", _RATES)
@pytest.mark.parametrize("seed", range(3))
def test_quick_look_hides_no_leap(
    rate_hz: float, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Steps about as large as the least that counts: those of a full look each time are found."""
    random = np.random.default_rng(seed)
    trace = noise(120, rate_hz)
    for begin_s in range(10, 115, 5):
        shift = random.uniform(5, 9) * MEMS_NOISE_M_S2
        trace[round(begin_s * rate_hz) :, random.integers(3)] += shift

    quick, _ = _watch(trace, rate_hz)
    monkeypatch.setattr("edge.quality.leaps._may_be", lambda _oldest, _newest: True)
    full, _ = _watch(trace, rate_hz)

    assert full == quick
    assert full
