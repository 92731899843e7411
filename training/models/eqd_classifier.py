"""The classifier of Cui et al. 2024: is there an earthquake in these 60 s?

Four levels of multi-scale convolutions, attention at some of them, two GRUs, two classes.
"""

import keras
from keras import layers

from training.models import eqd
from training.models.recipe import Difference, Recipe, Schedule, Training

_GRU_UNITS = (32, 8)
_SHIPPED_FILTERS = (3, 6, 12, 24)
_WIDE_FILTERS = (64, 32, 16, 8)

_DIFFERENCES = (
    eqd.ATTENTION_AXIS,
    Difference(
        topic="loss",
        published="a list of two losses for one output: only 0.1 x Kullback-Leibler divergence "
        "counts",
        sound="categorical cross-entropy",
    ),
    Difference(
        topic="normalisation",
        published="raw counts, so that the size of the counts tells signal from noise",
        sound="each component divided by its largest magnitude",
    ),
    eqd.PLACE_OF_P,
)

RECIPE = Recipe(
    name="eqd_classifier",
    summary="Multi-scale convolutions with hybrid attention and GRUs: earthquake or noise.",
    task="detection",
    input=eqd.INPUT,
    labels=("noise", "earthquake"),
    training=Training(
        loss="categorical_crossentropy",
        metrics=("categorical_accuracy",),
        optimiser="adam",
        schedule=Schedule(steps=((0, 1e-3), (21, 2e-4), (51, 1e-4)), halve_every=10),
        batch_size=512,
        epochs=50,
        patience=15,
    ),
    source=eqd.source("accuracy 99.83 % on TXED, 95.03 % when moved to STEAD (paper)"),
    parameters=43_552,
    differences=_DIFFERENCES,
)
PUBLISHED = RECIPE.model_copy(
    update={
        "training": RECIPE.training.model_copy(
            update={"loss": "scaled_kl_divergence", "loss_weight": 0.1, "monitor": "loss"}
        )
    }
)

_WIDE = {
    "name": "eqd_classifier_wide",
    "summary": "The classifier of the authors' notebook: wider at the front, dense layers between.",
    "parameters": 125_394,
    "source": eqd.source("accuracy 99.79 %, F1 99.79 % on 20,000 TXED windows (notebook)"),
}
RECIPE_WIDE = RECIPE.model_copy(update=_WIDE)
PUBLISHED_WIDE = PUBLISHED.model_copy(update=_WIDE)


def build(*, as_published: bool = False) -> keras.Model:
    """Return the network of the shipped weights: (b, 6000, 3) in, (b, 2) out.

    Attention is connected at levels 2 and 4 alone, and level 1 has no activation.
    """
    trace = keras.Input((eqd.SAMPLES, eqd.COMPONENTS), name="trace")
    x = trace
    for level, filters in enumerate(_SHIPPED_FILTERS, start=1):
        slope = None if level == 1 else 0.1
        x = eqd.encode(x, filters, slope, f"encoder_{level}", dense=False)
        if level in {2, 4}:
            x = eqd.attend(x, 2, level, as_published=as_published)
    return keras.Model(trace, _head(x), name=RECIPE.name)


def build_wide(*, as_published: bool = False) -> keras.Model:
    """Return the network of the notebook: (b, 6000, 3) in, (b, 2) out.

    Attention is connected at levels 1, 2 and 4, as the published number of parameters has it.
    """
    trace = keras.Input((eqd.SAMPLES, eqd.COMPONENTS), name="trace")
    x = trace
    for level, filters in enumerate(_WIDE_FILTERS, start=1):
        x = eqd.encode(x, filters, 0.2, f"encoder_{level}", dense=True)
        if level in {1, 2, 4}:
            x = eqd.attend(x, 16, level, as_published=as_published)
    return keras.Model(trace, _head(x), name=RECIPE_WIDE.name)


def _head(x: keras.KerasTensor) -> keras.KerasTensor:
    for units in _GRU_UNITS:
        x = layers.GRU(units, return_sequences=True, name=f"gru_{units}")(x)
    x = layers.Flatten(name="flat")(x)
    return layers.Dense(2, activation="softmax", name="classes")(x)
