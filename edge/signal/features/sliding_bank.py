"""Filter-bank features of the newest window of a stream, each frame transformed once.

A window that is looked at anew every second shares all but a frame or two with the one before.
Only its first frame is its own: there, pre-emphasis takes the sample before the window for the
first of the window.
"""

import numpy as np

from edge.signal.features.filter_bank import (
    FilterBankConfig,
    emphasised,
    log_energies,
    with_deltas,
)
from edge.signal.features.frames import Array, FrameStream, Real
from edge.signal.ring import Ring


class SlidingFilterBank:
    """What `filter_bank` gives of the last `frames` frames."""

    def __init__(self, config: FilterBankConfig, frames: int) -> None:
        self._config = config
        self._frames = frames
        self._samples = Ring((frames - 1) * config.hop + config.frame, columns=1)
        self._energies = Ring(frames, config.bands)
        self.reset()

    def reset(self) -> None:
        """Begin anew: the next sample is the first of a window."""
        self._stream = FrameStream(self._config.frame, self._config.hop, channels=1)
        self._samples.clear()
        self._energies.clear()
        self._previous: float | None = None

    def push(self, samples: Real) -> None:
        """Take samples of one component, shape (n,)."""
        if len(samples) == 0:
            return
        trace = np.asarray(samples, np.float64)
        previous = float(trace[0]) if self._previous is None else self._previous
        self._previous = float(trace[-1])
        self._samples.append(trace[:, None])
        raised = emphasised(trace, previous, self._config.emphasis)
        frames = self._stream.push(raised[:, None])[0]
        self._energies.append(log_energies(frames, self._config))

    def features(self) -> Array:
        """Return the features of the newest window, shape (frames, 48).

        Raises:
            ValueError: The newest sample does not end a frame, or there is no whole window yet.
        """
        config = self._config
        waiting = self._stream.pending.shape[1] - (config.frame - config.hop)
        if len(self._energies) < self._frames or waiting != 0:
            raise ValueError(
                f"{len(self._energies)} frames and {waiting} samples; want {self._frames} and none"
            )
        begin = self._samples.rows[: config.frame, 0]
        first = emphasised(begin, float(begin[0]), config.emphasis)
        energies = self._energies.rows.copy()
        energies[0] = log_energies(first[None], config)[0]
        return with_deltas(energies)
