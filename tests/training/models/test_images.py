"""The picture networks: grey levels that no instrument's gain decides."""

import numpy as np
import pytest

keras = pytest.importorskip("keras", reason="the training extra is not installed")

from edge.signal.features.spectrogram_image import (  # noqa: E402 - after the check for the extra
    spectrogram_image,
)
from training.models.techtonics import image_config  # noqa: E402
from training.zoo import network  # noqa: E402


@pytest.fixture
def window() -> np.ndarray:
    """Return 60 s of noise with a louder stretch, counts."""
    window = 30 * np.random.default_rng(4).standard_normal(6000)
    window[3000:3600] *= 12
    return window


def test_picture_does_not_know_the_gain(window: np.ndarray) -> None:
    """Ten times the counts, the same picture."""
    quiet, loud = (spectrogram_image(gain * window, image_config()) for gain in (1.0, 10.0))

    np.testing.assert_allclose(quiet, loud, atol=1e-3)


def test_published_picture_tells_the_gain(window: np.ndarray) -> None:
    """With fixed limits a quiet instrument is black: that is what the network could learn."""
    config = image_config(as_published=True)
    quiet, loud = (spectrogram_image(gain * window, config) for gain in (0.01, 1.0))

    assert quiet[:, 10:70].mean() < 0.05
    assert loud[:, 10:70].mean() > 0.3


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
