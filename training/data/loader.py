"""Batches of windows straight from the memory map: cropped, normalised and labelled as arrays.

Nothing is done a trace at a time in Python: one batch is one gather from the map and a few passes
over the array, a few rows at a time so that they stay in the processor's cache. Whole numbers stay
int16 until the last passes.

Use: `WindowLoader(WaveformStore(folder), LoaderConfig(), "train").batch(rng)`.
"""

from collections.abc import Iterator
from typing import Literal

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from training.data.record import Part
from training.data.store import PARTS, WaveformStore
from training.errors import DataError

Batch = tuple[NDArray[np.float32], NDArray[np.float32]]
Places = NDArray[np.int64]

_COMPONENTS = 3
_NOISE = 2
"""Curve beside those of P (0) and S (1)."""
_ROWS = 16
"""Rows of a batch worked on at a time: 16 of 30 s at 100 Hz are half a megabyte."""
_REACH = 6
"""Standard deviations on each side of an onset that are computed; beyond is less than 2e-8."""


class LoaderConfig(BaseModel):
    """Window, normalisation and labels of a batch."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    window: int = Field(default=3001, gt=1, title="Window", description="Samples an example")
    batch_size: int = Field(default=256, gt=0, title="Batch", description="Examples a batch")
    normalise: Literal["peak", "std", "none"] = Field(
        default="peak",
        title="Normalisation",
        description="Each component, its mean removed, is divided by its largest absolute value "
        "or its standard deviation; none leaves the trace in its unit",
    )
    sigma: float = Field(
        default=10.0, gt=0, title="Sigma", description="Of the Gaussian at an onset, samples"
    )
    hold_p: bool = Field(
        default=True,
        title="Hold P",
        description="The P of a labelled record lies in its window, anywhere; else the window "
        "lies anywhere in the record",
    )
    components: Literal["last", "first"] = Field(
        default="last", title="Axis", description="Of the components: (n, 3), or (3, n) for torch"
    )


class WindowLoader:
    """Draws batches from the recordings of one part of a data set.

    Args:
        store: The data set; recordings shorter than the window are left out.
        config: Window, normalisation and labels.
        part: All parts if left out.

    Raises:
        DataError: No recording is left.
    """

    def __init__(
        self, store: WaveformStore, config: LoaderConfig, part: Part | None = None
    ) -> None:
        self.config = config
        index = store.index
        chosen = index["length"] >= config.window
        if part is not None:
            chosen &= index["part"] == PARTS.index(part)
        self.numbers: Places = np.flatnonzero(chosen)
        if len(self.numbers) == 0:
            raise DataError(
                store.folder, f"no recording of {config.window} samples in part {part or 'all'}"
            )
        self._begin = index["begin"][self.numbers]
        self._length = index["length"][self.numbers]
        self._onsets = np.stack([index["p_index"], index["s_index"]], axis=1)[self.numbers]
        self._scale = np.nan_to_num(index["scale"][self.numbers], nan=0.0)
        self._windows = sliding_window_view(store.samples, config.window)
        self._quiet = self._empty(1)[0][0]
        curves = self._first(self._quiet)
        curves[:_NOISE], curves[_NOISE] = 0.0, 1.0

    def __len__(self) -> int:
        return len(self.numbers)

    def batches(self, count: int, rng: np.random.Generator) -> Iterator[Batch]:
        """Yield batches, drawn with equal chance for each recording.

        The arrays are written anew for the next batch: new memory costs as much as its contents.
        """
        kept = self._empty(self.config.batch_size)
        for _ in range(count):
            yield self.batch(rng, kept)

    def batch(self, rng: np.random.Generator, out: Batch | None = None) -> Batch:
        """Return one batch: traces (size, window, 3) and curves (size, window, 3: P, S, noise)."""
        rows = rng.integers(0, len(self), self.config.batch_size)
        return self.windows(rows, self._draw_begins(rows, rng), out)

    def windows(self, rows: Places, begins: Places, out: Batch | None = None) -> Batch:
        """Return the windows of chosen rows of `numbers` at chosen samples.

        Args:
            rows: Shape (size,).
            begins: First sample of each window within its recording, shape (size,).
            out: Arrays to write into; new ones if left out.
        """
        traces, curves = out or self._empty(len(rows))
        traces_first, curves_first = self._first(traces), self._first(curves)
        curves[:] = self._quiet
        starts = self._begin[rows, None] + self._length[rows, None] * np.arange(_COMPONENTS)
        starts += begins[:, None]
        for first in range(0, len(rows), _ROWS):
            some = slice(first, first + _ROWS)
            raw = self._windows[starts[some]]
            values = self._normalised(raw, self._scale[rows[some]])
            # One at a time: five times as fast as the whole where the axes are swapped.
            for component in range(_COMPONENTS):
                traces_first[some, component] = values[:, component]
        self._label(self._onsets[rows] - begins[:, None], curves_first)
        return traces, curves

    def _empty(self, size: int) -> Batch:
        """Return arrays for traces and curves in the wanted order."""
        order = (self.config.window, _COMPONENTS)
        shape = (size, *(order if self.config.components == "last" else order[::-1]))
        return np.empty(shape, np.float32), np.empty(shape, np.float32)

    def _first(self, array: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return a view whose last axes are components and samples."""
        return array if self.config.components == "first" else array.swapaxes(-1, -2)

    def _draw_begins(self, rows: Places, rng: np.random.Generator) -> Places:
        spare = self._length[rows] - self.config.window
        lowest, highest = np.zeros_like(spare), spare
        if self.config.hold_p:
            p = self._onsets[rows, 0]
            known = np.isfinite(p)
            place = np.floor(np.where(known, p, 0)).astype(np.int64)
            earliest = np.clip(place - self.config.window + 1, 0, spare)
            lowest = np.where(known, earliest, lowest)
            highest = np.where(known, np.clip(place, lowest, spare), highest)
        return rng.integers(lowest, highest + 1)

    def _normalised(
        self, raw: NDArray[np.generic], scale: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """Return raw values, (k, 3, window), as the network shall see them."""
        values = raw.astype(np.float32)
        if self.config.normalise == "none":
            values *= scale[:, :, None]
            return values
        mean = values.mean(axis=-1, keepdims=True)
        if self.config.normalise == "peak":
            highest = raw.max(axis=-1, keepdims=True) - mean
            size = np.maximum(highest, mean - raw.min(axis=-1, keepdims=True))
        else:
            size = values.std(axis=-1, keepdims=True)
        values -= mean
        values *= np.where(size > 0, 1 / np.where(size > 0, size, 1), 0).astype(np.float32)
        return values

    def _label(self, onsets: NDArray[np.float64], curves: NDArray[np.float32]) -> None:
        """Write what is known of P and S into curves of noise alone, (size, 3, window)."""
        window, sigma = self.config.window, self.config.sigma
        reach = int(np.ceil(_REACH * sigma))
        lags = np.arange(-reach, reach + 2)
        for phase in range(onsets.shape[1]):
            # NaN compares false: what has no onset is no row.
            near = (onsets[:, phase] > -reach) & (onsets[:, phase] < window + reach)
            rows = np.flatnonzero(near)
            onset = onsets[rows, phase, None]
            places = np.floor(onset).astype(np.int64) + lags
            values = np.exp(-0.5 * np.square((places - onset) / sigma)).astype(np.float32)
            inside = (places >= 0) & (places < window)
            row = np.broadcast_to(rows[:, None], places.shape)[inside]
            place, value = places[inside], values[inside]
            curves[row, phase, place] = value
            curves[row, _NOISE, place] = np.maximum(curves[row, _NOISE, place] - value, 0.0)
