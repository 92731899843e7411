"""Features and frame classes of volcano records, whole or segment by segment as published."""

import numpy as np

from edge.signal.features.filter_bank import FilterBankConfig, filter_bank
from edge.signal.preparation import Preparation
from training.data.pool import FeatureSequence, Pool
from training.data.recording import Recording
from training.models.recipe import Recipe
from training.models.volcano_labels import (
    PUBLISHED_STRETCH,
    UNLABELLED,
    class_of,
    frame_labels,
)
from training.preparations import Scaler, preparation


def scaler_of(recipe: Recipe, pool: Pool, *, as_published: bool = False) -> Scaler:
    """Return mean and spread of the features of a pool's recordings.

    Sequences of features are normalised already; a pool of these alone needs no scaling.
    """
    raw = _raw_sequences(recipe, pool, as_published=as_published)
    return Scaler.of(np.concatenate([one.features for one in raw])) if raw else Scaler()


def feature_sequences(
    recipe: Recipe, pool: Pool, scaler: Scaler | None = None, *, as_published: bool = False
) -> tuple[FeatureSequence, ...]:
    """Return every record of a pool as normalised features with frame classes.

    Args:
        recipe: Of a volcano network.
        pool: Records with segments, sequences of features, or both.
        scaler: Of the training data; that of this pool if left out.
        as_published: Features of each segment on its own, which tell where segments begin and
            end, and the published clock of the segments.
    """
    scaler = scaler or scaler_of(recipe, pool, as_published=as_published)
    mean, scale = (np.array(values, np.float32) for values in (scaler.mean, scaler.scale))
    made = [
        FeatureSequence(one.name, one.source, (one.features - mean) / scale, one.labels)
        for one in _raw_sequences(recipe, pool, as_published=as_published)
    ]
    return (*pool.sequences, *made)


def _raw_sequences(recipe: Recipe, pool: Pool, *, as_published: bool) -> list[FeatureSequence]:
    steps = preparation(recipe, as_published=as_published)
    make = _by_segments if as_published else _whole
    made = []
    for row in range(len(pool.recordings)):
        sequence = make(pool.recordings[row], steps)
        if (sequence.labels != UNLABELLED).any():
            made.append(sequence)
    return made


def _whole(recording: Recording, steps: Preparation) -> FeatureSequence:
    about = recording.about
    trace = np.nan_to_num(steps.filtered(recording.samples)[:, 0], nan=0.0)
    features = filter_bank(trace, FilterBankConfig(rate_hz=about.rate_hz))
    labels = frame_labels(about.segments, len(features), about.rate_hz)
    return FeatureSequence(about.name, about.source, features.astype(np.float32), labels)


def _by_segments(recording: Recording, steps: Preparation) -> FeatureSequence:
    """Return the features of each segment on its own, the last segment left out."""
    about = recording.about
    config = FilterBankConfig(rate_hz=about.rate_hz)
    trace = np.nan_to_num(steps.filtered(recording.samples)[:, 0], nan=0.0)
    rows, classes = [np.empty((0, config.features))], [np.empty(0, np.int64)]
    for segment in about.segments[:-1]:
        begin, end = (round(edge * PUBLISHED_STRETCH) for edge in (segment.begin, segment.end))
        piece = trace[begin:end]
        if len(piece) and class_of(segment) != UNLABELLED:
            rows.append(filter_bank(piece, config))
            classes.append(np.full(len(rows[-1]), class_of(segment)))
    features = np.concatenate(rows).astype(np.float32)
    return FeatureSequence(about.name, about.source, features, np.concatenate(classes))
