"""The regressor of TECHTONICS: one number, magnitude or P arrival, from a spectrogram."""

import keras
from keras import layers

from training.models import techtonics
from training.models.recipe import Difference, Recipe, Schedule, Training

RECIPE = Recipe(
    name="techtonics_regressor",
    summary="One convolution and two dense layers: the magnitude, or the sample at which P comes.",
    task="regression",
    input=techtonics.INPUT,
    labels=("magnitude",),
    training=Training(
        loss="mean_squared_error",
        metrics=("mean_absolute_error",),
        optimiser="adam",
        schedule=Schedule(steps=((0, 1e-5),)),
        batch_size=64,
        epochs=80,
    ),
    source=techtonics.source("test MSE 0.1168 for the magnitude, 19,553 samples^2 for P"),
    parameters=3_841_697,
    differences=(
        techtonics.GREY_LEVELS,
        techtonics.PLACE_OF_P,
        Difference(
            topic="metric",
            published="accuracy, of a number",
            sound="mean absolute error",
        ),
    ),
)
PUBLISHED = RECIPE.model_copy(
    update={"training": RECIPE.training.model_copy(update={"metrics": ("accuracy",)})}
)


def build(*, as_published: bool = False) -> keras.Model:  # noqa: ARG001 - the layers are the same
    """Return the network: images (b, 100, 150, 1) from 0 to 1 in, one number (b, 1) out."""
    image = keras.Input(techtonics.INPUT.shape, name="image")
    x = layers.Conv2D(64, 5, padding="same", activation="relu", name="conv")(image)
    x = layers.MaxPooling2D(2, name="pool")(x)
    x = layers.Dropout(0.5, name="dropout")(x)
    x = layers.Flatten(name="flat")(x)
    x = layers.Dense(16, activation="relu", name="dense")(x)
    x = layers.Dense(1, name="value")(x)
    return keras.Model(image, x, name=RECIPE.name)
