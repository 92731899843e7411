"""Poles from a corner and a delay."""

import math

import numpy as np
import pytest
from scipy.signal import butter, freqs_zpk

from edge.response.lowpass import delay_at_zero_s, fit_poles, response_at
from edge.sensor import load_sensor_profile, sensor_names


def _figures() -> list[tuple[str, float, float]]:
    profiles = [load_sensor_profile(name) for name in sensor_names()]
    return [
        (one.name, one.low_pass_ratio * one.rate_hz, one.group_delay_samples / one.rate_hz)
        for one in profiles
        if one.low_pass_ratio is not None and one.group_delay_samples
    ]


@pytest.mark.parametrize(("name", "corner_hz", "delay_s"), _figures())
def test_every_profile_gets_its_corner_and_its_delay(
    name: str, corner_hz: float, delay_s: float
) -> None:
    """Both figures of the data sheet hold; the delay within 5 % where no filter has just it."""
    poles = fit_poles(corner_hz, delay_s)

    assert abs(response_at(poles, np.array([corner_hz]))[0]) == pytest.approx(math.sqrt(0.5))
    assert delay_s == pytest.approx(delay_at_zero_s(poles), rel=0.05)
    assert (poles.real < 0).all()
    assert abs(poles.sum().imag) < 1e-6 * abs(poles.sum())


def test_without_a_delay_it_is_butterworths() -> None:
    """As SciPy computes it."""
    frequencies_hz = np.array([0.1, 1.0, 7.0, 30.0])

    ours = response_at(fit_poles(25.0, None), frequencies_hz)

    zeros, poles, gain = butter(2, 2 * math.pi * 25.0, analog=True, output="zpk")
    _, expected = freqs_zpk(zeros, poles, gain, worN=2 * math.pi * frequencies_hz)
    assert expected == pytest.approx(ours)


def test_the_delay_is_the_slope_of_the_phase() -> None:
    """At low frequency."""
    poles = fit_poles(31.25, 0.01232)
    frequency_hz = np.array([0.01])

    phase = float(np.angle(response_at(poles, frequency_hz))[0])

    assert 0.01232 == pytest.approx(-phase / (2 * math.pi * 0.01), rel=1e-5)


@pytest.mark.parametrize("delay_s", [1e-6, 10.0])
def test_a_delay_that_no_filter_has_gets_the_nearest(delay_s: float) -> None:
    """The corner holds all the same."""
    poles = fit_poles(10.0, delay_s)

    assert abs(response_at(poles, np.array([10.0]))[0]) == pytest.approx(math.sqrt(0.5))
    assert len(poles) == (1 if delay_s < 1 else 8)
