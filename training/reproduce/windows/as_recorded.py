"""Windows to test by, cut as the authors of the networks cut theirs: P where the data have it."""

import hashlib

import numpy as np

from training.data.augment import window_at
from training.data.example import Example, example_of
from training.data.pool import Pool
from training.data.scenes import EARTHQUAKE, NOISE, Rng, Scene, event_rows, noise_rows
from training.data.windows import WindowExamples, prepared
from training.models.quake_labels import window_centre
from training.models.recipe import Recipe
from training.preparations import preparation, window_samples

_LEAD_S = 10.0
"""Over which filters settle."""
_SHIFT_S = 0.8
"""By which SeismicTorch moves its windows, at most."""
_WITH_NOISE = frozenset({"detection", "phase-detection"})
"""Tasks whose published tests have noise at all."""


def as_recorded_windows(recipe: Recipe, pool: Pool) -> WindowExamples | None:
    """Return the published test windows of a pool; None where it has nothing to test by.

    A window begins at the first sample of its recording, so that P is where the data set happens
    to have it. Windows of phases lie about the arrival, up to 0.8 s off. Noise is that of
    recordings of noise; where a pool has none, what was recorded before the events.

    Args:
        recipe: Of a network of windows, in its published form.
        pool: Recordings of the test part at its rate.
    """
    steps = preparation(recipe, as_published=True)
    lead = round(_LEAD_S * recipe.input.rate_hz) if steps.stream_steps else 0
    events = event_rows(recipe, pool)
    scenes = []
    for label in _kinds(recipe):
        rows = events[np.isfinite(pool.s[events])] if label == "S" else events
        scenes += [_event(recipe, pool, int(row), label, lead) for row in rows]
    if recipe.task in _WITH_NOISE:
        scenes += [_noise(recipe, pool, int(row), lead) for row in _noise_rows(recipe, pool)]
    if not scenes:
        return None
    return prepared(recipe, scenes, steps, lead, as_published=True)


def _kinds(recipe: Recipe) -> tuple[str, ...]:
    return ("P", "S") if recipe.task == "phase-detection" else (EARTHQUAKE,)


def _noise_rows(recipe: Recipe, pool: Pool) -> list[int]:
    """Return recordings of noise, or the noise before events where there are none."""
    rows = noise_rows(recipe, pool).tolist()
    pure = [row for row in rows if pool.noise_end[row] == pool.lengths[row]]
    return pure or rows


def _event(recipe: Recipe, pool: Pool, row: int, label: str, lead: int) -> Scene:
    recording = pool.recordings[row]
    about, length = recording.about, window_samples(recipe)
    rng = _named_rng(about.name, label)
    if recipe.task == "phase-detection":
        onset = int(pool.s[row] if label == "S" else pool.p[row])
        computed = about.picks == "theoretical"
        centre = window_centre(recording.samples, onset, as_published=computed)
        shift = rng.uniform(-_SHIFT_S, _SHIFT_S) * recipe.input.rate_hz
        begin = int(centre + shift) - length // 2
    else:
        # Longer recordings, which the authors did not have, are cut about P.
        begin = 0 if pool.p[row] < length else int(pool.p[row]) - length // 2
    window = window_at(example_of(recording), begin - lead, lead + length, rng)
    return Scene(window, label, about, about.magnitude)


def _noise(recipe: Recipe, pool: Pool, row: int, lead: int) -> Scene:
    recording = pool.recordings[row]
    rng = _named_rng(recording.about.name, NOISE)
    stretch = Example(recording.samples[: pool.noise_end[row]], recipe.input.rate_hz)
    spare = max(0, len(stretch.samples) - window_samples(recipe))
    begin = int(rng.integers(0, spare + 1)) - lead
    window = window_at(stretch, begin, lead + window_samples(recipe), rng)
    return Scene(window, NOISE, recording.about)


def _named_rng(*words: str) -> Rng:
    digest = hashlib.sha256(" ".join(words).encode()).digest()
    return np.random.default_rng(int.from_bytes(digest[:8], "big"))
