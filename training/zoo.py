"""Every network that the trainer knows, by its name.

`zoo()` gives an entry for each: how it is built and how it is trained, in the sound form or as it
was published.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache

import keras

from training.errors import UnknownNetworkError
from training.models import (
    cred,
    eqd_classifier,
    eqd_picker,
    quake_cnn,
    spectrogram_cnn,
    techtonics_classifier,
    techtonics_regressor,
    tremor_stream_recipe,
    volcano_lstm,
    volcano_tcn,
)
from training.models.recipe import Recipe


@dataclass(frozen=True, slots=True)
class ZooEntry:
    """One network."""

    sound: Recipe
    published: Recipe
    builder: Callable[..., keras.Model]

    @property
    def name(self) -> str:
        """In the zoo."""
        return self.sound.name

    def recipe(self, *, as_published: bool = False) -> Recipe:
        """Return how it is trained."""
        return self.published if as_published else self.sound

    def build(self, *, as_published: bool = False) -> keras.Model:
        """Return the network with fresh weights."""
        return self.builder(as_published=as_published)


@cache
def zoo() -> dict[str, ZooEntry]:
    """Return the networks by name, in the order in which tables show them."""
    entries = (
        _entry(tremor_stream_recipe.RECIPE, tremor_stream_recipe.build),
        _entry(cred.RECIPE, cred.build),
        _entry(eqd_classifier.RECIPE, eqd_classifier.build, eqd_classifier.PUBLISHED),
        _entry(
            eqd_classifier.RECIPE_WIDE, eqd_classifier.build_wide, eqd_classifier.PUBLISHED_WIDE
        ),
        _entry(eqd_picker.RECIPE, eqd_picker.build, eqd_picker.PUBLISHED),
        _entry(eqd_picker.RECIPE_WIDE, eqd_picker.build_wide, eqd_picker.PUBLISHED_WIDE),
        _entry(
            techtonics_classifier.RECIPE,
            techtonics_classifier.build,
            techtonics_classifier.PUBLISHED,
        ),
        _entry(
            techtonics_regressor.RECIPE, techtonics_regressor.build, techtonics_regressor.PUBLISHED
        ),
        _entry(quake_cnn.RECIPE, quake_cnn.build),
        _entry(spectrogram_cnn.RECIPE, spectrogram_cnn.build),
        _entry(volcano_tcn.RECIPE, volcano_tcn.build),
        _entry(volcano_lstm.RECIPE, volcano_lstm.build),
    )
    return {entry.name: entry for entry in entries}


def network(name: str) -> ZooEntry:
    """Return one entry.

    Raises:
        UnknownNetworkError: No network has this name.
    """
    entries = zoo()
    if name not in entries:
        nearest = get_close_matches(name, entries, n=1)
        raise UnknownNetworkError(name, tuple(entries), nearest[0] if nearest else None)
    return entries[name]


def count_parameters(model: keras.Model, recipe: Recipe) -> int:
    """Return the number of parameters in the way in which the network's authors count."""
    if recipe.counted == "trainable":
        return sum(math.prod(weight.shape) for weight in model.trainable_weights)
    return int(model.count_params())


def _entry(
    sound: Recipe, builder: Callable[..., keras.Model], published: Recipe | None = None
) -> ZooEntry:
    """Return an entry; without a published recipe of its own the training is the same."""
    return ZooEntry(sound, published or sound, builder)
