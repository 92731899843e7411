"""The pickers of Cui et al. 2024: where in these 60 s do P and S arrive?

An encoder of four levels and a decoder of four, joined by the attention of each level. The shipped
weights are one network a phase, the notebook's is one network for both.
"""

import keras
from keras import layers

from training.models import eqd
from training.models.attention import multi_scale
from training.models.recipe import Difference, Recipe, Schedule, Training

_FILTERS = (32, 16, 8, 4)
_WIDE_FILTERS = (64, 32, 16, 8)
_ENCODER_SLOPE = 0.2
_REDUCTION = 16
_LEVELS = 4

_DIFFERENCES = (
    eqd.ATTENTION_AXIS,
    Difference(
        topic="normalisation",
        published="division by the signed maximum",
        sound="division by the largest magnitude",
    ),
    Difference(
        topic="time axis of the labels",
        published="6000 points from 0 to 6000, so that a label late in the window lies up to one "
        "sample early",
        sound="sample i lies at i",
    ),
    Difference(
        topic="what is labelled",
        published="signals only, the first event of a window only",
        sound="every event of a window, and noise as zeros",
    ),
    eqd.PLACE_OF_P,
)

RECIPE = Recipe(
    name="eqd_picker",
    summary="Encoder and decoder with hybrid attention: the curve of one phase, P or S.",
    task="picking",
    input=eqd.INPUT,
    labels=("P",),
    training=Training(
        loss="binary_crossentropy",
        metrics=("mean_absolute_error",),
        optimiser="adam",
        schedule=Schedule(steps=((0, 1e-3),)),
        batch_size=256,
        epochs=100,
        patience=5,
    ),
    source=eqd.source(
        "MAE 0.131 s for P, 0.169 s for S; 97 % within 1 s (errors over 2 s left out)"
    ),
    parameters=63_611,
    differences=(*_DIFFERENCES, eqd.CONSTANT_GATE),
)
PUBLISHED = RECIPE.model_copy(
    update={"training": RECIPE.training.model_copy(update={"monitor": "loss"})}
)

_WIDE = {
    "name": "eqd_picker_wide",
    "summary": "The picker of the authors' notebook: P and S from one wider network.",
    "labels": ("P", "S"),
    "parameters": 254_348,
    "source": eqd.source("MAE 0.147 s for P, 0.183 s for S on 1500 windows (notebook)"),
    "differences": _DIFFERENCES,
}
RECIPE_WIDE = RECIPE.model_copy(update=_WIDE)
PUBLISHED_WIDE = PUBLISHED.model_copy(update=_WIDE)


def build(*, as_published: bool = False) -> keras.Model:
    """Return the network of the shipped weights: (b, 6000, 3) in, one curve (b, 6000, 1) out."""
    trace = keras.Input((eqd.SAMPLES, eqd.COMPONENTS), name="trace")
    bottom, attended = _encode(trace, _FILTERS, as_published=as_published)
    x = bottom
    for level in range(_LEVELS, 0, -1):
        x = _decode(x, attended[level], _FILTERS[level - 1], level, slope=0.1, norm=False)
    return keras.Model(trace, _tail(x, _FILTERS[0], RECIPE.labels), name=RECIPE.name)


def build_wide(*, as_published: bool = False) -> keras.Model:
    """Return the network of the notebook: (b, 6000, 3) in, curves of P and S (b, 6000, 2) out."""
    trace = keras.Input((eqd.SAMPLES, eqd.COMPONENTS), name="trace")
    bottom, attended = _encode(trace, _WIDE_FILTERS, as_published=as_published)
    x = bottom
    for level in range(_LEVELS, 0, -1):
        x = _decode(
            x, attended[level], _WIDE_FILTERS[level - 1], level, slope=_ENCODER_SLOPE, norm=True
        )
    tail = _tail(x, _WIDE_FILTERS[0], RECIPE_WIDE.labels)
    return keras.Model(trace, tail, name=RECIPE_WIDE.name)


def _encode(
    trace: keras.KerasTensor, filters: tuple[int, ...], *, as_published: bool
) -> tuple[keras.KerasTensor, dict[int, keras.KerasTensor]]:
    """Return the deepest level before its attention, and the attention of each level."""
    attended: dict[int, keras.KerasTensor] = {}
    x = encoded = trace
    for level, width in enumerate(filters, start=1):
        encoded = eqd.encode(x, width, _ENCODER_SLOPE, f"encoder_{level}", dense=True)
        attended[level] = eqd.attend(encoded, _REDUCTION, level, as_published=as_published)
        x = attended[level]
    return encoded, attended


def _decode(
    x: keras.KerasTensor,
    skip: keras.KerasTensor,
    filters: int,
    level: int,
    *,
    slope: float,
    norm: bool,
) -> keras.KerasTensor:
    """Double the rate; the attention of the same level joins in."""
    name = f"decoder_{level}"
    x = layers.Dense(filters, activation="relu", name=f"{name}_dense")(x)
    x = multi_scale(x, filters, 1, name)
    x = layers.LeakyReLU(slope, name=f"{name}_relu")(x)
    if norm:
        x = layers.BatchNormalization(name=f"{name}_norm")(x)
    x = layers.Concatenate(name=f"{name}_skip")([x, skip])
    return layers.UpSampling1D(2, name=f"{name}_up")(x)


def _tail(x: keras.KerasTensor, filters: int, labels: tuple[str, ...]) -> keras.KerasTensor:
    x = layers.Dense(filters, activation="relu", name="tail_dense")(x)
    return layers.Conv1D(
        len(labels), 3, padding="same", activation="sigmoid", name="probabilities"
    )(x)
