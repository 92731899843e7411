"""Frame labels of the volcano networks, from the segments that an analyst marked."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.models.volcano import FRAME_HOP_S, LABELS

UNLABELLED = -1
SECONDS_PER_UNIT = 70.0
"""Segment files count on the clock of sound files played at 3500 instead of 50 samples a second."""

_PUBLISHED_DIVISOR = 0.0141
_FRAME_S = 4.0

SHORTEST_FRAMES = {"silence": 2, "tremor": 40, "hybrid": 14, "earthquake": 4, "long-period": 4}
"""Runs of a class below this many frames are not believed."""


@dataclass(frozen=True, slots=True)
class Segment:
    """One stretch of one class, on the clock of the segment file."""

    begin: float
    end: float
    label: str


def frame_labels(
    segments: Sequence[Segment], frames: int, *, as_published: bool = False
) -> NDArray[np.int64]:
    """Return the class of each frame, shape (frames,), `UNLABELLED` where no segment is.

    A frame of 4 s belongs to the segment in which its middle lies.

    Args:
        segments: In order of time.
        frames: Number of frames of the record, one every 0.5 s.
        as_published: Stretch the clock and leave the last segment out, as the authors do.
    """
    scale = 1 / _PUBLISHED_DIVISOR if as_published else SECONDS_PER_UNIT
    middle_s = np.arange(frames) * FRAME_HOP_S + _FRAME_S / 2
    labels = np.full(frames, UNLABELLED, np.int64)
    for segment in segments[:-1] if as_published else segments:
        inside = (middle_s >= segment.begin * scale) & (middle_s < segment.end * scale)
        labels[inside] = LABELS.index(segment.label)
    return labels


def without_short_runs(labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return frame classes with every run that is too short set to `UNLABELLED`.

    Args:
        labels: Shape (frames,).
    """
    believed = labels.copy()
    edges = np.flatnonzero(np.diff(labels)) + 1
    for begin, end in zip((0, *edges), (*edges, len(labels)), strict=True):
        if end > begin and labels[begin] != UNLABELLED:
            shortest = SHORTEST_FRAMES[LABELS[labels[begin]]]
            if end - begin < shortest:
                believed[begin:end] = UNLABELLED
    return believed
