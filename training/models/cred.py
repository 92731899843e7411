"""CRED: a residual network over spectrograms that says in which of 38 bins an earthquake is.

Mousavi et al. 2019. Convolutions shrink a spectrogram of 60 s, two bidirectional LSTMs and one
more LSTM read it as a sequence, a dense layer answers for each bin of 1.58 s.
"""

import keras
from keras import layers

from edge.signal.features.stft import StftConfig
from training.models.cred_labels import BINS
from training.models.recipe import Difference, InputSpec, Recipe, Schedule, Source, Training

_SHAPE = StftConfig().shape
_UNITS = 64
_L1 = 0.01

RECIPE = Recipe(
    name="cred",
    summary="Residual CNN and bidirectional LSTMs over a spectrogram: earthquake or not, by bins.",
    task="detection",
    input=InputSpec(
        kind="stft",
        shape=_SHAPE,
        rate_hz=100.0,
        window_s=60.0,
        components="ENZ",
    ),
    labels=("earthquake",),
    training=Training(
        loss="binary_crossentropy",
        metrics=("binary_accuracy",),
        optimiser="adam",
        schedule=Schedule(steps=((0, 1e-3), (11, 1e-4), (21, 1e-5), (41, 1e-6), (61, 5e-7))),
        batch_size=100,
        epochs=200,
        patience=5,
    ),
    source=Source(
        citation="Mousavi, Zhu, Sheng, Beroza 2019, Scientific Reports 9:10267, "
        "doi:10.1038/s41598-019-45748-1",
        licence="none given",
        result="F-score 99.95 % on the authors' test set (arXiv v1)",
    ),
    parameters=292_641,
    differences=(
        Difference(
            topic="label of a near event",
            published="bins from int(P) to int(S + 1.2 (S-P)) - 1: none at all for 69 % of the "
            "events with S-P of 0.5 s",
            sound="every bin that the event touches, so at least one",
        ),
        Difference(
            topic="second event",
            published="mixed into the window without a label",
            sound="every event of the window is labelled",
        ),
        Difference(
            topic="normalisation",
            published="division by the signed maximum; a dead component becomes NaN",
            sound="division by the largest magnitude; a dead component stays zero",
        ),
        Difference(
            topic="shifted windows",
            published="copies of the noise before P are put before the trace, again and again",
            sound="P anywhere; what the record is too short for is noise of the same spectrum with "
            "new phases",
        ),
        Difference(
            topic="added noise",
            published="one Gaussian noise on all three components, its size in counts",
            sound="recorded noise, 3 to 30 dB under the P",
        ),
    ),
)


def spectrogram_config(*, as_published: bool = False) -> StftConfig:
    """Return how the spectrogram is made.

    Args:
        as_published: Divide by the signed maximum.
    """
    return StftConfig(normalise="signed-peak" if as_published else "peak")


def build(*, as_published: bool = False) -> keras.Model:  # noqa: ARG001 - the layers are the same
    """Return the network: spectrograms (b, 151, 41, 3) in, probabilities (b, 38, 1) out.

    Sound and published form differ in labels and normalisation alone (`cred_labels`,
    `spectrogram_config`).
    """
    spectrogram = keras.Input(_SHAPE, name="spectrogram")
    x = layers.Conv2D(8, 9, strides=2, padding="same", activation="relu", name="conv_1")(
        spectrogram
    )
    x = _residual(x, 7, "residual_1")
    x = layers.Conv2D(16, 5, strides=2, padding="same", activation="relu", name="conv_2")(x)
    x = _residual(x, 3, "residual_2")
    x = layers.Reshape((BINS, -1), name="sequence")(x)
    x = layers.Bidirectional(layers.LSTM(_UNITS, return_sequences=True), name="bilstm_1")(x)
    first = layers.Dropout(0.7, name="bilstm_1_dropout")(x)
    x = layers.Bidirectional(layers.LSTM(_UNITS, return_sequences=True), name="bilstm_2")(first)
    x = layers.Dropout(0.7, name="bilstm_2_dropout")(x)
    x = layers.Add(name="bilstm_sum")([first, x])
    x = layers.LSTM(_UNITS, return_sequences=True, name="lstm")(x)
    x = layers.Dropout(0.8, name="lstm_dropout")(x)
    x = layers.BatchNormalization(name="lstm_norm")(x)
    x = layers.Dense(
        _UNITS, activation="relu", kernel_regularizer=keras.regularizers.L1(_L1), name="dense"
    )(x)
    x = layers.BatchNormalization(name="dense_norm")(x)
    x = layers.Dropout(0.8, name="dense_dropout")(x)
    x = layers.Dense(
        1, activation="sigmoid", kernel_regularizer=keras.regularizers.L1(_L1), name="earthquake"
    )(x)
    return keras.Model(spectrogram, x, name=RECIPE.name)


def _residual(x: keras.KerasTensor, kernel: int, name: str) -> keras.KerasTensor:
    """Add two rounds of norm, ReLU and convolution to what comes in."""
    y = x
    for i in (1, 2):
        y = layers.BatchNormalization(name=f"{name}_norm_{i}")(y)
        y = layers.ReLU(name=f"{name}_relu_{i}")(y)
        y = layers.Conv2D(x.shape[-1], kernel, padding="same", name=f"{name}_conv_{i}")(y)
    return layers.Add(name=name)([x, y])
