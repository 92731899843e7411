"""The short-time Fourier transform that CRED was trained on (Mousavi et al. 2019, Sci. Rep. 9).

Magnitudes of a Hann-windowed transform of each component of a 60 s window, 151 frames by 41
frequencies. The ends of the window are padded with zeros by half a frame, as `scipy.signal.stft`
does by default.

A stream has no mean and no peak of a window to come, yet each frame is transformed once: the
transform is linear, so the window's mean and scale are put in afterwards,

    STFT((x - m) / s) = (STFT(x) - m STFT(1)) / s,

and only the two frames at the ends, which are half padding, are made for each window.
"""

import functools
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from edge.signal.features.frames import Array, FrameStream, Real, frames_of, magnitude
from edge.signal.ring import Ring

Features = NDArray[np.float32]

Normalisation = Literal["peak", "std", "signed-peak", "none"]
_CHANNELS = 3


class StftConfig(BaseModel):
    """Window, frames and normalisation; the defaults are CRED's but for the sign of the peak."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    window: int = Field(
        default=6000, gt=0, title="Window", description="Samples a network sees; 60 s at 100 Hz"
    )
    frame: int = Field(default=80, ge=4, title="Frame", description="Samples a transform; even")
    normalise: Normalisation = Field(
        default="peak",
        title="Normalisation",
        description="Each component, its mean removed, is divided by its largest absolute value "
        "(peak), its largest value (signed-peak, as published) or its standard deviation",
    )

    @property
    def hop(self) -> int:
        """Samples between frames: half a frame."""
        return self.frame // 2

    @property
    def shape(self) -> tuple[int, int, int]:
        """Frames, frequencies, components of one window."""
        return self.window // self.hop + 1, self.hop + 1, _CHANNELS


def stft(windows: Real, config: StftConfig | None = None) -> Features:
    """Return the magnitudes of one window or of many.

    Args:
        windows: Shape (..., window, 3); NaN in a missing component counts as zero.
        config: CRED's if left out.

    Returns:
        Shape (..., frames, frequencies, 3).
    """
    config = config or StftConfig()
    trace = np.ascontiguousarray(np.moveaxis(_present(windows), -1, -2))
    mean, scale = _level(trace, config.normalise)
    padded = np.zeros((*trace.shape[:-1], trace.shape[-1] + config.frame))
    padded[..., config.hop : -config.hop] = (trace - mean) / scale
    frames = frames_of(padded, config.frame, config.hop)
    spectrum = np.fft.rfft(frames * _window(config.frame), axis=-1)
    return np.moveaxis(magnitude(spectrum), -3, -1).astype(np.float32)


class StreamingStft:
    """The same of a stream: a window's features at every `step` samples.

    Args:
        config: Window, frames and normalisation.
        step: Samples from one window to the next, a multiple of the hop.
    """

    def __init__(self, config: StftConfig, step: int) -> None:
        if step <= 0 or step % config.hop or config.window % config.hop:
            raise ValueError(
                f"step {step} and window {config.window} must be multiples of {config.hop} samples"
            )
        self._config = config
        self._step = step
        self._taper = _window(config.frame)
        inside = config.window // config.hop - 1
        self._inside = inside
        self._samples = Ring(config.window, _CHANNELS)
        self._stream = FrameStream(config.frame, config.hop, _CHANNELS)
        self._frames: list[NDArray[np.complex128]] = []
        self._of_one = np.fft.rfft(self._taper)
        self._until_next = config.window

    def reset(self) -> None:
        """Begin anew: the stream has a gap."""
        self._samples.clear()
        self._stream.reset()
        self._frames.clear()
        self._until_next = self._config.window

    def push(self, samples: Real) -> list[Features]:
        """Take samples of shape (n, 3); return the features of each window they complete."""
        windows = []
        present = _present(samples)
        while len(present) >= self._until_next:
            self._take(present[: self._until_next])
            present = present[self._until_next :]
            self._until_next = self._step
            windows.append(self._features())
        self._take(present)
        self._until_next -= len(present)
        return windows

    def _take(self, samples: Array) -> None:
        self._samples.append(samples)
        frames = self._stream.push(samples)
        self._frames += list(np.fft.rfft(frames * self._taper, axis=-1).swapaxes(0, 1))
        del self._frames[: -self._inside]

    def _features(self) -> Features:
        trace = self._samples.rows.T
        mean, scale = _level(trace, self._config.normalise)
        inner = np.stack(self._frames, axis=1) - mean[:, :, None] * self._of_one
        ends = magnitude(np.fft.rfft(self._ends(trace - mean) * self._taper, axis=-1))
        frames = np.concatenate([ends[:, :1], magnitude(inner), ends[:, 1:]], axis=1)
        return np.asarray((frames / scale[:, :, None]).transpose(1, 2, 0), np.float32)

    def _ends(self, level: Array) -> Array:
        """Return the first and last frame, half of each padding; shape (3, 2, frame)."""
        hop = self._config.hop
        ends = np.zeros((_CHANNELS, 2, self._config.frame))
        ends[:, 0, hop:] = level[:, :hop]
        ends[:, 1, :hop] = level[:, -hop:]
        return ends


def _present(samples: Real) -> Array:
    present = samples.astype(np.float64)
    present[~np.isfinite(present)] = 0.0
    return present


def _level(trace: Array, normalise: Normalisation) -> tuple[Array, Array]:
    """Return mean and scale of each component, shape (..., 3, 1); a dead one is divided by 1."""
    mean = trace.mean(axis=-1, keepdims=True)
    level = trace - mean
    match normalise:
        case "peak":
            highest, lowest = (f(level, axis=-1, keepdims=True) for f in (np.max, np.min))
            scale = np.maximum(highest, -lowest)
        case "signed-peak":
            scale = level.max(axis=-1, keepdims=True)
        case "std":
            scale = level.std(axis=-1, keepdims=True)
        case "none":
            scale = np.ones_like(mean)
    return mean, np.where(scale > 0, scale, 1.0)


@functools.cache
def _window(length: int) -> Array:
    """Return the periodic Hann window with sum one: amplitudes keep the trace's unit."""
    taper = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(length) / length)
    return np.asarray(taper / taper.sum(), np.float64)
