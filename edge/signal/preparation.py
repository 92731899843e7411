"""From a trace in Z, N, E to the input of a network that looks at windows.

    preparation = Preparation(card.input.preprocessing, rate_hz, window_samples, components="ENZ")
    filtered = preparation.filtered(trace)            # once over a whole recording
    features = preparation.features(windows)          # windows cut from it, many at once

The trainer prepares its examples and the station its stream with this one class; on a stream,
`StreamFilters` does block by block what `filtered` does in one piece.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from edge.packet import COMPONENTS, Samples
from edge.signal.filters import StreamingFilter
from edge.signal.steps import (
    Bandpass,
    Features,
    FilterBank,
    Normalise,
    SpectrogramImage,
    Step,
    Stft,
    StreamStep,
    Windows,
    WindowStep,
)

__all__ = [
    "Bandpass",
    "FilterBank",
    "Normalise",
    "Preparation",
    "SpectrogramImage",
    "Step",
    "Stft",
    "StreamFilters",
    "StreamStep",
    "WindowStep",
]

_COLUMNS = {letter: i for i, letter in enumerate(COMPONENTS)} | {"X": 1, "Y": 2}
"""Columns of the letters that networks use; X points north and Y east."""


class Preparation:
    """The steps of one network.

    Attributes:
        steps: Stream steps, then one window step.
        rate_hz: Of the traces.
        window_samples: Of a window.
        components: In the network's order, such as "ENZ", "Z" or "ZXY".
    """

    def __init__(
        self, steps: Sequence[Step], rate_hz: float, window_samples: int, components: str
    ) -> None:
        """Check that the steps fit window, rate and components.

        Raises:
            ValueError: They do not; says which step wants what.
        """
        self.steps = tuple(steps)
        self.rate_hz = rate_hz
        self.window_samples = window_samples
        self.components = components
        self.columns = columns_of(components)
        *before, last = self.steps or (None,)
        stream_steps = [step for step in before if isinstance(step, StreamStep)]
        if last is None or isinstance(last, StreamStep) or len(stream_steps) != len(before):
            names = [step.name for step in self.steps]
            raise ValueError(f"steps {names}: want filters first and one window step at the end")
        last.check(window_samples, rate_hz, len(components))
        self.stream_steps = tuple(stream_steps)
        self.window_step: WindowStep = last
        self.filters()

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of one example, without the batch."""
        return self.window_step.shape(self.window_samples, len(self.components))

    def filtered(self, trace: Samples | NDArray[np.float64]) -> Samples:
        """Return a whole recording after the stream steps, begun at its first sample.

        Args:
            trace: Shape (n, 3): Z, N, E; NaN where a component is missing.

        Returns:
            Shape (n, 3), float32; NaN where it was.
        """
        return self.filters()(trace)

    def features(self, windows: Samples | NDArray[np.float64]) -> Features:
        """Return what the network is shown of windows that were filtered already.

        Args:
            windows: Shape (b, window_samples, 3): Z, N, E; NaN where a component is missing, which
                ends as zero.

        Returns:
            Shape (b, *shape), float32.

        Raises:
            ValueError: The windows have another shape.
        """
        wanted = (len(windows), self.window_samples, len(COMPONENTS))
        if windows.shape != wanted:
            raise ValueError(f"windows of shape {windows.shape}; want {wanted}")
        chosen: Windows = np.asarray(windows[:, :, self.columns], np.float64)
        return self.window_step.features(chosen)

    def filters(self) -> "StreamFilters":
        """Return the stream steps at the beginning of a stream."""
        return StreamFilters(self.stream_steps, self.rate_hz)


class StreamFilters:
    """The stream steps over a stream, block by block."""

    def __init__(self, steps: Sequence[StreamStep], rate_hz: float) -> None:
        """Prepare the filters.

        Raises:
            ValueError: A corner is not below half the sampling rate.
        """
        self._filters = [
            StreamingFilter(step.sections(rate_hz), channels=len(COMPONENTS)) for step in steps
        ]
        self._fresh = True

    def reset(self) -> None:
        """Begin anew: the stream has a gap."""
        self._fresh = True

    def __call__(self, samples: Samples | NDArray[np.float64]) -> Samples:
        """Filter a block of shape (n, 3); what is missing stays NaN."""
        if not self._filters or len(samples) == 0:
            return np.asarray(samples, np.float32)
        present = np.isfinite(samples)
        trace = np.where(present, samples, 0.0).astype(np.float64)
        level = trace[0]
        for stage in self._filters:
            if self._fresh:
                stage.reset(level)
            trace = stage(trace)
            level = trace[0]
        self._fresh = False
        return np.where(present, trace, np.nan).astype(np.float32)


def columns_of(components: str) -> list[int]:
    """Return the columns of Z, N, E that a network takes, in its order.

    Raises:
        ValueError: A letter is unknown, or a component is there twice or not at all.
    """
    unknown = [letter for letter in components if letter not in _COLUMNS]
    if unknown:
        raise ValueError(f"components {components!r}: known letters are {', '.join(_COLUMNS)}")
    columns = [_COLUMNS[letter] for letter in components]
    if not columns or len(set(columns)) != len(columns):
        raise ValueError(f"components {components!r}: want one to three, each once")
    return columns
