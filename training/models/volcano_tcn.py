"""The volcano TCN: dilated causal convolutions over 48 filter-bank features, a class a frame.

Six residual blocks (Bai et al. 2018, arXiv:1803.01271) whose inner outputs are summed before the
classes; the network hears 127 frames, 63.5 s.
"""

import keras
from keras import layers

from training.models import volcano
from training.models.recipe import Recipe, Schedule, Training

_FILTERS = 50
_KERNEL = 2
_DILATIONS = (1, 2, 4, 8, 16, 32)

RECEPTIVE_FRAMES = 1 + 2 * (_KERNEL - 1) * sum(_DILATIONS)
"""Frames that have a say in one answer, itself included."""

RECIPE = Recipe(
    name="volcano_tcn",
    summary="Dilated causal convolutions over filter-bank features: five kinds of volcano signal.",
    task="volcano-sequence",
    input=volcano.INPUT,
    labels=volcano.LABELS,
    training=Training(
        loss="categorical_crossentropy",
        metrics=("categorical_accuracy",),
        optimiser="sgd",
        schedule=Schedule(steps=((0, 1e-2),)),
        batch_size=1,
        epochs=150,
    ),
    source=volcano.source("frame accuracy 84.34 % on 52 sequences of Deception Island"),
    parameters=63_105,
    differences=volcano.DIFFERENCES,
)


def build(*, as_published: bool = False) -> keras.Model:  # noqa: ARG001 - the layers are the same
    """Return the network: features (b, frames, 48) in, classes (b, frames, 5) out."""
    features = keras.Input((None, volcano.FEATURES), name="features")
    x = features
    skips = []
    for dilation in _DILATIONS:
        x, skip = _block(x, dilation)
        skips.append(skip)
    x = layers.Add(name="skip_sum")(skips)
    x = layers.Dense(len(volcano.LABELS), activation="softmax", name="classes")(x)
    return keras.Model(features, x, name=RECIPE.name)


def _block(x: keras.KerasTensor, dilation: int) -> tuple[keras.KerasTensor, keras.KerasTensor]:
    """Return what goes on to the next block, and what goes to the sum."""
    name = f"block_{dilation}"
    y = x
    for i in (1, 2):
        y = layers.Conv1D(
            _FILTERS,
            _KERNEL,
            dilation_rate=dilation,
            padding="causal",
            activation="relu",
            kernel_initializer="he_normal",
            name=f"{name}_conv_{i}",
        )(y)
    if x.shape[-1] != _FILTERS:
        x = layers.Conv1D(_FILTERS, 1, kernel_initializer="he_normal", name=f"{name}_shortcut")(x)
    total = layers.Add(name=f"{name}_sum")([x, y])
    return layers.ReLU(name=name)(total), y
