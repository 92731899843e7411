"""Examples for the networks of the zoo: drawn for training, fixed for validation and test.

    pools = read_pools([folder], recipe)
    examples = WindowMaker(recipe, pools["train"]).draw(64, rng)       # changed at random
    fixed = evaluation_windows(recipe, pools["validation"])            # the same every time
    model.fit(examples.inputs, examples.targets)

The windows themselves, with their onsets and before any step, come along as `examples`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge.signal.preparation import Preparation
from training.data.example import Example, cut
from training.data.fixed_scenes import fixed_scenes
from training.data.pool import FeatureSequence, Pool
from training.data.published_scenes import PublishedScenes
from training.data.recording import Description
from training.data.scenes import (
    EARTHQUAKE,
    NOISE,
    AugmentConfig,
    Rng,
    Scene,
    SoundScenes,
)
from training.data.targets import target_of
from training.data.volcano_features import feature_sequences
from training.errors import DataError
from training.models.recipe import Recipe
from training.models.volcano_labels import UNLABELLED
from training.preparations import Scaler, preparation, window_samples

Array = NDArray[np.float32]

_SHARES: Final[dict[str, dict[str, float]]] = {
    "detection": {EARTHQUAKE: 0.5, NOISE: 0.5},
    "picking": {EARTHQUAKE: 0.85, NOISE: 0.15},
    "regression": {EARTHQUAKE: 1.0},
    "phase-detection": {"P": 1 / 3, "S": 1 / 3, NOISE: 1 / 3},
}
_PUBLISHED_SHARES: Final[dict[str, dict[str, float]]] = {
    "detection": {EARTHQUAKE: 0.5, NOISE: 0.5},
    "picking": {EARTHQUAKE: 1.0},
    "regression": {EARTHQUAKE: 1.0},
    "phase-detection": {"P": 0.25, "S": 0.25, NOISE: 0.5},
}
_LEAD_S: Final = 10.0


@dataclass(frozen=True, slots=True)
class WindowExamples:
    """Examples of one network.

    Sequences of several lengths are filled up with zeros; where the target of a frame is all zero
    nothing is asked.
    """

    inputs: Array
    """What the network is given, shape (n, ...)."""
    targets: Array
    """What it shall answer, shape (n, ...)."""
    examples: tuple[Example, ...] = ()
    """The windows before any step, with their onsets; none for sequences of features."""
    about: tuple[Description, ...] = ()
    """Recording from which each window comes; none for sequences of features."""

    def __len__(self) -> int:
        return len(self.inputs)


class WindowMaker:
    """Draws examples for training.

    Args:
        recipe: Of a network of windows, or of a volcano network.
        pool: Recordings of the part to learn from.
        as_published: By the authors' rules, mistakes included.
        augment: How often windows are changed; does nothing to published forms.
        scaler: Of a volcano network's features; that of this pool if left out.

    Raises:
        DataError: The pool has nothing that the network could learn from.
    """

    def __init__(
        self,
        recipe: Recipe,
        pool: Pool,
        *,
        as_published: bool = False,
        augment: AugmentConfig | None = None,
        scaler: Scaler | None = None,
    ) -> None:
        self._recipe, self._as_published = recipe, as_published
        self._sequences: tuple[FeatureSequence, ...] = ()
        if recipe.task == "volcano-sequence":
            self._sequences = feature_sequences(recipe, pool, scaler, as_published=as_published)
            if not self._sequences:
                raise DataError(_sources(pool), "no record with segments and no sequence")
            return
        self._preparation = preparation(recipe, as_published=as_published)
        with_lead = bool(self._preparation.stream_steps)
        self._scenes: PublishedScenes | SoundScenes = (
            PublishedScenes(recipe, pool, with_lead=with_lead)
            if as_published
            else SoundScenes(recipe, pool, augment or AugmentConfig(), with_lead=with_lead)
        )
        shares = (_PUBLISHED_SHARES if as_published else _SHARES)[recipe.task]
        self._labels, self._shares = list(shares), list(shares.values())

    @property
    def size(self) -> int:
        """Number of examples in which each recording has come once, roughly."""
        if self._sequences:
            return len(self._sequences)
        noise = dict(zip(self._labels, self._shares, strict=True)).get(NOISE, 0.0)
        return round(len(self._scenes.events) / (1 - noise))

    def draw(self, count: int, rng: Rng) -> WindowExamples:
        """Return examples, each drawn anew."""
        if self._sequences:
            rows = rng.integers(len(self._sequences), size=count)
            return stacked(self._recipe, [self._sequences[row] for row in rows])
        labels = rng.choice(self._labels, size=count, p=self._shares)
        scenes = [self._scenes.draw(str(label), rng) for label in labels]
        return prepared(
            self._recipe,
            scenes,
            self._preparation,
            self._scenes.lead,
            as_published=self._as_published,
        )


def evaluation_windows(
    recipe: Recipe,
    pool: Pool,
    *,
    as_published: bool = False,
    scaler: Scaler | None = None,
    most: int | None = None,
) -> WindowExamples:
    """Return the same examples every time, unchanged but for where the onset lies.

    Of each recording a window with its event and, for networks that know noise, a window of the
    noise before it. The place of the onset is drawn by the recording's name. What a recording is
    too short for is filled up with noise like its own.

    Args:
        recipe: Of the network.
        pool: Recordings of the part to judge by.
        as_published: With the published steps and labels.
        scaler: Of a volcano network's features; that of this pool if left out.
        most: At most so many, chosen by name; all if left out.

    Raises:
        DataError: The pool has nothing that the network could be judged by.
    """
    if recipe.task == "volcano-sequence":
        sequences = feature_sequences(recipe, pool, scaler, as_published=as_published)[:most]
        if not sequences:
            raise DataError(_sources(pool), "no record with segments and no sequence")
        return stacked(recipe, sequences)
    steps = preparation(recipe, as_published=as_published)
    lead = round(_LEAD_S * recipe.input.rate_hz) if steps.stream_steps else 0
    scenes = fixed_scenes(recipe, pool, tuple(_SHARES[recipe.task]), lead, most)
    if not scenes:
        raise DataError(_sources(pool), f"nothing to judge {recipe.name} by")
    return prepared(recipe, scenes, steps, lead, as_published=as_published)


def stacked(recipe: Recipe, sequences: Sequence[FeatureSequence]) -> WindowExamples:
    """Return sequences as one batch, filled up with zeros behind their ends.

    Args:
        recipe: Of a volcano network.
        sequences: At least one.
    """
    longest = max(len(one.features) for one in sequences)
    inputs = np.zeros((len(sequences), longest, sequences[0].features.shape[1]), np.float32)
    targets = np.zeros((len(sequences), longest, len(recipe.labels)), np.float32)
    for i, one in enumerate(sequences):
        inputs[i, : len(one.features)] = one.features
        asked = np.flatnonzero(one.labels != UNLABELLED)
        targets[i, asked, one.labels[asked]] = 1.0
    return WindowExamples(inputs, targets)


def prepared(
    recipe: Recipe,
    scenes: Sequence[Scene],
    steps: Preparation,
    lead: int,
    *,
    as_published: bool,
) -> WindowExamples:
    """Filter, cut the lead off, make features and targets.

    Args:
        recipe: Of the network.
        scenes: Windows with their leads, at least one.
        steps: Of the network's preparation.
        lead: Samples before each window.
        as_published: With the published labels.
    """
    length = window_samples(recipe)
    windows = tuple(cut(scene.example, lead, length) for scene in scenes)
    filters = steps.filters()
    traces = []
    for scene in scenes:
        filters.reset()
        traces.append(filters(scene.example.samples)[lead:])
    targets = [
        target_of(recipe, window, scene.label, scene.magnitude, as_published=as_published)
        for window, scene in zip(windows, scenes, strict=True)
    ]
    return WindowExamples(
        steps.features(np.stack(traces)),
        np.stack(targets),
        windows,
        tuple(scene.about for scene in scenes),
    )


def _sources(pool: Pool) -> str:
    return ", ".join(f"{count} of {name}" for name, count in pool.sources.items()) or "no data"
