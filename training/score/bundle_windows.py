"""A bundle's network over recorded windows, one at a time and without a stream."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edge.bundle import Bundle, verify_bundle
from edge.bundle.card import WindowInputFacts
from edge.signal.preparation import FilterBank
from training.data.example import Example
from training.data.record import Part
from training.data.sets import read_pools
from training.data.windows import WindowExamples, evaluation_windows
from training.errors import DataError
from training.models import eqd_picker
from training.models.recipe import Recipe
from training.preparations import Scaler
from training.score.window_metrics import WindowMetrics, judge
from training.zoo import zoo

TEST_PART: Part = "test"
COMMON = eqd_picker.RECIPE
"""Its windows of 60 s at 100 Hz are the ones on which everybody is compared."""
HEARD_AS_STREAMS = "openeew"
"""The source whose test events are heard as streams: its windows would ask the same again."""


@dataclass(frozen=True, slots=True)
class SourceMetrics:
    """How a bundle does on the windows of one source."""

    name: str
    source: str
    metrics: WindowMetrics


def is_windowed(bundle: Bundle) -> bool:
    """Tell whether a bundle answers to windows and is a network of the zoo."""
    return isinstance(bundle.card.input, WindowInputFacts) and bundle.card.name in zoo()


def judge_bundle(name: str, bundle: Bundle, data: Path) -> Iterator[SourceMetrics]:
    """Yield how a bundle of windows does on the test part of each source.

    Args:
        name: Of the row.
        bundle: Of a network of the zoo.
        data: Data sets.

    Raises:
        BundleError: The bundle fails its golden outputs here.
    """
    recipe = zoo()[bundle.card.name].sound
    windows = windows_of_test_part(recipe, data, scaler_of(bundle))
    if windows is None:
        return
    if None in recipe.input.shape:
        windows = in_pieces(windows, bundle.card.input.preparation().shape[0])
    outputs = answers(bundle, windows.inputs)
    threshold = bundle.card.thresholds.get("trigger", 0.5)
    for source, rows in _by_source(windows):
        metrics = judge(
            recipe,
            outputs[rows],
            windows.targets[rows],
            [windows.examples[row] for row in rows] if windows.examples else None,
            threshold,
        )
        yield SourceMetrics(name, source, metrics)


def windows_of_test_part(
    recipe: Recipe, data: Path, scaler: Scaler | None = None
) -> WindowExamples | None:
    """Return the windows of the test part; None where the data have none for this network.

    Args:
        recipe: Of the network.
        data: Data sets.
        scaler: Of a volcano network's features.
    """
    try:
        pool = read_pools([data], recipe, (TEST_PART,))[TEST_PART]
        return evaluation_windows(recipe, pool, scaler=scaler)
    except DataError:
        return None


def scaler_of(bundle: Bundle) -> Scaler | None:
    """Return by what a bundle's features were scaled in its training; None where they were not."""
    heard = bundle.card.input
    steps = heard.preprocessing if isinstance(heard, WindowInputFacts) else ()
    return next((Scaler(s.mean, s.scale) for s in steps if isinstance(s, FilterBank)), None)


def in_pieces(sequences: WindowExamples, rows: int) -> WindowExamples:
    """Return sequences cut into windows; the last one of a sequence is filled up with zeros.

    Args:
        sequences: Inputs of shape (n, t, features), targets of shape (n, t, labels).
        rows: Of a window.
    """

    def cut(values: NDArray[np.float32]) -> NDArray[np.float32]:
        filled = np.pad(values, ((0, 0), (0, -values.shape[1] % rows), (0, 0)))
        return filled.reshape(-1, rows, values.shape[-1])

    inputs, targets = cut(sequences.inputs), cut(sequences.targets)
    asked = targets.any(axis=(1, 2))
    return WindowExamples(inputs[asked], targets[asked])


def common_windows(data: Path) -> list[Example]:
    """Return the windows of test recordings on which everybody is compared."""
    windows = windows_of_test_part(COMMON, data)
    if windows is None:
        return []
    pairs = zip(windows.examples, windows.about, strict=True)
    return [example for example, about in pairs if about.source != HEARD_AS_STREAMS]


def answers(bundle: Bundle, inputs: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return what a bundle's network says of prepared windows, shape (n, rows, labels).

    Classes of a whole window and numbers come as (n, labels).
    """
    network = verify_bundle(bundle).window()
    said = np.stack([network.run(one) for one in inputs])
    return said[:, 0] if said.shape[1] == 1 else said


def _by_source(windows: WindowExamples) -> Iterator[tuple[str, Sequence[int]]]:
    if not windows.about:
        yield "volcano", range(len(windows))
        return
    sources = [about.source for about in windows.about]
    order = sorted(range(len(sources)), key=sources.__getitem__)
    for source, rows in groupby(order, key=sources.__getitem__):
        yield source, list(rows)
