"""What a network of frames is worth: frames right, earthquakes found, false ones."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from training.models.volcano_labels import UNLABELLED
from training.retrain.frames_data import EARTHQUAKE, SILENCE, Labels, runs_of
from training.retrain.report import Figures


@dataclass(frozen=True, slots=True)
class Answered:
    """What a network said of a labelled sequence."""

    labels: Labels
    """Shape (frames,); -1 where there are none."""
    classes: Labels
    """Shape (frames,): its answers."""


def score_frames(answers: Iterable[Answered]) -> Figures:
    """Return the figures of sequences, each frame and each earthquake counted once."""
    answers = list(answers)
    labels = np.concatenate([one.labels for one in answers])
    classes = np.concatenate([one.classes for one in answers])
    asked = labels != UNLABELLED
    found, earthquakes, false = 0, 0, 0
    for one in answers:
        heard = runs_of(one.classes == EARTHQUAKE)
        true = runs_of(one.labels == EARTHQUAKE)
        earthquakes += len(true)
        found += sum(any(_overlap(run, other) for other in heard) for run in true)
        false += sum(
            not any(_overlap(run, other) for other in true)
            and (one.labels[run[0] : run[1]] != UNLABELLED).all()
            for run in heard
        )
    return {
        "frame accuracy": _share((classes == labels)[asked]),
        "earthquake frames found": _share((classes == EARTHQUAKE)[labels == EARTHQUAKE]),
        "background called earthquake": _share((classes == EARTHQUAKE)[labels == SILENCE]),
        "earthquakes found": f"{found}/{earthquakes}",
        "false earthquakes": int(false),
        "frames": int(asked.sum()),
    }


def _overlap(one: tuple[int, int], other: tuple[int, int]) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def _share(hits: Labels) -> float | None:
    return float(hits.mean()) if len(hits) else None
