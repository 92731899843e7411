"""What quantisation costs: the same network in several schemes on the same many examples.

A few dozen records cannot tell 0.2 points of F1. Examples are mixed from test recordings as they
are mixed for training, for networks of streams; for networks of windows they are the test windows.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edge.bundle import Bundle, verify_bundle
from edge.grid import HOP_SAMPLES
from training.data.collection import read_collection
from training.data.mixing import Mixer, MixingConfig
from training.data.record import Part
from training.data.synthetic import make_event
from training.models.recipe import Recipe
from training.models.tremor_stream_recipe import RECIPE
from training.score.bundle_windows import (
    answers,
    in_pieces,
    is_windowed,
    scaler_of,
    windows_of_test_part,
)
from training.score.lineup import label
from training.score.window_metrics import WindowMetrics, judge
from training.zoo import zoo

Array = NDArray[np.float32]

_TEST: frozenset[Part] = frozenset({"test"})
_RESAMPLINGS = 200
_FLOAT = "float32"
_POINTS = 100.0


@dataclass(frozen=True, slots=True)
class SchemeScore:
    """One scheme of one network, and how far it is from float in points of F1."""

    name: str
    scheme: str
    examples: int
    figure: str
    """Of which figure it is the F1, or another where there is none."""
    value: float
    loss_points: float
    """Of float less this; negative where it does better."""
    interval_points: tuple[float, float]
    """95 % of the losses over resampled examples."""


def compare_schemes(
    bundles: Sequence[Bundle], data: Path, examples: int, seed: int
) -> list[SchemeScore]:
    """Return the schemes of every network of which float and another one are given.

    Args:
        bundles: All of them.
        data: Data sets.
        examples: To mix for networks of streams.
        seed: Of the mixing.

    Raises:
        BundleError: A bundle fails its golden outputs here.
    """
    found = []
    for _, group in groupby(sorted(bundles, key=_name), key=_name):
        forms = {bundle.card.quantisation.scheme: bundle for bundle in group}
        if len(forms) > 1 and _FLOAT in forms:
            found += _compare(forms, data, examples, seed)
    return found


def stream_answers(bundle: Bundle, traces: Array) -> Array:
    """Return what a network of streams says of conditioned traces.

    Args:
        bundle: Of a network of streams.
        traces: Shape (n, samples, 3), conditioned.

    Returns:
        Shape (n, hops, labels).
    """
    stream = verify_bundle(bundle).stream()
    answered = []
    for trace in traces:
        stream.reset()
        hops = trace.reshape(-1, HOP_SAMPLES, trace.shape[-1])
        answered.append(np.stack([stream.push(hop) for hop in hops]))
    return np.stack(answered)


def _name(bundle: Bundle) -> str:
    return bundle.card.name


def _compare(forms: dict[str, Bundle], data: Path, examples: int, seed: int) -> list[SchemeScore]:
    parent = forms[_FLOAT]
    if is_windowed(parent):
        recipe = zoo()[parent.card.name].sound
        windows = windows_of_test_part(recipe, data, scaler_of(parent))
        if windows is None:
            return []
        if None in recipe.input.shape:
            windows = in_pieces(windows, parent.card.input.preparation().shape[0])
        inputs, targets, ask = windows.inputs, windows.targets, answers
    else:
        recipe, ask = RECIPE, stream_answers
        inputs, targets = _mixed(parent, data, examples, seed)
    if len(inputs) == 0:
        return []
    said = {scheme: ask(bundle, inputs) for scheme, bundle in forms.items()}
    return [
        score_scheme(recipe, forms[scheme], (said[_FLOAT], said[scheme]), targets, seed)
        for scheme in forms
    ]


def _mixed(bundle: Bundle, data: Path, count: int, seed: int) -> tuple[Array, Array]:
    """Return mixed examples of the test part, conditioned as the bundle wants them."""
    (conditioning,) = bundle.card.input.preprocessing
    mixer = Mixer(read_collection(data, _TEST), conditioning, MixingConfig(), make_event)
    drawn = [mixer.draw(np.random.default_rng((seed, number))) for number in range(count)]
    if not drawn:
        return np.empty((0, 0, 3), np.float32), np.empty((0, 0, 4), np.float32)
    return np.stack([trace for trace, _ in drawn]), np.stack([target for _, target in drawn])


def score_scheme(
    recipe: Recipe, bundle: Bundle, outputs: tuple[Array, Array], targets: Array, seed: int
) -> SchemeScore:
    """Return what one scheme costs.

    Args:
        recipe: Of the network.
        bundle: In the scheme.
        outputs: Of float and of the scheme, shape (n, ...).
        targets: Shape (n, ...).
        seed: Of the resampling.
    """
    parent, child = outputs
    threshold = bundle.card.thresholds.get("trigger", 0.5)

    def value(answered: Array, rows: NDArray[np.int64]) -> float:
        return _figure(judge(recipe, answered[rows], targets[rows], threshold=threshold))[1]

    rng = np.random.default_rng(seed)
    everything = np.arange(len(targets))
    losses = []
    for _ in range(_RESAMPLINGS):
        rows = rng.integers(len(targets), size=len(targets))
        losses.append(_POINTS * (value(parent, rows) - value(child, rows)))
    low, high = np.percentile(losses, [2.5, 97.5])
    return SchemeScore(
        name=label(bundle),
        scheme=bundle.card.quantisation.scheme,
        examples=len(targets),
        figure=_figure(judge(recipe, child, targets, threshold=threshold))[0],
        value=value(child, everything),
        loss_points=_POINTS * (value(parent, everything) - value(child, everything)),
        interval_points=(float(low), float(high)),
    )


def _figure(metrics: WindowMetrics) -> tuple[str, float]:
    """Return F1 of the detection where there is one, else the headline."""
    if metrics.picks or metrics.detection is None:
        return metrics.headline
    return "F1", metrics.detection.f1
