"""The spectrogram picture that TECHTONICS was trained on, as an array and without a picture.

Published: `specgram` of the vertical component (NFFT 256, symmetric Hann, half overlap, power
density in dB) drawn in grey from -10 to 25 dB on 150 x 100 pixels, read back, and divided by 255.
Drawing resamples the 45 x 129 values to 144 x 100 pixels with a Hann kernel, which is a product
with two matrices that are the same for every picture. The six columns outside the record are
white, high frequencies are at the top.

Levels in dB of raw counts tell the gain of the station, not the ground; by default they are taken
relative to the window's median, and `relative=False` gives the published form.
"""

import functools

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, model_validator

from edge.signal.features.frames import FrameStream, Real, frames_of, power

Image = NDArray[np.float32]

FRAME = 256
HOP = 128
ROWS, COLUMNS = 100, 150
_LEFT, _WIDTH = 2, 144
"""The record from 0.64 to 58.24 s on an axis of 0 to 60 s, in whole pixels."""
_FREQUENCIES = FRAME // 2 + 1
_LEAST_POWER = 1e-30
"""Of a trace that stands still; a logarithm needs some."""


class SpectrogramImageConfig(BaseModel):
    """Rate and grey scale."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rate_hz: float = Field(default=100.0, gt=0, title="Rate", description="Sampling rate, hertz")
    window: int = Field(
        default=6000, ge=FRAME, title="Window", description="Samples a picture; 60 s at 100 Hz"
    )
    low_db: float = Field(default=-10.0, title="Black", description="Decibels drawn black")
    high_db: float = Field(default=25.0, title="White", description="Decibels drawn white")
    relative: bool = Field(
        default=True,
        title="Relative",
        description="Decibels above the window's median; else above one unit squared a hertz",
    )

    @model_validator(mode="after")
    def _check_scale(self) -> "SpectrogramImageConfig":
        if self.high_db <= self.low_db:
            raise ValueError(f"high_db {self.high_db} must be above low_db {self.low_db}")
        return self

    @property
    def frames(self) -> int:
        """Whole frames in a window."""
        return (self.window - FRAME) // HOP + 1


def spectrogram_image(windows: Real, config: SpectrogramImageConfig | None = None) -> Image:
    """Return the picture of one window of one component, or of many.

    Args:
        windows: Shape (..., window).
        config: 60 s at 100 Hz if left out.

    Returns:
        Shape (..., 100, 150), black 0 to white 1.
    """
    config = config or SpectrogramImageConfig()
    pictures = np.empty((*windows.shape[:-1], ROWS, COLUMNS), np.float32)
    # One window at a time stays in the cache: three times faster than all at once.
    for place in np.ndindex(windows.shape[:-1]):
        frames = frames_of(windows[place][: config.window], FRAME, HOP)
        pictures[place] = _draw(_decibels(frames, config.rate_hz), config)
    return pictures


class StreamingSpectrogramImage:
    """The same of a stream: a picture at each hop once a window has passed."""

    def __init__(self, config: SpectrogramImageConfig | None = None) -> None:
        self._config = config or SpectrogramImageConfig()
        self._stream = FrameStream(FRAME, HOP, channels=1)
        self._decibels: list[Image] = []

    def reset(self) -> None:
        """Begin anew: the stream has a gap."""
        self._stream.reset()
        self._decibels.clear()

    def push(self, samples: Real) -> list[Image]:
        """Take samples of shape (n,); return a picture for each frame they complete."""
        pictures = []
        for decibels in _decibels(self._stream.push(samples[:, None])[0], self._config.rate_hz):
            self._decibels.append(decibels)
            if len(self._decibels) == self._config.frames:
                pictures.append(_draw(np.stack(self._decibels), self._config))
                del self._decibels[0]
        return pictures


def _decibels(frames: Real, rate_hz: float) -> Image:
    """Return the one-sided power density of frames, dB, shape (k, 129)."""
    density = power(np.fft.rfft(frames * _taper(rate_hz), axis=-1)).astype(np.float32)
    density[:, 1:-1] *= 2
    np.maximum(density, np.float32(_LEAST_POWER), out=density)
    np.log10(density, out=density)
    density *= 10
    return density


@functools.cache
def _taper(rate_hz: float) -> NDArray[np.float64]:
    """Return the symmetric Hann window, scaled so that squares are densities."""
    taper = np.hanning(FRAME)
    return np.asarray(taper / np.sqrt(rate_hz * np.square(taper).sum()), np.float64)


def _draw(decibels: Image, config: SpectrogramImageConfig) -> Image:
    """Return the picture of dB values, shape (frames, 129)."""
    black = np.float32(config.low_db)
    if config.relative:
        black += np.median(decibels)
    span = np.float32(config.high_db - config.low_db)
    picture = np.ones((ROWS, COLUMNS), np.float32)
    drawn = (_rows() @ ((decibels - black) / span).T) @ _columns(config.frames)
    np.clip(drawn, 0.0, 1.0, out=picture[:, _LEFT : _LEFT + _WIDTH])
    return picture


@functools.cache
def _rows() -> Image:
    """Return the matrix from frequencies to rows, the lowest at the bottom; (100, 129)."""
    return np.ascontiguousarray(_resampling(_FREQUENCIES, ROWS)[::-1])


@functools.cache
def _columns(frames: int) -> Image:
    """Return the matrix from frames to columns; shape (frames, 144)."""
    return np.ascontiguousarray(_resampling(frames, _WIDTH).T)


def _resampling(values: int, pixels: int) -> Image:
    """Return the matrix that draws `values` on `pixels`, each row with sum one.

    The kernel is a raised cosine that reaches one value to each side, or, where there are more
    values than pixels, one pixel.
    """
    ratio = values / pixels
    places = (np.arange(pixels) + 0.5) * ratio - 0.5
    distance = np.abs(places[:, None] - np.arange(values)) / max(1.0, ratio)
    weights = np.where(distance < 1, 0.5 + 0.5 * np.cos(np.pi * distance), 0.0)
    return np.asarray(weights / weights.sum(axis=1, keepdims=True), np.float32)
