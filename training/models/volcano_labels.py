"""Frame labels of the volcano networks, from the segments that an analyst marked."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from training.data.readers.volcano import CLOCK_FACTOR
from training.data.recording import Segment
from training.models.volcano import FRAME_HOP_S, LABELS

UNLABELLED = -1

_CLASSES = {"BGN": LABELS.index("silence"), "Equ": LABELS.index("earthquake")}
"""Marks of the Bezymianny records."""
_PUBLISHED_DIVISOR = 0.0141
"""What the authors divide the times of the marks by; `CLOCK_FACTOR` multiplies them."""
PUBLISHED_STRETCH = 1 / (_PUBLISHED_DIVISOR * CLOCK_FACTOR)
"""By which the authors' segments come late."""
_FRAME_S = 4.0

SHORTEST_FRAMES = {"silence": 2, "tremor": 40, "hybrid": 14, "earthquake": 4, "long-period": 4}
"""Runs of a class below this many frames are not believed."""


def frame_labels(
    segments: Sequence[Segment], frames: int, rate_hz: float, *, as_published: bool = False
) -> NDArray[np.int64]:
    """Return the class of each frame, shape (frames,).

    A frame of 4 s belongs to the segment in which its middle lies. It is `UNLABELLED` where there
    is no segment, or one of a class that the networks do not have.

    Args:
        segments: In order of time, as the reader gives them.
        frames: Number of frames of the record, one every 0.5 s.
        rate_hz: Of the record.
        as_published: Stretch the clock and leave the last segment out, as the authors do.
    """
    stretch = PUBLISHED_STRETCH if as_published else 1.0
    middle = (np.arange(frames) * FRAME_HOP_S + _FRAME_S / 2) * rate_hz
    labels = np.full(frames, UNLABELLED, np.int64)
    for segment in segments[:-1] if as_published else segments:
        inside = (middle >= segment.begin * stretch) & (middle < segment.end * stretch)
        labels[inside] = class_of(segment)
    return labels


def class_of(segment: Segment) -> int:
    """Return the class of a segment; `UNLABELLED` where the networks have none for it."""
    return _CLASSES.get(segment.label, UNLABELLED)


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
