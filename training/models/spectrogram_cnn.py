"""SeismicTorch's SpectrogramCNN: earthquake or noise in the spectrograms of three components."""

import keras
from keras import layers

from training.models.recipe import Difference, InputSpec, Recipe, Schedule, Source, Training
from training.models.torchlike import convolve

_ROWS, _COLUMNS, _COMPONENTS = 100, 150, 3
_FILTERS = (48, 96, 192)
_WHITE = 255.0

RECIPE = Recipe(
    name="spectrogram_cnn",
    summary="Three convolutions and three wide dense layers over three spectrograms.",
    task="detection",
    input=InputSpec(
        kind="image",
        shape=(_ROWS, _COLUMNS, _COMPONENTS),
        rate_hz=100.0,
        window_s=400.0,
        components="ZXY",
    ),
    labels=("earthquake", "noise"),
    training=Training(
        loss="categorical_crossentropy",
        metrics=("categorical_accuracy",),
        optimiser="adamw",
        schedule=Schedule(steps=((0, 1e-3),)),
        batch_size=256,
        epochs=100,
        monitor="val_accuracy",
    ),
    source=Source(
        citation="Gauss963/SeismicTorch 2023 (repository), SpectrogramCNN",
        licence="MIT",
        result="validation accuracy 97.0 % (best 97.44 %) on 234 records",
    ),
    parameters=42_072_258,
    counted="trainable",
    differences=(
        Difference(
            topic="scale of the image",
            published="grey levels from 0 to 255 go into the first convolution",
            sound="they are divided by 255 first, inside the network",
        ),
    ),
)


def build(*, as_published: bool = False) -> keras.Model:
    """Return the network: images (b, 100, 150, 3) from 0 to 255 in, (b, 2) out."""
    image = keras.Input((_ROWS, _COLUMNS, _COMPONENTS), name="image")
    x = image if as_published else layers.Rescaling(1 / _WHITE, name="scale")(image)
    for i, filters in enumerate(_FILTERS, start=1):
        x = convolve(x, filters, (3, 3), (2, 2), f"block_{i}")
    x = layers.Flatten(name="flat")(x)
    x = layers.Dense(1280, activation="gelu", name="dense_1")(x)
    x = layers.Dense(64, activation="gelu", name="dense_2")(x)
    x = layers.Dense(len(RECIPE.labels), activation="softmax", name="classes")(x)
    return keras.Model(image, x, name=RECIPE.name)
