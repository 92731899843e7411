"""Made-up examples for any network of the zoo, to measure what conversion does to it.

A network of random weights says nothing under quantisation: its activations are unlike those of a
trained one. These examples (synthetic earthquakes in noise, in the form in which the network takes
them, with its own labels) give it something to learn in a minute. What is learned is worth nothing
beside that; training proper is on recordings.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import signal

from edge.signal.features.spectrogram_image import SpectrogramImageConfig, spectrogram_image
from edge.signal.features.stft import stft
from edge.sources.synthetic_waveform import Arrivals, synthesise
from training.models.cred import spectrogram_config
from training.models.cred_labels import Onsets, bin_labels
from training.models.eqd_labels import pick_labels
from training.models.normalise import divide_by_maximum
from training.models.recipe import Recipe

Array = NDArray[np.float32]

_BEST_SNR = 30.0
_P_SPEED_KM_S, _S_SPEED_KM_S = 6.2, 3.6
_STREAM_FRAMES = 128
_RUN_FRAMES = (8, 40)
_WHITE = 255.0
_CEILING = 8.0
"""As the station's conditioning limits a trace."""


@dataclass(frozen=True, slots=True)
class Examples:
    """Inputs, shape (n, ...), and targets, shape (n, ...), of one network."""

    inputs: Array
    targets: Array


@dataclass(frozen=True, slots=True)
class _Scene:
    """A trace with an earthquake, or none."""

    trace: NDArray[np.float64]
    """Shape (n, 3)."""
    onsets: Onsets | None
    magnitude: float


def probe_rows(recipe: Recipe) -> int | None:
    """Return how long an example is where the network takes any length."""
    return _STREAM_FRAMES * recipe.input.step_rows if None in recipe.input.shape else None


def probe_examples(recipe: Recipe, count: int, seed: int) -> Examples:
    """Return examples with targets in the network's own forms.

    Args:
        recipe: Of the network.
        count: How many.
        seed: The same seed gives the same examples.
    """
    rng = np.random.default_rng(seed)
    maker = _MAKERS[recipe.input.kind]
    pairs = [maker(recipe, rng) for _ in range(count)]
    inputs, targets = zip(*pairs, strict=True)
    return Examples(np.stack(inputs).astype(np.float32), np.stack(targets).astype(np.float32))


def _scene(rng: np.random.Generator, rate_hz: float, count: int, *, event: bool) -> _Scene:
    """Return noise, or an earthquake in noise whose P and S both lie in the trace."""
    noise = signal.lfilter([1.0], [1.0, -0.6], rng.standard_normal((count, 3)), axis=0)
    if not event:
        return _Scene(noise, None, 0.0)
    distance_km = float(rng.uniform(10.0, 60.0))
    magnitude = float(rng.uniform(3.0, 6.0))
    s_minus_p_s = distance_km / _S_SPEED_KM_S - distance_km / _P_SPEED_KM_S
    p_s = float(rng.uniform(0.05, 0.5)) * count / rate_hz
    arrivals = Arrivals(p_s, p_s + s_minus_p_s)
    motion = synthesise(magnitude, distance_km, arrivals, rate_hz, count, rng)
    snr = float(rng.uniform(3.0, _BEST_SNR))
    motion = motion * snr * noise.std() / max(float(np.abs(motion).max()), 1e-12)
    return _Scene(noise + motion, Onsets(p_s * rate_hz, arrivals.s_s * rate_hz), magnitude)


def _window_scene(recipe: Recipe, rng: np.random.Generator, *, event: bool) -> _Scene:
    rate_hz, window_s = recipe.input.rate_hz, recipe.input.window_s
    return _scene(rng, rate_hz, round(rate_hz * (window_s or 60.0)), event=event)


def _one_hot(recipe: Recipe, label: str) -> Array:
    return np.eye(len(recipe.labels), dtype=np.float32)[recipe.labels.index(label)]


def _waveform(recipe: Recipe, rng: np.random.Generator) -> tuple[Array, Array]:
    if recipe.training.loss == "allowed_answers":
        return _stream(recipe, rng)
    if recipe.task == "phase-detection":
        return _phase_window(recipe, rng)
    event = bool(rng.random() < 0.5)
    scene = _window_scene(recipe, rng, event=event)
    window = divide_by_maximum(scene.trace, per_component=True)
    if recipe.task == "detection":
        return window, _one_hot(recipe, "earthquake" if event else "noise")
    onsets = scene.onsets
    arrivals = {} if onsets is None else {"P": [onsets.p_sample], "S": [onsets.s_sample]}
    return window, pick_labels([arrivals.get(phase, []) for phase in recipe.labels])


def _stream(recipe: Recipe, rng: np.random.Generator) -> tuple[Array, Array]:
    """Return a trace and, for each hop, the one allowed answer and its weight."""
    hops, step = _STREAM_FRAMES, recipe.input.step_rows
    scene = _scene(rng, recipe.input.rate_hz, hops * step, event=True)
    ends = (np.arange(hops) + 1) * step
    answer = np.where(ends < scene.onsets.p_sample, "noise", "P")
    answer = np.where(ends >= scene.onsets.s_sample, "S", answer)
    allowed = np.array(recipe.labels)[None, :] == answer[:, None]
    trace = np.clip(np.arcsinh(scene.trace), -_CEILING, _CEILING)
    return trace, np.concatenate([allowed, np.ones((hops, 1))], axis=1)


def _phase_window(recipe: Recipe, rng: np.random.Generator) -> tuple[Array, Array]:
    """Cut a window around P, around S, or out of noise."""
    rows = recipe.input.shape[0] or _STREAM_FRAMES
    label = recipe.labels[rng.integers(len(recipe.labels))]
    scene = _scene(rng, recipe.input.rate_hz, 60 * round(recipe.input.rate_hz), event=True)
    onset = {"P": scene.onsets.p_sample, "S": scene.onsets.s_sample}.get(label, rows)
    begin = int(np.clip(onset - rng.uniform(0.1, 0.9) * rows, 0, len(scene.trace) - rows))
    piece = scene.trace[begin : begin + rows]
    if label == "noise":
        piece = _scene(rng, recipe.input.rate_hz, rows, event=False).trace
    return divide_by_maximum(piece, per_component=False), _one_hot(recipe, label)


def _stft(recipe: Recipe, rng: np.random.Generator) -> tuple[Array, Array]:
    scene = _window_scene(recipe, rng, event=bool(rng.random() < 0.7))
    onsets = [] if scene.onsets is None else [scene.onsets]
    return stft(scene.trace, spectrogram_config()), bin_labels(onsets)


def _image(recipe: Recipe, rng: np.random.Generator) -> tuple[Array, Array]:
    event = recipe.task == "regression" or bool(rng.random() < 0.5)
    scene = _window_scene(recipe, rng, event=event)
    channels = recipe.input.shape[-1] or 1
    config = SpectrogramImageConfig(window=len(scene.trace))
    image = np.moveaxis(spectrogram_image(scene.trace.T[:channels], config), 0, -1)
    if recipe.task == "regression":
        return image, np.array([scene.magnitude], np.float32)
    if channels > 1:
        image = image * np.float32(_WHITE)
    return image, _one_hot(recipe, "earthquake" if event else "noise")


def _filter_bank(recipe: Recipe, rng: np.random.Generator) -> tuple[Array, Array]:
    """Return runs of classes, each with a mean of its own in the normalised features."""
    features = recipe.input.shape[-1] or 1
    means = np.random.default_rng(0).standard_normal((len(recipe.labels), features))
    classes = np.empty(0, np.int64)
    while len(classes) < _STREAM_FRAMES:
        run = np.full(rng.integers(*_RUN_FRAMES), rng.integers(len(recipe.labels)))
        classes = np.concatenate([classes, run])
    classes = classes[:_STREAM_FRAMES]
    frames = means[classes] + rng.standard_normal((_STREAM_FRAMES, features))
    return frames, np.eye(len(recipe.labels))[classes]


_MAKERS: dict[str, Callable[[Recipe, np.random.Generator], tuple[Array, Array]]] = {
    "waveform": _waveform,
    "stft": _stft,
    "image": _image,
    "filter-bank": _filter_bank,
}
