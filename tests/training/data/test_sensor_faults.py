"""What sensors do to an example, against what their data sheets say."""

import numpy as np
import pytest

from edge.sensor import G_M_S2, load_sensor_profile, sensor_names
from training.data.example import Example, Onset
from training.data.sensor_faults import (
    clipped,
    gap,
    quantised,
    rate_error,
    through_sensor,
    tilt_step,
)

RATE_HZ = 100.0


def _ramp(length: int = 1000) -> Example:
    trace = np.outer(np.arange(length), [1.0, -1.0, 0.5]).astype(np.float32)
    return Example(trace, RATE_HZ, (Onset(400.0, 700.0, 900.0),))


def _still(length: int = 4000) -> Example:
    return Example(np.zeros((length, 3), np.float32), RATE_HZ)


@pytest.mark.parametrize("name", sensor_names())
def test_sensor_adds_its_noise_on_its_steps(name: str) -> None:
    """At least the white part of the data sheet, on whole steps of the converter."""
    profile = load_sensor_profile(name)

    noisy = through_sensor(_still(), profile, np.random.default_rng(1)).samples.astype(float)

    steps = noisy / profile.lsb_m_s2
    np.testing.assert_allclose(np.rint(steps), steps, atol=2e-3 * max(1, np.abs(steps).max() / 1e4))
    density = np.array(profile.noise_density_ug_rthz) * 1e-6 * G_M_S2
    assert (noisy.std(axis=0) > 0.2 * density * np.sqrt(RATE_HZ / 2)).all()
    assert (noisy.std(axis=0) < 20 * density * np.sqrt(RATE_HZ / 2) + profile.lsb_m_s2).all()


def test_sensor_has_a_range_and_leaves_missing_components() -> None:
    """Beyond its range it clips; a component that is not there has no noise either."""
    profile = load_sensor_profile("adxl355")
    trace = np.zeros((500, 3), np.float32)
    trace[100, 0] = 2 * profile.range_m_s2
    trace[:, 2] = np.nan

    samples = through_sensor(Example(trace, RATE_HZ), profile, np.random.default_rng(1)).samples

    assert pytest.approx(profile.range_m_s2, rel=1e-5) == samples[:, 0].max()
    assert np.isnan(samples[:, 2]).all()


def test_quantiser_rounds_to_its_steps() -> None:
    """To the nearest, never by more than half a step."""
    example = Example(np.linspace(-1, 1, 300).reshape(100, 3).astype(np.float32), RATE_HZ)

    samples = quantised(example, 0.25).samples

    assert {-1, -0.75, -0.5, -0.25, 0, 0.25, 0.5, 0.75, 1} == set(samples.ravel().tolist())
    assert np.abs(samples - example.samples).max() <= 0.125


@pytest.mark.parametrize("error", [-0.05, 0.0, 0.038])
def test_wrong_rate_moves_the_arrivals(error: float) -> None:
    """A fast clock takes more samples before the P; each sample keeps its value."""
    example = rate_error(_ramp(), error)

    assert pytest.approx(400 * (1 + error)) == example.onsets[0].p
    assert pytest.approx(700 * (1 + error)) == example.onsets[0].s
    np.testing.assert_allclose(
        np.arange(len(example.samples)) / (1 + error), example.samples[:, 0], atol=1e-3
    )
    assert RATE_HZ == example.rate_hz


@pytest.mark.parametrize(("fill", "expected"), [("zero", 0.0), ("hold", 99.0), ("missing", np.nan)])
def test_gap_is_filled_as_asked(fill: str, expected: float) -> None:
    """Only the lost samples change."""
    example = gap(_ramp(), 100, 50, fill)  # type: ignore[arg-type]

    np.testing.assert_array_equal(np.full(50, expected), example.samples[100:150, 0])
    np.testing.assert_array_equal(_ramp().samples[:100], example.samples[:100])
    np.testing.assert_array_equal(_ramp().samples[150:], example.samples[150:])
    assert _ramp().onsets == example.onsets


def test_gap_may_reach_over_the_ends() -> None:
    """What lies outside is not there to be lost."""
    assert 0.0 == gap(_ramp(), -20, 40).samples[19, 0]
    assert 20.0 == gap(_ramp(), -20, 40).samples[20, 0]
    assert 0.0 == gap(_ramp(), 990, 40).samples[-1, 0]


def test_tilt_turns_gravity() -> None:
    """The length of the vector stays one g; before the step nothing changes."""
    still = np.tile([G_M_S2, 0.0, 0.0], (200, 1)).astype(np.float32)

    samples = tilt_step(Example(still, RATE_HZ), 80, 0.02, 0.7).samples

    np.testing.assert_array_equal(still[:80], samples[:80])
    np.testing.assert_allclose(G_M_S2, np.linalg.norm(samples[80:], axis=1), rtol=1e-6)
    np.testing.assert_allclose(np.tan(0.7), samples[80:, 2] / samples[80:, 1], rtol=1e-4)


def test_clipping_stops_at_the_limit() -> None:
    """On both sides; missing stays missing."""
    example = _ramp()
    example.samples[:, 2] = np.nan

    samples = clipped(example, 300.0).samples

    assert (300.0, -300.0) == (samples[:, 0].max(), samples[:, 1].min())
    assert np.isnan(samples[:, 2]).all()
    assert 300 == (samples[:, 0] < 300).sum()
