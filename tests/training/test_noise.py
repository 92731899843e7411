"""Made noise is like the noise it is made after, and disturbances stay where they belong."""

from collections.abc import Callable

import numpy as np
import pytest

from training.data.noise import TRANSIENTS, coloured, surrogate

LENGTH = 2560
RATE_HZ = 32.0


def _level_in(samples: np.ndarray, low_hz: float, high_hz: float) -> np.ndarray:
    frequency = np.fft.rfftfreq(len(samples), 1 / RATE_HZ)
    inside = (frequency >= low_hz) & (frequency < high_hz)
    power = np.abs(np.fft.rfft(samples - samples.mean(axis=0), axis=0)) ** 2
    return np.sqrt(power[inside].sum(axis=0)) / len(samples)


@pytest.mark.parametrize("length", [1000, LENGTH, 6000])
def test_surrogate_keeps_the_spectrum(length: int) -> None:
    """Shorter or longer, the level in each band is that of the recording."""
    rng = np.random.default_rng(4)
    white = rng.standard_normal((LENGTH, 3)) * [1.0, 0.5, 2.0]
    red = white + np.cumsum(white, axis=0) * 0.1

    made = surrogate(red, length, rng)

    for low_hz, high_hz in [(1, 3), (3, 8), (8, 15)]:
        ratio = _level_in(made, low_hz, high_hz) / _level_in(red, low_hz, high_hz)
        assert (0.6 < ratio).all()
        assert (ratio < 1.6).all()


def test_surrogate_is_new_each_time() -> None:
    """No two surrogates of one recording are alike."""
    rng = np.random.default_rng(4)
    noise = rng.standard_normal((LENGTH, 3))
    first, second = surrogate(noise, LENGTH, rng), surrogate(noise, LENGTH, rng)

    assert abs(np.corrcoef(first[:, 0], second[:, 0])[0, 1]) < 0.2


def test_coloured_noise_has_unit_strength() -> None:
    """Strength is set by the mixer, not by the colour."""
    rng = np.random.default_rng(5)

    assert all(abs(coloured(LENGTH, rng).std() - 1) < 1e-6 for _ in range(20))


@pytest.mark.parametrize("make", TRANSIENTS)
def test_disturbances_are_finite_bounded_and_repeatable(
    make: Callable[[int, np.random.Generator], np.ndarray],
) -> None:
    """Whatever is drawn has the asked length and a peak of about one, and a seed fixes it."""
    peaks = []
    for seed in range(40):
        out = make(LENGTH, np.random.default_rng(seed))
        np.testing.assert_array_equal(out, make(LENGTH, np.random.default_rng(seed)))
        assert (LENGTH, 3) == out.shape
        peaks.append(np.abs(out).max())

    assert np.isfinite(peaks).all()
    assert 0.2 < np.median(peaks) < 3.0
