"""Windows by which networks are judged: the same every time, nothing changed but the place.

What is drawn is drawn by the name of the recording, so that neither the order of the recordings
nor the network has a say in it.
"""

import hashlib
from collections.abc import Sequence
from typing import Final

import numpy as np

from training.data.augment import window_at
from training.data.example import Example, example_of
from training.data.pool import Pool
from training.data.scenes import NOISE, Rng, Scene, event_rows, noise_rows, place_range
from training.models.recipe import Recipe
from training.preparations import window_samples

_LEAST_NOISE_S: Final = 5.0
"""Recorded noise in a window of noise, at least, or a whole window."""

Which = tuple[int, str]
"""Row of a pool, and kind of the window."""


def fixed_scenes(
    recipe: Recipe, pool: Pool, kinds: Sequence[str], lead: int, most: int | None = None
) -> list[Scene]:
    """Return a window of each kind from every recording that has it.

    Args:
        recipe: Of the network.
        pool: Recordings.
        kinds: Of windows: earthquake, noise, P or S.
        lead: Samples before each window.
        most: At most so many, chosen by name; all if left out.
    """
    chosen = [which for kind in kinds for which in _of_kind(recipe, pool, kind)]
    if most is not None and len(chosen) > most:
        chosen = sorted(chosen, key=lambda which: _number(pool, which))[:most]
    return [_scene(recipe, pool, which, lead) for which in chosen]


def _of_kind(recipe: Recipe, pool: Pool, kind: str) -> list[Which]:
    if kind == NOISE:
        least = min(_LEAST_NOISE_S * recipe.input.rate_hz, window_samples(recipe))
        rows = noise_rows(recipe, pool)
        rows = rows[pool.noise_end[rows] >= least]
    else:
        rows = event_rows(recipe, pool)
        rows = rows[np.isfinite(pool.s[rows])] if kind == "S" else rows
    return [(int(row), kind) for row in rows]


def _scene(recipe: Recipe, pool: Pool, which: Which, lead: int) -> Scene:
    row, kind = which
    rng: Rng = np.random.default_rng(_number(pool, which))
    recording = pool.recordings[row]
    total = lead + window_samples(recipe)
    if kind == NOISE:
        stretch = Example(recording.samples[: pool.noise_end[row]], recipe.input.rate_hz)
        spare = len(stretch.samples) - total
        begin = int(rng.integers(min(0, spare), max(0, spare) + 1))
        return Scene(window_at(stretch, begin, total, rng), NOISE, recording.about)
    onset = pool.s[row] if kind == "S" else pool.p[row]
    low, high = place_range(recipe)
    begin = int(onset) - int(rng.uniform(low, high)) - lead
    window = window_at(example_of(recording), begin, total, rng)
    return Scene(window, kind, recording.about, recording.about.magnitude)


def _number(pool: Pool, which: Which) -> int:
    row, kind = which
    about, _ = pool.recordings.facts(row)
    words = f"{about.source} {about.name} {kind}"
    return int.from_bytes(hashlib.sha256(words.encode()).digest()[:8], "big")
