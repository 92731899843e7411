"""What each network of the zoo is shown of a window: the steps that station and trainer share.

The steps of a network follow from its recipe. The volcano networks alone need something from the
training data, the mean and the spread of each feature (`Scaler`); a run keeps them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge.signal.features.filter_bank import FilterBankConfig
from edge.signal.features.spectrogram_image import SpectrogramImageConfig
from edge.signal.preparation import (
    Bandpass,
    FilterBank,
    Normalise,
    Preparation,
    SpectrogramImage,
    Step,
    Stft,
)
from training.models import cred, techtonics
from training.models.recipe import Recipe

FRAMES: Final = 128
"""Frames of the window in which a network of any length is run."""
_FEATURES: Final = 48


@dataclass(frozen=True, slots=True)
class Scaler:
    """Mean and standard deviation of each filter-bank feature over the training data."""

    mean: tuple[float, ...] = (0.0,) * _FEATURES
    scale: tuple[float, ...] = (1.0,) * _FEATURES

    @classmethod
    def of(cls, features: NDArray[np.floating]) -> "Scaler":
        """Return the scaler of features, shape (frames, 48)."""
        scale = features.std(axis=0)
        return cls(
            tuple(features.mean(axis=0).tolist()), tuple(np.where(scale > 0, scale, 1).tolist())
        )


def preparation(
    recipe: Recipe, *, as_published: bool = False, scaler: Scaler | None = None
) -> Preparation:
    """Return how windows are made into a network's input.

    Args:
        recipe: Of the network.
        as_published: With the published mistakes.
        scaler: Of a volcano network's features; none leaves them as they are.

    Raises:
        ValueError: The network reads a stream with steps of its own.
    """
    given = recipe.input
    if recipe.name not in _STEPS:
        raise ValueError(f"{recipe.name} takes no windows; there are {', '.join(_STEPS)}")
    steps = _STEPS[recipe.name](as_published)
    if given.kind == "filter-bank":
        bank = FilterBankConfig(rate_hz=given.rate_hz)
        known = scaler or Scaler()
        steps = (*steps, FilterBank(config=bank, mean=known.mean, scale=known.scale))
        samples = bank.frame + (FRAMES - 1) * bank.hop
        return Preparation(steps, given.rate_hz, samples, given.components)
    return Preparation(steps, given.rate_hz, window_samples(recipe), given.components)


def window_samples(recipe: Recipe) -> int:
    """Return the length of one window of a network that has one, samples."""
    if recipe.input.window_s is None:
        raise ValueError(f"{recipe.name} takes any length")
    return round(recipe.input.window_s * recipe.input.rate_hz)


def _cred(as_published: bool) -> tuple[Step, ...]:  # noqa: FBT001 - one signature for all
    return (Stft(config=cred.spectrogram_config(as_published=as_published)),)


def _classifier(as_published: bool) -> tuple[Step, ...]:  # noqa: FBT001 - as above
    if as_published:
        return (Normalise(by="none"),)
    return (Normalise(by="peak", per_component=True, remove_mean=True),)


def _picker(as_published: bool) -> tuple[Step, ...]:  # noqa: FBT001 - as above
    by = "signed-peak" if as_published else "peak"
    return (
        Bandpass(order=3, low_hz=1.0, high_hz=45.0),
        Normalise(by=by, per_component=True),
    )


def _techtonics(as_published: bool) -> tuple[Step, ...]:  # noqa: FBT001 - as above
    return (SpectrogramImage(config=techtonics.image_config(as_published=as_published)),)


def _quake(as_published: bool) -> tuple[Step, ...]:  # noqa: FBT001 - as above
    by = "signed-peak" if as_published else "peak"
    return (Bandpass(order=4, low_hz=0.5), Normalise(by=by))


def _spectrogram(as_published: bool) -> tuple[Step, ...]:  # noqa: ARG001, FBT001 - as above
    """Return the picture of TECHTONICS, for 400 s; the authors' is scaled to each record."""
    return (
        Bandpass(order=4, low_hz=0.5),
        SpectrogramImage(config=SpectrogramImageConfig(window=40_000), white=255),
    )


def _volcano(as_published: bool) -> tuple[Step, ...]:  # noqa: ARG001, FBT001 - as above
    """Return a causal filter, which a station can do; the authors' runs both ways."""
    return (Bandpass(order=4, low_hz=1.0),)


_STEPS: Final[dict[str, Callable[[bool], tuple[Step, ...]]]] = {
    "cred": _cred,
    "eqd_classifier": _classifier,
    "eqd_classifier_wide": _classifier,
    "eqd_picker": _picker,
    "eqd_picker_wide": _picker,
    "techtonics_classifier": _techtonics,
    "techtonics_regressor": _techtonics,
    "quake_cnn": _quake,
    "spectrogram_cnn": _spectrogram,
    "volcano_tcn": _volcano,
    "volcano_lstm": _volcano,
}
