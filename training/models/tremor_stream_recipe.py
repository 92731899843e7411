"""The place of `tremor_stream`, our own network, among the published ones."""

import keras

from edge.grid import DETECTION_RATE_HZ, HOP_SAMPLES
from training.data.labels import LABELS
from training.models.recipe import InputSpec, Recipe, Schedule, Source, Training
from training.models.tremor_stream import COMPONENT_COUNT, TremorStreamConfig
from training.models.tremor_stream import build as build_shape

RECIPE = Recipe(
    name="tremor_stream",
    summary="Small causal convolutions over a stream, each multiply done once: noise, P or S.",
    task="phase-detection",
    input=InputSpec(
        kind="waveform",
        shape=(None, COMPONENT_COUNT),
        rate_hz=DETECTION_RATE_HZ,
        components="ZNE",
        step_rows=HOP_SAMPLES,
    ),
    labels=LABELS,
    training=Training(
        loss="allowed_answers",
        optimiser="adam",
        schedule=Schedule(steps=((0, 2e-3),)),
        batch_size=32,
        epochs=40,
    ),
    source=Source(citation="ours", licence="Apache-2.0", result="see docs/scoreboard.md"),
)


def build(*, as_published: bool = False) -> keras.Model:  # noqa: ARG001 - it is published here
    """Return the batch form: conditioned traces (b, 8 h, 3) in, probabilities (b, h, 3) out."""
    return build_shape(TremorStreamConfig())
