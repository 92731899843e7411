"""The conditioning is causal, streaming, relative to the noise and bounded."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.signal.conditioning import Conditioner, ConditioningConfig

RATE_HZ = 32.0
NOISE_M_S2 = 5e-4


def _noise(seconds: float, seed: int = 1) -> np.ndarray:
    rng = np.random.default_rng(seed)
    shape = (int(seconds * RATE_HZ), 3)
    return (NOISE_M_S2 * rng.standard_normal(shape) + 9.8).astype(np.float32)


def _conditioned(samples: np.ndarray) -> np.ndarray:
    return Conditioner(ConditioningConfig(), RATE_HZ)(samples)


@settings(max_examples=30, deadline=None)
@given(cuts=st.lists(st.integers(0, 640), max_size=12))
def test_any_partition_gives_the_same(cuts: list[int]) -> None:
    """A trace conditioned in pieces equals the trace conditioned at once."""
    samples = _noise(20.0)
    samples[100:140, 1] = np.nan
    stream = Conditioner(ConditioningConfig(), RATE_HZ)
    edges = [0, *sorted(cuts), len(samples)]
    pieces = [stream(samples[a:b]) for a, b in itertools.pairwise(edges)]

    np.testing.assert_allclose(_conditioned(samples), np.concatenate(pieces), atol=2e-6)


def test_gravity_and_sensitivity_do_not_matter() -> None:
    """Noise of any strength on any offset comes out about as strong."""
    quiet = _conditioned(_noise(60.0))[320:]
    loud = _conditioned(100 * _noise(60.0))[320:]

    np.testing.assert_allclose(quiet, loud, atol=0.02)
    assert 0.5 < quiet.std() < 1.2


def test_future_does_not_reach_back() -> None:
    """Changing the future changes nothing before it."""
    samples = _noise(20.0)
    changed = samples.copy()
    changed[400:] *= 50

    np.testing.assert_array_equal(_conditioned(samples)[:400], _conditioned(changed)[:400])


def test_missing_component_is_zero_and_does_not_disturb() -> None:
    """A component that a station lacks is silent; the others stand at the noise level."""
    samples = _noise(60.0)
    samples[:, 2] = np.nan

    result = _conditioned(samples)

    assert not result[:, 2].any()
    assert 0.5 < result[320:, :2].std() < 1.2


def test_nothing_but_missing_samples_is_silence() -> None:
    """A stream without any component neither warns nor divides by nothing."""
    assert not _conditioned(np.full((64, 3), np.nan, np.float32)).any()


@pytest.mark.parametrize("value", [0.0, 9.81])
def test_dead_sensor_is_silence(value: float) -> None:
    """A stuck sensor gives zeros, not amplified rounding."""
    assert np.abs(_conditioned(np.full((320, 3), value, np.float32))).max() < 1e-3


def test_strong_motion_stays_within_the_limit() -> None:
    """An overload of a million times the noise is bounded."""
    samples = _noise(30.0)
    samples[600:] += 1e4 * np.sin(np.arange(len(samples) - 600))[:, None].astype(np.float32)

    assert ConditioningConfig().limit >= np.abs(_conditioned(samples)).max()


def test_noise_level_recovers_soon_after_strong_shaking() -> None:
    """Ten seconds of shaking at a thousand times the noise halve the sensitivity a minute later.

    A mean of amplitudes would still stand at 40 times the noise.
    """
    samples = _noise(110.0)
    samples[960:1280] = 9.8 + 1000 * (samples[960:1280] - 9.8)

    later = _conditioned(samples)[1280 + 1920 :]

    assert later.std() > 0.5 * _conditioned(_noise(110.0))[1280 + 1920 :].std()


def test_reset_forgets() -> None:
    """After a gap the stream begins as a new one."""
    samples = _noise(10.0)
    stream = Conditioner(ConditioningConfig(), RATE_HZ)
    stream(1000 * samples)
    stream.reset()

    np.testing.assert_array_equal(_conditioned(samples), stream(samples))
