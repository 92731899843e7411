"""The card of a network of windows: what it hears, says and may differ by."""

import json
from importlib.metadata import version
from typing import Final

from edge.bundle import Card
from edge.bundle.card import (
    Metric,
    Quantisation,
    Tolerance,
    TrainingData,
    WindowInputFacts,
    WindowOutputFacts,
)
from edge.bundle.facts import Reading
from training.data.collection import LICENCES
from training.export.bundles import Naming
from training.export.onnx_window import OUTPUT
from training.export.subject import CARD_SCHEMES, Scheme
from training.models.recipe import Recipe
from training.models.volcano import FRAME_HOP_S
from training.score.window_metrics import quiet_label
from training.zoo_run import ZooRunFolder

UNKNOWN_LICENCE: Final = "none stated"
_LONG_WINDOW_S: Final = 30.0
_WARM_UP_S: Final = 15.0
_HOP_S, _SHORT_HOP_S = 1.0, 0.25
_NEWEST_S: Final = 5.0
"""At the end of a window in which bins and curves count: some seconds of P tell it from noise."""

_WORST: Final[dict[Scheme, float]] = {"float32": 1e-3, "int8": 0.35, "int16": 0.15}
_WORST_CURVE: Final[dict[Scheme, float]] = {"float32": 1e-3, "int8": 0.75, "int16": 0.25}
"""The flank of a curve is steep: a sample earlier or later, and a value is another."""
_MEAN: Final[dict[Scheme, float]] = {"float32": 1e-4, "int8": 0.03, "int16": 5e-3}
_VALUE_UNITS: Final = 5.0
"""Of a value, such as a magnitude, as much more than of a probability."""
_FEATURES: Final[dict[str, float]] = {"image": 0.02, "stft": 1e-3, "filter-bank": 0.01}
_WHITE: Final = 255.0
_FEATURES_OTHER: Final = 1e-3


def window_card(
    run: ZooRunFolder, scheme: Scheme, naming: Naming, metrics: tuple[Metric, ...]
) -> Card:
    """Return the card of a run in one scheme.

    Args:
        run: The run.
        scheme: How numbers are kept.
        naming: Version, threshold and words; a threshold of none cannot fire.
        metrics: Figures on named data.
    """
    recipe = run.config().recipe()
    said = output_facts(recipe)
    return Card(
        name=recipe.name,
        version=naming.version,
        task=recipe.task,
        summary=f"{recipe.summary} {naming.remark}".strip(),
        licence=naming.licence,
        input=input_facts(run),
        output=said,
        thresholds={} if naming.threshold is None else {"trigger": naming.threshold},
        quantisation=Quantisation(
            scheme=CARD_SCHEMES[scheme],
            converter=f"TensorFlow {version('tensorflow')}",
            calibration="" if scheme == "float32" else "examples of the training part",
        ),
        tolerance=tolerance_of(recipe, said.reading, scheme),
        metrics=metrics,
        training_data=training_data(run),
        recipe=naming.recipe,
        least_agent_version="0.1.0",
        files={},
    )


def input_facts(run: ZooRunFolder) -> WindowInputFacts:
    """Return what a run's network hears."""
    recipe, preparation = run.config().recipe(), run.preparation()
    window_s = preparation.window_samples / preparation.rate_hz
    is_long = window_s > _LONG_WINDOW_S and recipe.task != "volcano-sequence"
    hop_s = _HOP_S if window_s > _LONG_WINDOW_S else _SHORT_HOP_S
    return WindowInputFacts(
        tensor=_TENSORS[recipe.input.kind],
        rate_hz=preparation.rate_hz,
        components=preparation.components,
        window_samples=preparation.window_samples,
        hop_s=FRAME_HOP_S if recipe.task == "volcano-sequence" else hop_s,
        warm_up_s=_WARM_UP_S if is_long else None,
        preprocessing=preparation.steps,
    )


def output_facts(recipe: Recipe) -> WindowOutputFacts:
    """Return what a network says and how it is read."""
    reading = reading_of(recipe)
    quiet = quiet_label(recipe.labels)
    return WindowOutputFacts(
        tensor=OUTPUT,
        reading=reading,
        labels=recipe.labels,
        quiet=None if quiet is None else recipe.labels[quiet],
        newest_s=_NEWEST_S if reading in {"bins", "curve"} else None,
    )


def reading_of(recipe: Recipe) -> Reading:
    """Return how the output of a network is read."""
    match recipe.task:
        case "picking":
            return "curve"
        case "regression":
            return "value"
        case "volcano-sequence":
            return "frames"
        case _:
            return "bins" if quiet_label(recipe.labels) is None else "classes"


def tolerance_of(recipe: Recipe, reading: Reading, scheme: Scheme) -> Tolerance:
    """Return how far golden outputs may differ from float."""
    units = _VALUE_UNITS if reading == "value" else 1.0
    worst = (_WORST_CURVE if reading == "curve" else _WORST)[scheme]
    features = _FEATURES.get(recipe.input.kind, _FEATURES_OTHER)
    if recipe.input.kind == "image" and recipe.name == "spectrogram_cnn":
        features *= _WHITE
    return Tolerance(worst=units * worst, mean=units * _MEAN[scheme], conditioned=features)


def training_data(run: ZooRunFolder) -> tuple[TrainingData, ...]:
    """Return what a run learned from, with licences."""
    counts: dict[str, dict[str, int]] = {}
    for part, sources in json.loads(run.data_path.read_text()).items():
        for source, count in sources.items():
            counts.setdefault(source, {})[part] = count
    return tuple(
        TrainingData(name=source, licence=LICENCES.get(source, UNKNOWN_LICENCE), recordings=parts)
        for source, parts in sorted(counts.items())
    )


_TENSORS: Final = {
    "waveform": "trace",
    "stft": "spectrogram",
    "image": "image",
    "filter-bank": "features",
}
"""Inputs of the networks, by what they are given."""
