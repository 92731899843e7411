"""Augmented examples are still labelled truly."""

import numpy as np
import pytest

from tests.training.data.quakes import recording
from training.data.augment import (
    dropped_components,
    noise_at_snr,
    random_shift,
    scaled,
    second_event,
)
from training.data.example import Example, Onset, cut, example_of

RATE_HZ = 100.0


def _example(seed: int = 1, **changes: object) -> Example:
    return example_of(recording(seed, **changes))


def _quiet(seed: int = 9) -> Example:
    return _example(seed, category="noise", picks="none", p_index=None, s_index=None)


def _rise(example: Example, p: float, noise: float) -> float:
    """Return where the vertical first leaves the noise, relative to a P."""
    trace = example.samples[:, 0].astype(float)
    level = np.median(trace[max(0, int(p) - 200) : int(p) - 5])
    beyond = np.abs(trace[int(p) - 20 :] - level) > noise
    return float(np.argmax(beyond) - 20)


def test_recording_becomes_an_example() -> None:
    """With its arrivals, or with none."""
    assert (Onset(1500.0, 2000.0),) == _example().onsets
    assert () == _quiet().onsets


def test_cut_keeps_the_arrivals_inside() -> None:
    """An S whose P was cut away is still an S."""
    example = _example()

    assert (Onset(500.0, 1000.0),) == cut(example, 1000, 3000).onsets
    assert (Onset(None, 300.0),) == cut(example, 1700, 3000).onsets
    assert () == cut(example, 2500, 3000).onsets
    with pytest.raises(ValueError, match="4000 to 7000 of 6000"):
        cut(example, 4000, 3000)


@pytest.mark.parametrize("length", [500, 3000, 6000, 9000])
def test_shifted_p_stands_on_its_onset_anywhere(length: int) -> None:
    """Also where noise had to be made before or after the record."""
    rng = np.random.default_rng(length)
    places = []
    for seed in range(60):
        example = random_shift(_example(seed), length, rng)
        assert (length, 3) == example.samples.shape
        assert np.isfinite(example.samples).all()
        (onset,) = example.onsets
        assert onset.p is not None
        places.append(onset.p / length)
        if 300 < onset.p < length - 100:
            assert abs(_rise(example, onset.p, 150.0)) < 12
    np.testing.assert_allclose([0.25, 0.5, 0.75], np.quantile(places, [0.25, 0.5, 0.75]), atol=0.17)


def test_made_noise_joins_without_a_seam() -> None:
    """Level and strength of what is put before the record are those of the record."""
    rng = np.random.default_rng(3)
    example = random_shift(_example(), 9000, rng)
    while (example.onsets[0].p or 0) < 4000:
        example = random_shift(_example(), 9000, rng)
    added = int(example.onsets[0].p or 0) - 1500
    made, real = example.samples[: added - 10], example.samples[added + 10 : added + 1300]

    np.testing.assert_allclose(real.mean(axis=0), made.mean(axis=0), atol=20)
    np.testing.assert_allclose(real.std(axis=0), made.std(axis=0), rtol=0.4)


def test_missing_component_stays_missing_when_extended() -> None:
    """Noise is not made for a component that is not there."""
    example = dropped_components(_example(), (1,))

    shifted = random_shift(example, 9000, np.random.default_rng(1))

    assert np.isnan(shifted.samples[:, 1]).all()
    assert np.isfinite(shifted.samples[:, [0, 2]]).all()


def test_noise_is_shifted_too() -> None:
    """Without a P the window lies anywhere, or the noise is made longer."""
    for length in (3000, 9000):
        example = random_shift(_quiet(), length, np.random.default_rng(1))
        assert (length, 3) == example.samples.shape
        assert () == example.onsets


def test_second_event_comes_with_its_labels() -> None:
    """After the coda of the first, at its onset, and never unlabelled."""
    rng = np.random.default_rng(2)
    first, other = _example(1, end_index=3000.0), _example(2)
    labelled = 0
    for _ in range(30):
        both = second_event(first, other, 0.8, rng)
        assert first.onsets[0] == both.onsets[0]
        if len(both.onsets) == 1:
            np.testing.assert_array_equal(first.samples, both.samples)
            continue
        labelled += 1
        p = both.onsets[1].p
        assert p is not None
        assert p >= 3000
        s = both.onsets[1].s
        assert s is None or pytest.approx(500) == s - p
        np.testing.assert_array_equal(first.samples[:2800], both.samples[:2800])
        if p < 5800:
            assert abs(_rise(both, p, 200.0)) < 15
    assert 28 <= labelled


def test_no_room_for_a_second_event() -> None:
    """An example whose coda fills it is returned as it is."""
    first = _example(1, end_index=5999.0)

    assert first is second_event(first, _example(2), 1.0, np.random.default_rng(1))
    assert first is second_event(first, _quiet(), 1.0, np.random.default_rng(1))


@pytest.mark.parametrize("snr_db", [-5.0, 0.0, 10.0, 30.0])
def test_noise_has_the_asked_strength(snr_db: float) -> None:
    """In amplitude decibels against the seconds after the P, on every component its own noise."""
    rng = np.random.default_rng(1)
    example = _example()
    noise = rng.standard_normal((8000, 3)) * 1e-3

    noisy = noise_at_snr(example, noise, snr_db, rng)

    added = noisy.samples.astype(float) - example.samples
    signal = example.samples[1500:1800] - np.median(example.samples, axis=0)
    ratio = np.sqrt((signal**2).mean()) / np.sqrt((added**2).mean())
    assert pytest.approx(snr_db, abs=0.2) == 20 * np.log10(ratio)
    assert abs(np.corrcoef(added[:, 0], added[:, 1])[0, 1]) < 0.1
    assert example.onsets == noisy.onsets


def test_noise_must_be_long_enough() -> None:
    """Both lengths are told."""
    with pytest.raises(ValueError, match="100 samples for an example of 6000"):
        noise_at_snr(_example(), np.zeros((100, 3)), 0.0, np.random.default_rng(1))


def test_scaling_and_dropping_change_nothing_else() -> None:
    """And the example that was given stays as it was."""
    example = _example()
    before = example.samples.copy()

    louder, fewer = scaled(example, 2.5), dropped_components(example, (1, 2))

    np.testing.assert_allclose(2.5 * before, louder.samples, rtol=1e-6)
    np.testing.assert_array_equal(before[:, 0], fewer.samples[:, 0])
    assert np.isnan(fewer.samples[:, 1:]).all()
    assert example.onsets == louder.onsets == fewer.onsets
    np.testing.assert_array_equal(before, example.samples)


def test_one_seed_one_result() -> None:
    """All chance comes from the generator."""
    results = []
    for _ in range(2):
        rng = np.random.default_rng(11)
        example = random_shift(_example(), 7000, rng)
        example = second_event(example, _example(2), 0.5, rng)
        results.append(noise_at_snr(example, np.cumsum(np.ones((8000, 3)), 0), 3.0, rng))

    np.testing.assert_array_equal(results[0].samples, results[1].samples)
    assert results[0].onsets == results[1].onsets
