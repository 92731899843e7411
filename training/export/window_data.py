"""The windows by which a network of the zoo is quantised: some to calibrate, others to judge by."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.data.example import Example
from training.data.pool import Pool
from training.data.record import Part
from training.data.windows import WindowExamples, WindowMaker, evaluation_windows
from training.export.subject import Subject
from training.score.window_metrics import WindowMetrics, judge
from training.zoo_run import ZooRunFolder

Array = NDArray[np.float32]

_SEED = 11
_CALIBRATION = 192
_SEQUENCES = 8
"""Of a volcano network, from which pieces are cut."""
_EVALUATED = 400
_THRESHOLDS = tuple(round(0.05 * i, 2) for i in range(2, 20))
_NEARLY_BEST = 0.005


@dataclass(frozen=True, slots=True)
class WindowData:
    """Windows of one network."""

    calibration: Array
    """Inputs, of the training part."""
    inputs: Array
    """Of the validation part."""
    targets: Array
    examples: tuple[Example, ...] | None
    told: str
    """What the validation windows are, for cards."""


def window_data(run: ZooRunFolder, pools: Mapping[Part, Pool], rows: int | None) -> WindowData:
    """Return the windows for a run.

    Args:
        run: The run.
        pools: Of the parts `train` and `validation`.
        rows: Of one window, where the network takes any length.

    Raises:
        DataError: There is nothing to calibrate on or to judge by.
    """
    config = run.config()
    recipe, scaler = config.recipe(), run.scaler()
    maker = WindowMaker(
        recipe,
        pools["train"],
        as_published=config.as_published,
        augment=config.augment,
        scaler=scaler,
    )
    count = _CALIBRATION if rows is None else _SEQUENCES
    shown = maker.draw(count, np.random.default_rng(_SEED))
    judged = evaluation_windows(
        recipe,
        pools["validation"],
        as_published=config.as_published,
        scaler=scaler,
        most=_EVALUATED,
    )
    if rows is not None:
        shown, judged = cut_pieces(shown, rows), cut_pieces(judged, rows)
    sources = ", ".join(f"{name} {count}" for name, count in pools["validation"].sources.items())
    return WindowData(
        calibration=shown.inputs[:_CALIBRATION],
        inputs=judged.inputs,
        targets=judged.targets,
        examples=judged.examples or None,
        told=f"{len(judged)} windows of the validation part ({sources} recordings)",
    )


def cut_pieces(sequences: WindowExamples, rows: int) -> WindowExamples:
    """Return sequences cut into windows of some rows; those in which nothing is asked are left out.

    Args:
        sequences: Inputs (n, t, features) and targets (n, t, labels).
        rows: Of a window; the last one of a sequence is filled up with zeros.
    """

    def cut(values: Array) -> Array:
        missing = -values.shape[1] % rows
        filled = np.pad(values, ((0, 0), (0, missing), (0, 0)))
        return filled.reshape(-1, rows, values.shape[-1])

    inputs, targets = cut(sequences.inputs), cut(sequences.targets)
    asked = targets.any(axis=(1, 2))
    return WindowExamples(inputs[asked], targets[asked])


def judged(
    run: ZooRunFolder, data: WindowData, outputs: Array, threshold: float | None
) -> WindowMetrics:
    """Return what outputs are worth on the validation windows."""
    recipe = run.config().recipe()
    if threshold is None:
        return judge(recipe, outputs, data.targets, data.examples)
    return judge(recipe, outputs, data.targets, data.examples, threshold)


def chosen_threshold(run: ZooRunFolder, data: WindowData, outputs: Array) -> float | None:
    """Return the largest threshold whose F1 on the validation windows is nearly the best.

    A station hears far more noise than a validation part holds: of thresholds that are as good
    here, the largest gives the fewest false triggers there. None where nothing can fire.

    Args:
        run: The run.
        data: Its windows.
        outputs: Of float Keras for the validation windows.
    """
    found = {t: judged(run, data, outputs, t).detection for t in _THRESHOLDS}
    scores = {t: detection.f1 for t, detection in found.items() if detection is not None}
    if not scores:
        return None
    best = max(scores.values())
    return max(t for t, f1 in scores.items() if f1 >= best - _NEARLY_BEST)


def subject_of(run: ZooRunFolder) -> Subject:
    """Return what is converted of a run."""
    config = run.config()
    shape = run.preparation().shape
    rows = shape[0] if None in config.recipe().input.shape else None
    return Subject(
        network=config.network,
        weights=run.best_weights,
        rows=rows,
        as_published=config.as_published,
    )
