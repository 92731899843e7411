"""Windows as the authors of each network made them, mistakes included, as far as it is known.

What is done: which windows are used, where they lie, what is added to them and what is not
labelled. What is not: selections that need the full data set (least signal-to-noise ratio,
distance, weights of picks), removal of the instruments' response, rounding to 16 bits.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

import numpy as np

from training.data.augment import second_event, window_at
from training.data.example import Example, example_of, moved, single
from training.data.pool import Pool
from training.data.scenes import EARTHQUAKE, NOISE, Rng, Scene, event_rows, noise_rows
from training.errors import DataError
from training.models.quake_labels import window_centre
from training.models.recipe import Recipe
from training.preparations import window_samples

_LEAD_S: Final = 10.0
_SHIFTED_S: Final = 0.8
"""SeismicTorch moves its windows by up to this, seconds."""
_CRED_SHIFT: Final = {EARTHQUAKE: 0.9, NOISE: 0.45}
_CRED_SECOND, _CRED_NOISE, _CRED_LEAST_DB = 0.5, 0.4, 5.0


class PublishedScenes:
    """Draws windows by the authors' rules.

    Args:
        recipe: Of a network of windows.
        pool: Recordings at its rate.
        with_lead: Filters need one.

    Raises:
        DataError: The pool has no event, or no noise, that the network could learn from.
    """

    def __init__(self, recipe: Recipe, pool: Pool, *, with_lead: bool) -> None:
        self.length = window_samples(recipe)
        self.lead = round(_LEAD_S * recipe.input.rate_hz) if with_lead else 0
        self._pool, self._rate_hz = pool, recipe.input.rate_hz
        self.events = event_rows(recipe, pool)
        self.noises = noise_rows(recipe, pool)
        if not len(self.events) or (recipe.task == "detection" and not len(self.noises)):
            reason = f"{len(self.events)} events and {len(self.noises)} stretches of noise"
            raise DataError(", ".join(pool.sources), f"{recipe.name} cannot learn from {reason}")
        self._s_rows = self.events[np.isfinite(pool.s[self.events])]
        self._change = _CHANGES.get(recipe.name, _unchanged)
        self._phases = recipe.task == "phase-detection"

    def draw(self, label: str, rng: Rng) -> Scene:
        """Return a window of a kind: earthquake, noise, P or S."""
        if label == NOISE:
            return self._noise(rng)
        rows = self._s_rows if label == "S" else self.events
        row = int(rows[rng.integers(len(rows))])
        recording = self._pool.recordings[row]
        example = example_of(recording)
        if self._phases:
            begin = self._phase_begin(row, label, rng)
        else:
            # As recorded: the trace from its first sample, P wherever it happens to be.
            p = int(self._pool.p[row])
            begin = 0 if p < self.length else p - self.length // 2
        window = window_at(example, begin - self.lead, self.lead + self.length, rng)
        scene = Scene(window, label, recording.about, recording.about.magnitude)
        return self._change(self, scene, rng)

    def other(self, rng: Rng) -> Example:
        """Return any event as it was recorded."""
        return example_of(self._pool.recordings[int(self.events[rng.integers(len(self.events))])])

    def _phase_begin(self, row: int, label: str, rng: Rng) -> int:
        recording = self._pool.recordings[row]
        onset = int(self._pool.s[row] if label == "S" else self._pool.p[row])
        computed = recording.about.picks == "theoretical"
        centre = window_centre(recording.samples, onset, as_published=computed)
        shift = rng.uniform(-_SHIFTED_S, _SHIFTED_S) * self._rate_hz
        return int(centre + shift) - self.length // 2

    def _noise(self, rng: Rng) -> Scene:
        row = int(self.noises[rng.integers(len(self.noises))])
        recording = self._pool.recordings[row]
        stretch = Example(recording.samples[: self._pool.noise_end[row]], self._rate_hz)
        spare = max(0, len(stretch.samples) - self.length)
        begin = int(rng.integers(0, spare + 1)) - self.lead
        window = window_at(stretch, begin, self.lead + self.length, rng)
        return self._change(self, Scene(window, NOISE, recording.about), rng)


def shifted_by_copies(example: Example, rng: Rng) -> Example:
    """Return the window moved later by copies of what is before its P, as CRED's authors do."""
    p = next((int(o.p) for o in example.onsets if o.p is not None), len(example.samples))
    quiet = example.samples[: p - round(example.rate_hz)]
    n = len(example.samples)
    if len(quiet) < 2:
        return example
    shift = int(rng.integers(0, max(1, n - p)))
    copies = np.tile(quiet, (shift // len(quiet) + 1, 1))[:shift]
    samples = np.concatenate([copies, example.samples])[:n]
    return replace(example, samples=samples, onsets=moved(example.onsets, shift, n))


def _unchanged(_: PublishedScenes, scene: Scene, __: Rng) -> Scene:
    return scene


def _cred(scenes: PublishedScenes, scene: Scene, rng: Rng) -> Scene:
    """Shift by copies, add a second event that is not labelled, add one noise to all components."""
    snr_db = scene.about.snr_db
    if snr_db is not None and snr_db < _CRED_LEAST_DB:
        return scene
    example = scene.example
    if rng.random() < _CRED_SHIFT[scene.label]:
        example = shifted_by_copies(example, rng)
    if scene.label == EARTHQUAKE:
        labelled = example.onsets
        if rng.random() < _CRED_SECOND:
            example = second_event(example, scenes.other(rng), float(rng.uniform()), rng)
        if rng.random() < _CRED_NOISE:
            sigma = 0.5 * 10 ** ((snr_db or 10.0) / 10) * rng.uniform()
            hiss = sigma * rng.standard_normal((len(example.samples), 1))
            example = replace(example, samples=single(example.samples + hiss))
        example = replace(example, onsets=labelled)
    return replace(scene, example=example)


def _quake(_: PublishedScenes, scene: Scene, rng: Rng) -> Scene:
    """Drop a component, add Gaussian noise of 1 to 15 % of the peak."""
    samples = np.nan_to_num(scene.example.samples, nan=0.0)
    if rng.random() < 0.3:
        samples[:, rng.integers(3)] = 0.0
    if rng.random() < 0.5:
        sigma = rng.uniform(0.01, 0.15) * np.abs(samples - np.median(samples, axis=0)).max()
        samples = samples + sigma * rng.standard_normal(samples.shape)
    return replace(scene, example=replace(scene.example, samples=single(samples)))


_CHANGES: Final[dict[str, Callable[[PublishedScenes, Scene, Rng], Scene]]] = {
    "cred": _cred,
    "quake_cnn": _quake,
}
