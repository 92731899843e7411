"""The picture networks: grey levels that no instrument's gain decides."""

import numpy as np
import pytest

keras = pytest.importorskip("keras", reason="the training extra is not installed")

from training.models.techtonics import grey_levels  # noqa: E402 - after the check for the extra
from training.zoo import network  # noqa: E402


@pytest.fixture
def decibels() -> np.ndarray:
    """Return a spectrogram of noise with a loud corner."""
    image = np.random.default_rng(4).normal(0.0, 3.0, (100, 150))
    image[40:60, 80:] += 30.0
    return image


def test_grey_levels_do_not_know_the_gain(decibels: np.ndarray) -> None:
    """Ten times the counts, 20 dB more, the same picture."""
    np.testing.assert_allclose(grey_levels(decibels), grey_levels(decibels + 20.0), atol=1e-6)


def test_published_grey_levels_tell_the_gain(decibels: np.ndarray) -> None:
    """With fixed limits a quiet instrument is black: that is what the network could learn."""
    quiet = grey_levels(decibels - 40.0, as_published=True)

    assert quiet[:40].mean() < 0.01
    assert grey_levels(decibels, as_published=True)[:40].mean() > 0.2


def test_grey_levels_stay_between_black_and_white(decibels: np.ndarray) -> None:
    """From 0 to 1, the event near white."""
    levels = grey_levels(decibels)

    assert levels.min() == 0.0
    assert levels.max() <= 1.0
    assert levels[50, 100] > 0.8


def test_spectrogram_network_scales_its_input_in_the_sound_form_alone() -> None:
    """The published network feeds 0 to 255 into the first convolution."""
    entry = network("spectrogram_cnn")

    assert "scale" in {layer.name for layer in entry.build().layers}
    assert "scale" not in {layer.name for layer in entry.build(as_published=True).layers}


def test_published_learning_rate_is_kept_in_the_published_recipe() -> None:
    """1e-6 underfits; it is not the default."""
    entry = network("techtonics_classifier")

    assert entry.published.training.schedule.rate(0) == 1e-6
    assert entry.sound.training.schedule.rate(0) == 1e-4


def test_regressor_is_not_measured_in_accuracy() -> None:
    """Accuracy of a real number says nothing."""
    entry = network("techtonics_regressor")

    assert entry.sound.training.metrics == ("mean_absolute_error",)
    assert entry.published.training.metrics == ("accuracy",)
