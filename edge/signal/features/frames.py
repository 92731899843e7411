"""Cuts a stream into overlapping frames, whatever the size of the pieces in which it comes."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

Array = NDArray[np.float64]
Real = NDArray[np.float32] | NDArray[np.float64]
"""What the features take: samples in either precision."""


def frames_of(samples: Array, length: int, hop: int) -> Array:
    """Return all whole frames, as a view.

    Args:
        samples: Shape (..., n).
        length: Samples a frame.
        hop: Samples from the start of one frame to the next.

    Returns:
        Shape (..., k, length); k is 0 where n is less than a frame.
    """
    if samples.shape[-1] < length:
        return np.empty((*samples.shape[:-1], 0, length))
    return sliding_window_view(samples, length, axis=-1)[..., ::hop, :]


class FrameStream:
    """Frames of a stream, each given out once, as soon as its last sample is there."""

    def __init__(self, length: int, hop: int, channels: int) -> None:
        """Prepare for frames of `length` samples, `hop` apart.

        Raises:
            ValueError: Frames would leave samples out between them.
        """
        if not 0 < hop <= length:
            raise ValueError(f"hop {hop} must be between 1 and the frame length {length}")
        self._length = length
        self._hop = hop
        self._tail = np.empty((channels, 0))

    @property
    def pending(self) -> Array:
        """Samples of the frame that is not complete yet, shape (channels, n)."""
        return self._tail

    def reset(self) -> None:
        """Begin anew: the stream has a gap."""
        self._tail = self._tail[:, :0]

    def push(self, samples: Real) -> Array:
        """Take samples of shape (n, channels); return new frames, (channels, k, length)."""
        joined = np.concatenate([self._tail, samples.T], axis=1)
        frames = frames_of(joined, self._length, self._hop)
        self._tail = joined[:, frames.shape[1] * self._hop :]
        return frames


def magnitude(spectrum: NDArray[np.complex128]) -> Array:
    """Return absolute values; five times as fast as `abs`, which guards against overflow."""
    return np.asarray(np.sqrt(power(spectrum)), np.float64)


def power(spectrum: NDArray[np.complex128]) -> Array:
    """Return squared absolute values."""
    return np.asarray(np.square(spectrum.real) + np.square(spectrum.imag), np.float64)
