"""SeismicTorch's EarthquakeCNN: P, S or noise in two seconds of a MEMS accelerometer.

Three convolutions along time alone; the components meet in the first dense layer.
"""

import keras
from keras import layers

from training.models.recipe import Difference, InputSpec, Recipe, Schedule, Source, Training
from training.models.torchlike import convolve

_SAMPLES, _COMPONENTS = 80, 3
_FILTERS = (16, 32, 64)
_KERNEL = 3

RECIPE = Recipe(
    name="quake_cnn",
    summary="Three convolutions and three dense layers over 2 s at 40 Hz: P, S or noise.",
    task="phase-detection",
    input=InputSpec(
        kind="waveform",
        shape=(_SAMPLES, _COMPONENTS),
        rate_hz=40.0,
        window_s=2.0,
        components="ZNE",
    ),
    labels=("P", "S", "noise"),
    training=Training(
        loss="categorical_crossentropy",
        metrics=("categorical_accuracy",),
        optimiser="adam",
        schedule=Schedule(steps=((0, 1e-3),), halve_every=7),
        batch_size=256,
        epochs=50,
        monitor="val_accuracy",
    ),
    source=Source(
        citation="Gauss963/SeismicTorch 2023 (repository), EarthquakeCNN",
        licence="MIT",
        result="validation accuracy 93.47 % on STEAD, 72.59 % on the MEMS network QSIS",
    ),
    parameters=33_795,
    counted="trainable",
    differences=(
        Difference(
            topic="normalisation",
            published="division by the signed maximum of the window",
            sound="division by the largest magnitude of the window",
        ),
        Difference(
            topic="place of a P window",
            published="the strongest motion within 12 s of the computed P, which is often S",
            sound="the computed or picked P itself",
        ),
        Difference(
            topic="arrival where no travel times are at hand",
            published="(distance + depth) / speed",
            sound="length of the straight path / speed",
        ),
    ),
)


def build(*, as_published: bool = False) -> keras.Model:  # noqa: ARG001 - the layers are the same
    """Return the network: windows (b, 80, 3) in, (b, 3) out.

    The authors end in logits and a loss that takes them; here the softmax is part of the network.
    """
    trace = keras.Input((_SAMPLES, _COMPONENTS), name="trace")
    x = layers.Reshape((_SAMPLES, _COMPONENTS, 1), name="plane")(trace)
    for i, filters in enumerate(_FILTERS, start=1):
        x = convolve(x, filters, (_KERNEL, 1), (_KERNEL, 1), f"block_{i}")
    x = layers.Flatten(name="flat")(x)
    x = layers.Dense(64, activation="gelu", name="dense_1")(x)
    x = layers.Dense(16, activation="gelu", name="dense_2")(x)
    x = layers.Dense(len(RECIPE.labels), activation="softmax", name="classes")(x)
    return keras.Model(trace, x, name=RECIPE.name)
