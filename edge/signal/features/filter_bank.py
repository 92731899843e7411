"""The filter bank of the volcano networks (Titos et al. 2023, Front. Earth Sci. 11).

One component; frames of 4 s every 0.5 s after pre-emphasis; the logarithm of the energy in 16
triangular bands of the mel scale from 0 to 20 Hz, which is almost linear there; then the first and
second deltas over two frames to each side. 48 features a frame.

A delta looks two frames ahead, the second delta two more: the streaming form is four frames, 2 s,
behind the end of its newest frame.
"""

import functools
import math

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, model_validator

from edge.signal.features.frames import Array, FrameStream, Real, frames_of, power

REACH = 2
"""Frames to each side of a delta."""


class FilterBankConfig(BaseModel):
    """Frames, bands and pre-emphasis; the defaults are published, at 50 or 100 Hz."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rate_hz: float = Field(default=50.0, gt=0, title="Rate", description="Sampling rate, hertz")
    frame_s: float = Field(default=4.0, gt=0, title="Frame", description="Seconds a frame")
    hop_s: float = Field(default=0.5, gt=0, title="Hop", description="Seconds from frame to frame")
    bands: int = Field(default=16, ge=1, title="Bands", description="Triangular filters")
    transform: int = Field(
        default=1024, ge=16, title="Transform", description="Samples of the padded transform"
    )
    low_hz: float = Field(default=0.0, ge=0, title="Lowest", description="Lower edge, hertz")
    high_hz: float = Field(default=20.0, gt=0, title="Highest", description="Upper edge, hertz")
    emphasis: float = Field(
        default=0.97,
        ge=0,
        lt=1,
        title="Pre-emphasis",
        description="Share of the previous sample that is subtracted",
    )

    @model_validator(mode="after")
    def _check_ranges(self) -> "FilterBankConfig":
        if not self.low_hz < self.high_hz <= self.rate_hz / 2:
            raise ValueError(
                f"high_hz {self.high_hz} must lie between low_hz {self.low_hz} and half the "
                f"sampling rate of {self.rate_hz} Hz"
            )
        if not 0 < self.hop <= self.frame <= self.transform:
            raise ValueError(
                f"hop {self.hop}, frame {self.frame} and transform {self.transform} must not "
                "fall, in samples"
            )
        return self

    @property
    def frame(self) -> int:
        """Samples a frame."""
        return round(self.frame_s * self.rate_hz)

    @property
    def hop(self) -> int:
        """Samples from frame to frame."""
        return round(self.hop_s * self.rate_hz)

    @property
    def features(self) -> int:
        """Columns: bands, their deltas, the deltas of these."""
        return 3 * self.bands


def filter_bank(trace: Real, config: FilterBankConfig | None = None) -> Array:
    """Return the features of a whole trace.

    Args:
        trace: One component, shape (n,), at least one sample.
        config: As published for 50 Hz if left out.

    Returns:
        Shape (frames, 48). The last frame is filled up with zeros.
    """
    config = config or FilterBankConfig()
    raised = emphasised(np.asarray(trace, np.float64), float(trace[0]), config.emphasis)
    frames = 1 + max(0, -(-(len(trace) - config.frame) // config.hop))
    missing = (frames - 1) * config.hop + config.frame - len(trace)
    padded = np.pad(raised, (0, missing))
    energies = log_energies(frames_of(padded, config.frame, config.hop), config)
    return with_deltas(energies)


def with_deltas(features: Array) -> Array:
    """Return features with their first and second deltas beside them, (frames, 3 columns)."""
    first = deltas(features)
    return np.concatenate([features, first, deltas(first)], axis=1)


def deltas(features: Array) -> Array:
    """Return the slope of each column by least squares over two frames to each side.

    The first and last frame stand for what lies beyond (Young et al., The HTK Book, eq. 5.16).
    """
    padded = np.pad(features, ((REACH, REACH), (0, 0)), mode="edge")
    n = len(features)
    lags = range(1, REACH + 1)
    total = sum(
        (k * (padded[REACH + k : REACH + k + n] - padded[REACH - k : REACH - k + n]) for k in lags),
        start=np.zeros_like(features),
    )
    return total / (2 * sum(k * k for k in lags))


class StreamingFilterBank:
    """The same of a stream; `finish` gives the frames that wait for their deltas."""

    def __init__(self, config: FilterBankConfig | None = None) -> None:
        self._config = config or FilterBankConfig()
        self.reset()

    def reset(self) -> None:
        """Begin anew: the stream has a gap."""
        self._stream = FrameStream(self._config.frame, self._config.hop, channels=1)
        self._previous: float | None = None
        self._energies = np.empty((0, self._config.bands))
        self._before = 0
        self._seen = 0

    def push(self, samples: Real) -> Array:
        """Take samples of shape (n,); return the features of frames four back, (k, 48)."""
        if len(samples) == 0:
            return np.empty((0, self._config.features))
        previous = samples[0] if self._previous is None else self._previous
        raised = emphasised(np.asarray(samples, np.float64), previous, self._config.emphasis)
        self._previous = float(samples[-1])
        self._seen += len(samples)
        frames = self._stream.push(raised[:, None])[0]
        return self._ready(log_energies(frames, self._config), behind=2 * REACH)

    def finish(self) -> Array:
        """End the stream: return the last frames, the very last filled up with zeros."""
        if self._seen == 0:
            return np.empty((0, self._config.features))
        pending = self._stream.pending[0]
        overlap = self._config.frame - self._config.hop
        last = np.empty((0, self._config.frame))
        if self._seen < self._config.frame or len(pending) > overlap:
            last = np.pad(pending, (0, self._config.frame - len(pending)))[None]
        rows = self._ready(log_energies(last, self._config), behind=0)
        self.reset()
        return rows

    def _ready(self, energies: Array, behind: int) -> Array:
        """Return the features of the frames that now have `behind` frames after them."""
        self._energies = np.concatenate([self._energies, energies])
        end = max(self._before, len(self._energies) - behind)
        if end == self._before:
            return np.empty((0, self._config.features))
        rows = with_deltas(self._energies)[self._before : end]
        # What is kept reaches back as far as a second delta does.
        surplus = max(0, end - 2 * REACH)
        self._energies = self._energies[surplus:]
        self._before = end - surplus
        return rows


def emphasised(samples: Array, previous: float, emphasis: float) -> Array:
    """Return the samples less a share of the one before each; `previous` comes first."""
    before = np.concatenate([[previous], samples[:-1]])
    return np.asarray(samples - emphasis * before)


def log_energies(frames: Array, config: FilterBankConfig) -> Array:
    """Return the logarithm of the energy in each band, shape (k, bands)."""
    spectrum = np.fft.rfft(frames, config.transform, axis=-1)
    energies = power(spectrum) @ triangles(config).T / config.transform
    return np.asarray(np.log(np.where(energies == 0, np.finfo(np.float64).eps, energies)))


@functools.cache
def triangles(config: FilterBankConfig) -> Array:
    """Return the weights of the bands, shape (bands, transform / 2 + 1).

    The corners are whole bins, evenly spaced on the mel scale 2595 log10(1 + f / 700)
    (O'Shaughnessy 1987).
    """
    lowest, highest = (_mel(edge_hz) for edge_hz in (config.low_hz, config.high_hz))
    corners_hz = 700 * (10 ** (np.linspace(lowest, highest, config.bands + 2) / 2595) - 1)
    bins = np.floor((config.transform + 1) * corners_hz / config.rate_hz)
    place = np.arange(config.transform // 2 + 1)
    low, middle, high = (bins[i : i + config.bands, None] for i in range(3))
    rising = (place - low) / np.maximum(middle - low, 1)
    falling = (high - place) / np.maximum(high - middle, 1)
    inside_rise = (place >= low) & (place < middle)
    inside_fall = (place >= middle) & (place < high)
    return np.asarray(np.where(inside_rise, rising, 0.0) + np.where(inside_fall, falling, 0.0))


def _mel(frequency_hz: float) -> float:
    return 2595 * math.log10(1 + frequency_hz / 700)
