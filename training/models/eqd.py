"""What the networks of Cui et al. 2024 share: blocks, source, mistakes.

Two generations exist: the weights that the authors ship (the small ones here), and what their
notebook builds (the wide ones).
"""

import keras
from keras import layers

from training.models.attention import hybrid_attention, multi_scale
from training.models.recipe import Difference, InputSpec, Source

SAMPLES, COMPONENTS = 6000, 3
RATE_HZ = 100.0
DROPOUT = 0.1

INPUT = InputSpec(
    kind="waveform",
    shape=(SAMPLES, COMPONENTS),
    rate_hz=RATE_HZ,
    window_s=60.0,
    components="ZNE",
)
CITATION = (
    "Cui, Bai, Wu, Chen 2024, Geophysical Journal International 240(2) 988-1008: multi-task "
    "earthquake detection with multi-scale features and hybrid attention"
)
LICENCE = "GPL-3.0"

ATTENTION_AXIS = Difference(
    topic="attention over time",
    published="mean and maximum over the channels joined along time and cut into pairs, so that a "
    "step is weighed by its neighbours' means or maxima",
    sound="mean and maximum of the step itself, side by side",
)
PLACE_OF_P = Difference(
    topic="place of the P",
    published="windows as the data set has them, P at a few places near the beginning",
    sound="anywhere in the window",
)
CONSTANT_GATE = Difference(
    topic="channel attention of the deepest level",
    published="a hidden layer of zero units, so that only a bias is left",
    sound="the same, built as what it is: a learned weight for each channel (more units would "
    "change the published number of parameters)",
)


def source(result: str) -> Source:
    """Return the source with what its authors report of one network."""
    return Source(citation=CITATION, licence=LICENCE, result=result)


def encode(
    x: keras.KerasTensor, filters: int, slope: float | None, name: str, *, dense: bool
) -> keras.KerasTensor:
    """Halve the rate: dense layer, convolutions of three lengths, LeakyReLU, dropout.

    Args:
        x: Shape (b, t, channels).
        filters: Of each of the three lengths.
        slope: Of LeakyReLU below zero; none: no activation.
        name: Prefix of the layers' names.
        dense: With the dense layer in front.

    Returns:
        Shape (b, t / 2, 3 filters).
    """
    if dense:
        x = layers.Dense(filters, activation="relu", name=f"{name}_dense")(x)
    x = multi_scale(x, filters, 2, name)
    if slope is not None:
        x = layers.LeakyReLU(slope, name=f"{name}_relu")(x)
    return layers.Dropout(DROPOUT, name=f"{name}_dropout")(x)


def attend(
    x: keras.KerasTensor, reduction: int, level: int, *, as_published: bool
) -> keras.KerasTensor:
    """Apply the attention of a level."""
    return hybrid_attention(x, reduction, f"attention_{level}", as_published=as_published)
