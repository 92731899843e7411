"""Records of a volcano network as rows of features, and what a network of frames hears in them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from edge.signal.features.filter_bank import FilterBankConfig, filter_bank
from edge.timestamps import seconds_to_ns
from training.data.drops import Drops
from training.data.layouts import find_layout
from training.data.pool import As, brought
from training.data.recording import Recording
from training.errors import DataError
from training.models.recipe import Recipe
from training.models.volcano import FRAME_HOP_S, LABELS
from training.models.volcano_labels import SHORTEST_FRAMES, UNLABELLED, frame_labels
from training.preparations import Scaler, preparation
from training.retrain.coincidence import Detection

EARTHQUAKE: Final = LABELS.index("earthquake")
SILENCE: Final = LABELS.index("silence")
_MIDDLE_S: Final = 2.0
"""From the first sample of a frame to its middle."""

Labels = NDArray[np.int64]
Heard = Literal["earthquake", "anything"]
"""See `RetrainConfig`."""


@dataclass(frozen=True, slots=True)
class FrameRecord:
    """One station's record as frames, one every 0.5 s."""

    name: str
    station: str
    event: str
    """Earthquake: the unit of the split."""
    start_ns: int
    """Time of the first sample."""
    features: NDArray[np.float32]
    """Shape (frames, 48), not normalised."""
    labels: Labels
    """Shape (frames,): the analyst's classes; -1 where there are none."""

    @property
    def hours(self) -> float:
        """Length of the data."""
        return len(self.features) * FRAME_HOP_S / 3600


def read_frame_records(path: Path, recipe: Recipe, quantity: As) -> list[FrameRecord]:
    """Return the records of a data set in any layout.

    Args:
        path: Of the set.
        recipe: Of the network, which decides rate and features.
        quantity: What becomes of velocity, as in the training of the base.

    Raises:
        DataError: It holds no record whose time is known.
    """
    drops = Drops()
    records = []
    for recording in find_layout(path).read(path, drops):
        if recording.about.start_ns is not None:
            whole = brought(recording, recipe.input.rate_hz, quantity)
            records.append(_frames_of(whole, recording.about.start_ns, recipe))
    if not records:
        raise DataError(path, "no record with the time of its first sample; who saw what when?")
    return records


def _frames_of(recording: Recording, start_ns: int, recipe: Recipe) -> FrameRecord:
    about = recording.about
    trace = np.nan_to_num(preparation(recipe).filtered(recording.samples)[:, 0], nan=0.0)
    features = filter_bank(trace, FilterBankConfig(rate_hz=about.rate_hz)).astype(np.float32)
    labels = frame_labels(about.segments, len(features), about.rate_hz)
    return FrameRecord(about.name, about.station, about.event, start_ns, features, labels)


def scaler_of(records: Iterable[FrameRecord]) -> Scaler:
    """Return mean and spread of the features of a network: no label is needed for them."""
    return Scaler.of(np.concatenate([record.features for record in records]))


def normalised(record: FrameRecord, scaler: Scaler) -> NDArray[np.float32]:
    """Return the features as the network is given them, shape (frames, 48)."""
    mean, scale = (np.array(values, np.float32) for values in (scaler.mean, scaler.scale))
    return (record.features - mean) / scale


def runs_of(wanted: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Return first and last-but-one frame of each run that is long enough for an earthquake.

    Args:
        wanted: Shape (frames,); runs below `SHORTEST_FRAMES` of an earthquake are not believed.
    """
    edges = np.flatnonzero(np.diff(np.concatenate([[False], wanted, [False]]).astype(np.int8)))
    least = SHORTEST_FRAMES[LABELS[EARTHQUAKE]]
    pairs = edges.reshape(-1, 2).tolist()
    return [(begin, end) for begin, end in pairs if end - begin >= least]


def as_earthquakes(classes: Labels, heard: Heard) -> Labels:
    """Return classes in which whatever counts as a detection is an earthquake.

    Args:
        classes: What a network said, shape (frames,).
        heard: What counts.
    """
    if heard == "earthquake":
        return classes
    return np.where(classes == SILENCE, SILENCE, EARTHQUAKE)


def detections_of(
    record: FrameRecord, classes: Labels, heard: Heard = "earthquake"
) -> dict[Detection, tuple[int, int]]:
    """Return the detections that a network's classes show, with their frames.

    Args:
        record: That the network listened to.
        classes: What it said of each frame, shape (frames,).
        heard: What counts.
    """

    def time_ns(frame: int) -> int:
        return record.start_ns + seconds_to_ns(frame * FRAME_HOP_S + _MIDDLE_S)

    return {
        Detection(record.station, time_ns(begin), time_ns(end - 1)): (begin, end)
        for begin, end in runs_of(as_earthquakes(classes, heard) == EARTHQUAKE)
    }


def pseudo_labels(classes: Labels, believed: Sequence[tuple[int, int]], around: int = 10) -> Labels:
    """Return the labels that a record gets from what was believed of it.

    An earthquake where a detection was believed; silence where the network heard silence, but not
    near anything else that it heard; nothing is asked of the rest.

    Args:
        classes: What the network said, shape (frames,).
        believed: First and last-but-one frame of each believed detection.
        around: Frames around whatever is no silence of which nothing is asked.
    """
    labels = np.full(len(classes), UNLABELLED, np.int64)
    loud = np.convolve(classes != SILENCE, np.ones(2 * around + 1), mode="same") > 0
    labels[~loud[: len(classes)]] = SILENCE
    for begin, end in believed:
        labels[begin:end] = EARTHQUAKE
    return labels


def folds_of(records: Sequence[FrameRecord], count: int) -> list[frozenset[str]]:
    """Return the earthquakes of each fold, those of several stations dealt evenly.

    Args:
        records: Of the new network.
        count: Folds; fewer where there are fewer earthquakes.
    """
    stations: dict[str, set[str]] = {}
    for record in records:
        stations.setdefault(record.event, set()).add(record.station)
    ordered = sorted(stations, key=lambda event: (-len(stations[event]), event))
    count = min(count, len(ordered))
    return [frozenset(ordered[fold::count]) for fold in range(count)]
