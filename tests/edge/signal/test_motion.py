"""Peak ground motion agrees with the batch definitions."""

import numpy as np
import pytest
from scipy import signal
from scipy.integrate import cumulative_trapezoid

from edge.signal.motion import GroundMotion, Peaks
from tests.edge.streams import START_NS, blocks, noise

_SECOND = 1_000_000_000
_RATE_HZ = 100.0


def _wave(amplitude_m: float, frequency_hz: float) -> np.ndarray:
    """A minute of acceleration whose displacement is a tapered sine that begins at 40 s."""
    times_s = np.arange(0, 60, 1 / _RATE_HZ)
    taper = np.clip((times_s - 40) / 2, 0, 1) ** 2
    displacement = amplitude_m * taper * np.sin(2 * np.pi * frequency_hz * times_s)
    acceleration = np.gradient(np.gradient(displacement, 1 / _RATE_HZ), 1 / _RATE_HZ)
    return np.repeat(acceleration[:, None], 3, axis=1).astype(np.float32)


def _peaks(trace: np.ndarray, until_s: float = 60.0) -> Peaks | None:
    motion = GroundMotion()
    for block in blocks(trace, _RATE_HZ, 25):
        motion.push(block)
    return motion.peaks(START_NS + 40 * _SECOND, START_NS + round(until_s * _SECOND))


@pytest.mark.parametrize("frequency_hz", [0.5, 1.0, 2.0, 5.0])
def test_sine_has_its_own_peaks(frequency_hz: float) -> None:
    """PGA, PGV and Pd of a sine of 1 mm are w^2 d, w d and d within 8 %."""
    omega = 2 * np.pi * frequency_hz

    peaks = _peaks(_wave(1e-3, frequency_hz))

    assert peaks is not None
    expected = (1e-3 * omega**2, 1e-3 * omega, 1e-3)
    np.testing.assert_allclose((peaks.pga_m_s2, peaks.pgv_m_s, peaks.pd_m), expected, rtol=0.08)


def test_velocity_is_the_integral_of_the_filtered_acceleration() -> None:
    """PGV equals integrating twice high-passed acceleration after the fact, within 1 %."""
    trace = _wave(1e-3, 1.0)
    sections = signal.butter(2, 0.075, "highpass", fs=_RATE_HZ, output="sos")
    filtered = signal.sosfilt(sections, signal.sosfilt(sections, trace[:, 0]))
    expected = np.abs(cumulative_trapezoid(filtered, dx=1 / _RATE_HZ)).max()

    peaks = _peaks(trace)

    assert peaks is not None
    assert peaks.pgv_m_s == pytest.approx(expected, rel=0.02)


def test_gravity_moves_nothing() -> None:
    """A constant 9.81 m/s2 from the first sample on gives no motion beyond rounding."""
    peaks = _peaks(np.full((6000, 3), 9.81, np.float32))

    assert peaks is not None
    assert peaks.pga_m_s2 < 1e-6
    assert peaks.pgv_m_s < 1e-6


def test_displacement_within_the_sensors_noise_is_not_reported() -> None:
    """Integrated sensor noise is no Pd: a magnitude from it would be the sensor's."""
    peaks = _peaks(noise(60, _RATE_HZ))

    assert peaks is not None
    assert peaks.pd_m is None


def test_displacement_after_the_p_window_does_not_count() -> None:
    """Pd stops where the window of P stops, PGA goes on."""
    trace = _wave(1e-3, 1.0)

    early, late = _peaks(trace, until_s=40.8), _peaks(trace)

    assert early is not None
    assert late is not None
    assert early.pd_m is None or (late.pd_m is not None and early.pd_m < late.pd_m / 4)
    assert early.pga_m_s2 == late.pga_m_s2


def test_displacement_grows_over_longer_windows_once_they_are_whole() -> None:
    """A wave that grows has a larger displacement in each window; the last one is not over yet."""
    motion = GroundMotion()
    growing = _wave(1e-2, 1.0) * np.linspace(0, 1, len(_wave(1e-2, 1.0)))[:, np.newaxis] ** 8
    for block in blocks(growing[:5000], _RATE_HZ, 25):
        motion.push(block)

    onset_ns = START_NS + 40 * _SECOND
    peaks = motion.peaks(onset_ns, onset_ns + 3 * _SECOND, (4.0, 8.0, 12.0))

    assert peaks is not None
    assert peaks.pd_m is not None
    (four_s, at_four_m), (eight_s, at_eight_m) = peaks.growth_m
    assert (4.0, 8.0) == (four_s, eight_s)
    assert peaks.pd_m < at_four_m < at_eight_m


def test_displacement_in_the_sensors_noise_does_not_grow() -> None:
    """No window of noise has a displacement, however long it is."""
    motion = GroundMotion()
    for block in blocks(noise(60, _RATE_HZ), _RATE_HZ, 25):
        motion.push(block)

    onset_ns = START_NS + 40 * _SECOND
    peaks = motion.peaks(onset_ns, onset_ns + 3 * _SECOND, (4.0, 8.0))

    assert peaks is not None
    assert () == peaks.growth_m


def test_onset_in_the_future_has_no_peaks() -> None:
    """Where no sample of the window has come yet there is nothing to measure."""
    motion = GroundMotion()
    for block in blocks(noise(5, _RATE_HZ), _RATE_HZ, 25):
        motion.push(block)

    assert motion.peaks(START_NS + 6 * _SECOND, START_NS + 9 * _SECOND) is None


def test_period_of_a_sine_is_its_period() -> None:
    """tau_c of a sine of 1 s, three seconds of it, is 1 s within 8 %."""
    peaks = _peaks(_wave(1e-2, 1.0), until_s=43.0)

    assert peaks is not None
    assert peaks.tau_c_s == pytest.approx(1.0, rel=0.08)


def test_period_waits_for_the_whole_window() -> None:
    """Before its three seconds are over there is no tau_c, whatever the peaks are."""
    motion = GroundMotion()
    for block in blocks(_wave(1e-2, 1.0)[:4250], _RATE_HZ, 25):
        motion.push(block)

    peaks = motion.peaks(START_NS + 40 * _SECOND, START_NS + 43 * _SECOND)

    assert peaks is not None
    assert peaks.pd_m is not None
    assert peaks.tau_c_s is None


def test_period_and_velocity_of_noise_are_not_the_grounds() -> None:
    """Integrated sensor noise has no tau_c, and its velocity does not stand out."""
    peaks = _peaks(noise(60, _RATE_HZ))

    assert peaks is not None
    assert (None, False) == (peaks.tau_c_s, peaks.pgv_stands_out)
