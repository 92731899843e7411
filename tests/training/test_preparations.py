"""What each network is shown of a window: its shape, and where published and sound form part."""

import numpy as np
import pytest

pytest.importorskip("keras", reason="the training extra is not installed")

from training.preparations import FRAMES, Scaler, preparation
from training.zoo import network, zoo

NAMES = tuple(name for name in zoo() if name != "tremor_stream")


def features(name: str, trace: np.ndarray, *, as_published: bool = False) -> np.ndarray:
    """Return the input that a network is given of one trace."""
    steps = preparation(network(name).recipe(as_published=as_published), as_published=as_published)
    return steps.features(steps.filtered(trace)[None])[0]


def trace(rate_hz: float, seconds: float) -> np.ndarray:
    """Return noise on a level, its largest swing downwards."""
    made = np.random.default_rng(1).standard_normal((round(rate_hz * seconds), 3))
    made[len(made) // 2] -= 20
    return made.astype(np.float32)


@pytest.mark.parametrize("as_published", [False, True])
@pytest.mark.parametrize("name", NAMES)
def test_every_network_gets_its_shape(name: str, *, as_published: bool) -> None:
    """The steps give what the recipe says, in either form; frames where any number goes."""
    recipe = network(name).recipe(as_published=as_published)
    expected = tuple(FRAMES if size is None else size for size in recipe.input.shape)

    assert expected == preparation(recipe, as_published=as_published).shape


def test_a_network_of_a_stream_has_no_windows() -> None:
    """tremor_stream has a conditioning of its own."""
    with pytest.raises(ValueError, match="tremor_stream takes no windows"):
        preparation(network("tremor_stream").sound)


@pytest.mark.parametrize(("name", "rate_hz", "seconds"), [
    ("eqd_picker", 100.0, 60.0), ("eqd_picker_wide", 100.0, 60.0), ("quake_cnn", 40.0, 2.0)
])  # fmt: skip
def test_sound_windows_stay_within_one(name: str, rate_hz: float, seconds: float) -> None:
    """Published: division by the signed maximum, which a large swing downwards leaves behind."""
    given = trace(rate_hz, seconds)

    assert pytest.approx(1.0) == np.abs(features(name, given)).max()
    assert np.abs(features(name, given, as_published=True)).max() > 1.5


def test_the_sound_classifier_does_not_see_counts() -> None:
    """A gain of a thousand is another instrument, not another class."""
    given = trace(100.0, 60.0)
    quiet, loud = (features("eqd_classifier", gain * given) for gain in (1.0, 1000.0))
    raw = features("eqd_classifier", 1000.0 * given, as_published=True)

    np.testing.assert_allclose(quiet, loud, atol=1e-5)
    assert raw.max() > 1000


@pytest.mark.parametrize("name", ["techtonics_classifier", "techtonics_regressor"])
def test_the_sound_picture_does_not_show_the_gain(name: str) -> None:
    """Grey levels are about the window's median; published they are of raw counts."""
    given = trace(100.0, 60.0)
    sound, published = (
        [features(name, gain * given, as_published=form) for gain in (1.0, 1000.0)]
        for form in (False, True)
    )

    np.testing.assert_allclose(sound[0], sound[1], atol=1e-3)
    assert np.abs(published[0] - published[1]).mean() > 0.3


def test_a_dead_component_of_cred_stays_zero() -> None:
    """Published: NaN, and the window is lost; here it is silence."""
    given = trace(100.0, 60.0)
    given[:, 1] = 7.0

    made = features("cred", given)

    assert np.isfinite(made).all()
    assert made[..., 1].max() < 1e-6


def test_columns_are_in_the_order_of_the_network() -> None:
    """CRED wants E, N, Z; a burst on Z is in its last channel."""
    given = np.zeros((6000, 3), np.float32)
    given[3000:3100, 0] = np.random.default_rng(1).standard_normal(100)

    made = features("cred", given)

    assert [0, 0, 1] == (made.max(axis=(0, 1)) > 0).astype(int).tolist()


def test_volcano_features_are_scaled_by_the_training_data() -> None:
    """Features of the data that made the scaler have mean 0 and spread 1."""
    rows = np.random.default_rng(1).normal(5, 3, (200, 48))
    rows[:, 7] = 2.0
    scaler = Scaler.of(rows)

    made = preparation(network("volcano_tcn").sound, scaler=scaler).window_step.scaled(rows)

    np.testing.assert_allclose(0, made.mean(axis=0), atol=1e-5)
    assert 0 == np.abs(made[:, 7]).max()
    assert pytest.approx(1, abs=1e-5) == made[:, 0].std()
