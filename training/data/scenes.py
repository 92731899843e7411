"""Windows of recordings as a network shall learn from them, before they are prepared.

`SoundScenes` puts the onset anywhere, adds second events with their labels, noise, and what sensors
do; `PublishedScenes` leaves windows as the authors have them. Both give windows with a lead before
them, over which filters settle as they do on a station.
"""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from training.data.augment import dropped_components, noise_at_snr, second_event, window_at
from training.data.example import Example, cut, example_of, single
from training.data.noise import TRANSIENTS, surrogate
from training.data.pool import Pool, Rows
from training.data.record import RATE_HZ
from training.data.recording import Description
from training.data.sensor_faults import gap, rate_error
from training.errors import DataError
from training.models.recipe import Recipe
from training.preparations import window_samples

Rng = np.random.Generator

NOISE: Final = "noise"
EARTHQUAKE: Final = "earthquake"
_LEAD_S: Final = 10.0
"""After this the slowest filter has settled: 0.5 Hz, order 4."""
_SHORT_S, _LONG_S = 1.0, 5.0
"""Averages whose ratio finds the most event-like place of noise (SeismicTorch)."""
_SEARCH_S: Final = 30.0
_LARGEST_GAP: Final = 0.1
"""Share of the window that a gap may take."""
_SECOND_S: Final = (5.0, 60.0)
"""Kept of a second event before and after its P, seconds."""
_LEAST_NOISE_S: Final = 2.0
_WITH_SECOND: Final = frozenset({"detection", "picking"})
"""Tasks in which a window may hold two events."""


class AugmentConfig(BaseModel):
    """How often windows are changed, and how much; the published forms have their own rules."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    second_event: float = Field(
        default=0.2, ge=0, le=1, title="Second", description="Share with a second event, labelled"
    )
    noise: float = Field(
        default=0.5, ge=0, le=1, title="Noise", description="Share of events with noise added"
    )
    snr_low_db: float = Field(
        default=3.0, title="Weakest", description="Rms of 3 s of P over the added noise, decibels"
    )
    snr_high_db: float = Field(default=30.0, title="Strongest", description="Likewise")
    surrogate: float = Field(
        default=0.4, ge=0, le=1, title="Surrogates", description="Share of noise with new phases"
    )
    disturbance: float = Field(
        default=0.3,
        ge=0,
        le=1,
        title="Disturbances",
        description="Share of noise with steps, knocks, vehicles, machines or glitches",
    )
    dropped: float = Field(
        default=0.08, ge=0, le=1, title="Dropped", description="Share without the horizontals"
    )
    turned: bool = Field(
        default=True, title="Turned", description="Horizontals at any azimuth, either polarity"
    )
    rate_error: float = Field(
        default=0.05, ge=0, le=1, title="Rate", description="Share with a wrong sampling rate"
    )
    rate_spread: float = Field(
        default=0.01, ge=0, lt=0.1, title="Spread", description="Largest error of the rate"
    )
    gap: float = Field(default=0.03, ge=0, le=1, title="Gaps", description="Share with a gap")


@dataclass(frozen=True, slots=True)
class Scene:
    """A window with its lead, and what it is an example of."""

    example: Example
    label: str
    """earthquake, noise, P or S."""
    about: Description
    magnitude: float | None = None


class SoundScenes:
    """Draws windows in which nothing but the ground tells what they are.

    Args:
        recipe: Of a network of windows.
        pool: Recordings at its rate.
        config: How often windows are changed.
        with_lead: Filters need one.

    Raises:
        DataError: The pool has no event, or no noise, that the network could learn from.
    """

    def __init__(
        self, recipe: Recipe, pool: Pool, config: AugmentConfig, *, with_lead: bool
    ) -> None:
        self.length = window_samples(recipe)
        self.lead = round(_LEAD_S * recipe.input.rate_hz) if with_lead else 0
        self._recipe, self._pool, self._config = recipe, pool, config
        self._rate_hz = recipe.input.rate_hz
        self.events = event_rows(recipe, pool)
        self.noises = noise_rows(recipe, pool)
        if not len(self.events) or (recipe.task != "regression" and not len(self.noises)):
            reason = f"{len(self.events)} events and {len(self.noises)} stretches of noise"
            raise DataError(_of(pool), f"{recipe.name} cannot learn from {reason}")
        self._s_rows = self.events[np.isfinite(pool.s[self.events])]

    def draw(self, label: str, rng: Rng) -> Scene:
        """Return a window of a kind: earthquake, noise, P or S."""
        scene = self._noise(rng) if label == NOISE else self._event(label, rng)
        example = scene.example
        if self._config.turned:
            example = turned(example, rng)
        if rng.random() < self._config.dropped and "N" in _components(self._recipe):
            example = dropped_components(example, (1, 2))
        if rng.random() < self._config.gap:
            lost = int(rng.integers(1, max(2, int(_LARGEST_GAP * self.length))))
            place = int(rng.integers(0, len(example.samples)))
            example = gap(example, place, lost, "hold" if rng.random() < 0.5 else "zero")
        return replace(scene, example=example)

    def _event(self, label: str, rng: Rng) -> Scene:
        rows = self._s_rows if label == "S" else self.events
        row = int(rows[rng.integers(len(rows))])
        recording = self._pool.recordings[row]
        onset = self._pool.s[row] if label == "S" else self._pool.p[row]
        low, high = place_range(self._recipe)
        begin = int(onset) - int(rng.uniform(low, high)) - self.lead
        example = self._cut(example_of(recording), begin, rng)
        if self._recipe.task in _WITH_SECOND and rng.random() < self._config.second_event:
            example = second_event(example, self._other(rng), float(rng.uniform(0.1, 1)), rng)
        if rng.random() < self._config.noise and len(self.noises):
            snr_db = float(rng.uniform(self._config.snr_low_db, self._config.snr_high_db))
            noise = self._quiet(len(example.samples), rng).example.samples
            example = noise_at_snr(example, noise.astype(np.float64), snr_db, rng)
        return Scene(example, label, recording.about, recording.about.magnitude)

    def _cut(self, example: Example, begin: int, rng: Rng) -> Example:
        """Return the window with its lead, at times sampled at a wrong rate."""
        total = self.lead + self.length
        if rng.random() >= self._config.rate_error:
            return window_at(example, begin, total, rng)
        error = float(rng.uniform(-1, 1)) * self._config.rate_spread
        longer = int(np.ceil(total * (1 + 2 * self._config.rate_spread))) + 2
        return cut(rate_error(window_at(example, begin, longer, rng), error), 0, total)

    def _other(self, rng: Rng) -> Example:
        row = int(self.events[rng.integers(len(self.events))])
        example = example_of(self._pool.recordings[row])
        before, after = (round(s * self._rate_hz) for s in _SECOND_S)
        begin = max(0, int(self._pool.p[row]) - before)
        end = min(len(example.samples), int(self._pool.p[row]) + after)
        return cut(example, begin, end - begin)

    def _noise(self, rng: Rng) -> Scene:
        total = self.lead + self.length
        search = round(_SEARCH_S * self._rate_hz) if self._recipe.task == "phase-detection" else 0
        scene = self._quiet(total + search, rng)
        if rng.random() < self._config.disturbance:
            scene = replace(scene, example=disturbed(scene.example, rng))
        if search:
            hard = rng.random() < 0.5
            place = liveliest(scene.example) if hard else int(rng.integers(0, total + search))
            begin = int(np.clip(place - self.lead - self.length // 2, 0, search))
            scene = replace(scene, example=cut(scene.example, begin, total))
        return scene

    def _quiet(self, length: int, rng: Rng) -> Scene:
        """Return noise of any length: recorded, or a surrogate of recorded noise."""
        row = int(self.noises[rng.integers(len(self.noises))])
        recording = self._pool.recordings[row]
        stretch = Example(recording.samples[: self._pool.noise_end[row]], self._rate_hz)
        spare = len(stretch.samples) - length
        begin = int(rng.integers(min(0, spare), max(0, spare) + 1))
        if rng.random() < self._config.surrogate:
            part = stretch.samples[max(0, begin) : max(0, begin) + length]
            return Scene(
                replace(stretch, samples=renewed(part, length, rng)), NOISE, recording.about
            )
        return Scene(window_at(stretch, begin, length, rng), NOISE, recording.about)


def event_rows(recipe: Recipe, pool: Pool) -> Rows:
    """Return the rows whose event has all that a network's target needs."""
    rows = pool.events
    if recipe.name == "cred" or "S" in recipe.labels:
        rows = rows[np.isfinite(pool.s[rows])]
    if "magnitude" in recipe.labels:
        rows = rows[np.isfinite(pool.magnitude[rows])]
    return rows


def noise_rows(recipe: Recipe, pool: Pool) -> Rows:
    """Return the rows with enough noise to make more like it."""
    return pool.noises[pool.noise_end[pool.noises] >= _LEAST_NOISE_S * recipe.input.rate_hz]


def place_range(recipe: Recipe) -> tuple[float, float]:
    """Return between which samples of a window the onset lies.

    A curve has its onset anywhere; a window that is called an earthquake as a whole shows at least
    two seconds of it; a magnitude needs half the window.
    """
    length = window_samples(recipe)
    match recipe.task:
        case "detection":
            return 0.0, length - 2.0 * recipe.input.rate_hz
        case "regression":
            return 0.02 * length, 0.5 * length
        case "phase-detection":
            return 0.1 * length, 0.9 * length
        case _:
            return 0.0, length - 1.0


def turned(example: Example, rng: Rng) -> Example:
    """Return the example of a station set up at another azimuth, at times upside down."""
    angle = rng.uniform(0, 2 * np.pi)
    vertical, north, east = example.samples.T
    samples = np.stack(
        [
            vertical,
            np.cos(angle) * north - np.sin(angle) * east,
            np.sin(angle) * north + np.cos(angle) * east,
        ],
        axis=1,
    )
    return replace(example, samples=single(samples * rng.choice([-1.0, 1.0])))


def renewed(noise: np.ndarray, length: int, rng: Rng) -> np.ndarray:
    """Return a surrogate of noise, shape (n, 3), that keeps its level and missing components."""
    missing = ~np.isfinite(noise).any(axis=0)
    present = np.nan_to_num(noise.astype(np.float64), nan=0.0)
    made = np.median(present, axis=0) + surrogate(present, length, rng)
    made[:, missing] = np.nan
    return single(made)


def disturbed(example: Example, rng: Rng) -> Example:
    """Add what is no earthquake: a step, a knock, a vehicle, a machine or a glitch."""
    n = len(example.samples)
    make = TRANSIENTS[rng.integers(len(TRANSIENTS))]
    slow = make(int(np.ceil(n * RATE_HZ / example.rate_hz)) + 2, rng)
    places = np.arange(n) * RATE_HZ / example.rate_hz
    shape = np.stack([np.interp(places, np.arange(len(slow)), c) for c in slow.T], axis=1)
    present = np.nan_to_num(example.samples, nan=0.0)
    strength = float(np.std(present, axis=0).max()) * np.exp(rng.uniform(np.log(2), np.log(100)))
    return replace(example, samples=single(example.samples + strength * shape))


def liveliest(example: Example) -> int:
    """Return the sample at which the last second stands highest over the last five."""
    present = np.nan_to_num(example.samples.astype(np.float64), nan=0.0)
    level = np.abs(present - np.median(present, axis=0)).sum(axis=1)
    total = np.concatenate([[0.0], np.cumsum(level)])
    short, long = (round(s * example.rate_hz) for s in (_SHORT_S, _LONG_S))
    recent = (total[long:] - total[long - short : -short]) / short
    past = (total[long:] - total[:-long]) / long
    return long + int(np.argmax(recent / np.maximum(past, 1e-30)))


def _components(recipe: Recipe) -> str:
    """Return the components by compass, whatever the network calls them."""
    return recipe.input.components.replace("X", "N").replace("Y", "E")


def _of(pool: Pool) -> str:
    return ", ".join(f"{count} recordings of {name}" for name, count in pool.sources.items())
