"""The answers of a trained network to the test part, counted."""

from collections.abc import Iterator
from typing import Final

import keras
import numpy as np

from training.data.pool import Pool, Rows
from training.data.scenes import event_rows
from training.data.windows import WindowExamples, evaluation_windows
from training.errors import ReproductionError
from training.models.recipe import Recipe
from training.reproduce.windows.as_recorded import as_recorded_windows
from training.reproduce.windows.data import ProtocolData
from training.reproduce.windows.scores import NewScore, Score

_AT_A_TIME: Final = 64
"""Recordings whose windows are made and answered together."""
_PREDICTED: Final = 32


def judge_test_part(
    model: keras.Model,
    recipe: Recipe,
    new_score: NewScore,
    data: ProtocolData,
    rows: Rows,
    *,
    as_published: bool,
    moved: bool,
) -> tuple[Score, int]:
    """Return the score of a network, and by how many windows.

    Args:
        model: Trained.
        recipe: In the form in which it was trained.
        new_score: Makes the score of the protocol.
        data: All recordings.
        rows: Of the test part.
        as_published: With the steps and labels of the published form.
        moved: P anywhere in the window, instead of where the data have it.

    Raises:
        ReproductionError: The test part has nothing to test by.
    """
    score, tested = new_score(recipe), 0
    for windows in _batches(recipe, data, rows, as_published=as_published, moved=moved):
        outputs = model.predict(windows.inputs, batch_size=_PREDICTED, verbose=0)
        score.add(np.asarray(outputs, np.float64), windows)
        tested += len(windows)
    if not tested:
        raise ReproductionError(
            recipe.name, f"none of the {len(rows)} recordings of the test part can test it"
        )
    return score, tested


def _batches(
    recipe: Recipe, data: ProtocolData, rows: Rows, *, as_published: bool, moved: bool
) -> Iterator[WindowExamples]:
    for first in range(0, len(rows), _AT_A_TIME):
        pool = data.pool(rows[first : first + _AT_A_TIME])
        if moved and _can_judge(recipe, pool):
            yield evaluation_windows(recipe, pool, as_published=as_published)
        if not moved:
            windows = as_recorded_windows(recipe, pool)
            if windows is not None:
                yield windows


def _can_judge(recipe: Recipe, pool: Pool) -> bool:
    """Tell whether there is an event, or a recording that is noise throughout."""
    noise = (pool.noise_end == pool.lengths).any() and recipe.task != "regression"
    return len(event_rows(recipe, pool)) > 0 or bool(noise)
