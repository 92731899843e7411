"""Sensor noise: the profile's density, corner and low-pass; the quantiser."""

import numpy as np
import pytest
from scipy.signal import welch

from edge.sensor import G_M_S2, SensorProfile, load_sensor_profile
from edge.sources.sensor_noise import SensorNoise, digitise


def _density_ug(profile: SensorProfile, rate_hz: float, seconds: float) -> tuple[np.ndarray, ...]:
    """Return frequencies and densities, micro-g per square root of hertz, Z, N, E."""
    noise = SensorNoise(profile, rate_hz, np.random.default_rng(4))
    signal = noise.next(round(seconds * rate_hz))
    length = round(200 * rate_hz)
    frequencies, power = welch(signal, fs=rate_hz, nperseg=length, axis=0)
    return frequencies, np.sqrt(power) / G_M_S2 * 1e6


@pytest.mark.parametrize("name", ["adxl355", "openeew", "rshake4d-mems"])
def test_the_white_part_has_the_density_of_the_profile(name: str) -> None:
    """Well above the 1/f corner and below the low-pass the density is the stated one."""
    profile = load_sensor_profile(name)
    frequencies, density = _density_ug(profile, profile.rate_hz, 4000)

    band = (frequencies > 5 * profile.noise_corner_hz + 0.5) & (frequencies < 2.5)

    np.testing.assert_allclose(profile.noise_density_ug_rthz, density[band].mean(axis=0), rtol=0.15)


def test_below_the_corner_noise_rises_as_one_over_f() -> None:
    """A quarter of the corner has about five times the power: 1/f plus the white part."""
    profile = load_sensor_profile("lsm6dso")
    frequencies, density = _density_ug(profile, 52.0, 8000)

    near = np.abs(frequencies - profile.noise_corner_hz / 4) < 0.02
    white = (frequencies > 5) & (frequencies < 10)
    ratio = (density[near] ** 2).mean() / (density[white] ** 2).mean()

    assert 4 < ratio < 6


def test_the_low_pass_of_the_sensor_shows() -> None:
    """An OpenEEW node's noise falls above 8 Hz, as in its records."""
    profile = load_sensor_profile("openeew")
    frequencies, density = _density_ug(profile, 31.25, 4000)

    high = (frequencies > 13) & (frequencies < 15)
    low = (frequencies > 1) & (frequencies < 3)

    assert 0.5 < density[high].mean() / density[low].mean() < 0.75


def test_the_samples_do_not_depend_on_how_many_are_asked_for() -> None:
    """Packets of any size carry the same noise."""
    profile = load_sensor_profile("adxl355")
    whole = SensorNoise(profile, 125.0, np.random.default_rng(1)).next(1000)
    parts = SensorNoise(profile, 125.0, np.random.default_rng(1))

    pieces = [parts.next(count) for count in (1, 63, 64, 65, 7, 800)]

    np.testing.assert_array_equal(whole, np.concatenate(pieces))


def test_digitising_rounds_to_the_step_and_clips_at_the_range() -> None:
    """What exceeds the range is cut and told."""
    profile = load_sensor_profile("lsm6dso")
    motion = np.array([[0.4, 0.6, -1.4]]) * profile.lsb_m_s2

    samples, clipped = digitise(motion, profile)

    np.testing.assert_allclose([[0.0, 1.0, -1.0]], samples / profile.lsb_m_s2, atol=1e-5)
    assert not clipped
    samples, clipped = digitise(np.full((1, 3), -100.0), profile)
    assert clipped
    assert pytest.approx(-2 * G_M_S2, rel=1e-4) == samples[0, 0]
