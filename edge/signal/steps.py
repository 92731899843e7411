"""The named steps from a trace to what a network of windows is shown.

Each is a configuration that travels in a bundle and knows how it is done. A *stream step* is a
causal filter over the whole recording; a *window step* makes the network's input of one window.
Every kind of step has its name; a card lists them in order.
"""

from typing import Annotated, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, model_validator

from edge.signal.butterworth import Sections, bandpass, highpass
from edge.signal.features.filter_bank import FilterBankConfig, filter_bank
from edge.signal.features.spectrogram_image import (
    COLUMNS,
    ROWS,
    SpectrogramImageConfig,
    spectrogram_image,
)
from edge.signal.features.stft import StftConfig, stft

Features = NDArray[np.float32]
Windows = NDArray[np.float64]
"""Shape (b, n, components): in the network's order, NaN where a component is missing."""


class _Step(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Bandpass(_Step):
    """A causal Butterworth band-pass, or a high-pass."""

    name: Literal["bandpass"] = Field(
        default="bandpass", title="Step", description="Name of this preprocessing"
    )
    order: int = Field(
        default=2, ge=1, le=8, title="Order", description="Of each flank of the Butterworth filter"
    )
    low_hz: float = Field(gt=0, title="Lower corner", description="Corner of the high-pass, Hz")
    high_hz: float | None = Field(
        default=None,
        gt=0,
        title="Upper corner",
        description="Corner of the low-pass, Hz; a high-pass alone where left out",
    )

    def sections(self, rate_hz: float) -> Sections:
        """Return the filter.

        Raises:
            ValueError: The corners are not in order between 0 and half the sampling rate.
        """
        if self.high_hz is None:
            return highpass(self.order, self.low_hz, rate_hz)
        return bandpass(self.order, self.low_hz, self.high_hz, rate_hz)


class Normalise(_Step):
    """The waveform itself, in units of its own size; a dead component stays zero."""

    name: Literal["normalise"] = Field(
        default="normalise", title="Step", description="Name of this preprocessing"
    )
    by: Literal["peak", "signed-peak", "std", "none"] = Field(
        default="peak",
        title="By",
        description="Largest absolute value, largest value (as some published networks have it), "
        "standard deviation, or nothing",
    )
    per_component: bool = Field(
        default=False, title="Per component", description="Each by its own size, or all by one"
    )
    remove_mean: bool = Field(
        default=False, title="Mean", description="First take out the mean of each component"
    )

    def shape(self, window_samples: int, components: int) -> tuple[int, ...]:
        """Return the shape of one example."""
        return window_samples, components

    def check(self, window_samples: int, rate_hz: float, components: int) -> None:
        """Fit any window."""

    def features(self, windows: Windows) -> Features:
        """Return shape (b, n, components)."""
        present = np.isfinite(windows)
        trace = np.where(present, windows, 0.0)
        if self.remove_mean:
            counts = np.maximum(present.sum(axis=1, keepdims=True), 1)
            trace = np.where(present, trace - trace.sum(axis=1, keepdims=True) / counts, 0.0)
        size = self._size(trace)
        return np.asarray(trace / np.where(size == 0, 1.0, size), np.float32)

    def _size(self, trace: Windows) -> Windows:
        axes = 1 if self.per_component else (1, 2)
        match self.by:
            case "peak":
                return np.asarray(np.abs(trace).max(axis=axes, keepdims=True))
            case "signed-peak":
                return np.asarray(trace.max(axis=axes, keepdims=True))
            case "std":
                return np.asarray(trace.std(axis=axes, keepdims=True))
            case "none":
                return np.ones(())


class Stft(_Step):
    """Magnitudes of a short-time Fourier transform of three components."""

    name: Literal["stft"] = Field(
        default="stft", title="Step", description="Name of this preprocessing"
    )
    config: StftConfig = Field(default=StftConfig(), title="Transform")

    def shape(self, window_samples: int, components: int) -> tuple[int, ...]:  # noqa: ARG002 - one interface for all window steps
        """Return the shape of one example."""
        return self.config.shape

    def check(self, window_samples: int, rate_hz: float, components: int) -> None:  # noqa: ARG002 - as above
        """Refuse a window of another length.

        Raises:
            ValueError: Window or components are not those of the transform.
        """
        _check_window(self.name, self.config.window, window_samples)
        if components != self.config.shape[-1]:
            raise ValueError(f"{self.name} takes {self.config.shape[-1]} components")

    def features(self, windows: Windows) -> Features:
        """Return shape (b, frames, frequencies, 3)."""
        return stft(windows, self.config)


class SpectrogramImage(_Step):
    """The picture of a spectrogram of each component."""

    name: Literal["spectrogram-image"] = Field(
        default="spectrogram-image", title="Step", description="Name of this preprocessing"
    )
    config: SpectrogramImageConfig = Field(default=SpectrogramImageConfig(), title="Picture")
    white: Literal[1, 255] = Field(default=1, title="White", description="Value of a white pixel")

    def shape(self, window_samples: int, components: int) -> tuple[int, ...]:  # noqa: ARG002 - as above
        """Return the shape of one example."""
        return ROWS, COLUMNS, components

    def check(self, window_samples: int, rate_hz: float, components: int) -> None:  # noqa: ARG002 - as above
        """Refuse a window of another length or rate.

        Raises:
            ValueError: Window or rate are not those of the picture.
        """
        _check_window(self.name, self.config.window, window_samples)
        _check_rate(self.name, self.config.rate_hz, rate_hz)

    def features(self, windows: Windows) -> Features:
        """Return shape (b, 100, 150, components)."""
        present = np.where(np.isfinite(windows), windows, 0.0)
        pictures = spectrogram_image(np.moveaxis(present, -1, 1), self.config)
        return np.ascontiguousarray(np.moveaxis(pictures, 1, -1) * np.float32(self.white))


class FilterBank(_Step):
    """Filter-bank features of one component, each in units of its spread in the training data."""

    name: Literal["filter-bank"] = Field(
        default="filter-bank", title="Step", description="Name of this preprocessing"
    )
    config: FilterBankConfig = Field(default=FilterBankConfig(), title="Filter bank")
    mean: tuple[float, ...] = Field(
        title="Mean", description="Of each feature over the training data, subtracted"
    )
    scale: tuple[Annotated[float, Field(gt=0)], ...] = Field(
        title="Scale", description="Standard deviation of each feature, which divides"
    )

    @model_validator(mode="after")
    def _one_a_feature(self) -> Self:
        wanted = self.config.features
        if len(self.mean) != wanted or len(self.scale) != wanted:
            raise ValueError(
                f"{len(self.mean)} means and {len(self.scale)} scales; there are {wanted} features"
            )
        return self

    def shape(self, window_samples: int, components: int) -> tuple[int, ...]:  # noqa: ARG002 - as above
        """Return the shape of one example."""
        frames = (window_samples - self.config.frame) // self.config.hop + 1
        return frames, self.config.features

    def check(self, window_samples: int, rate_hz: float, components: int) -> None:
        """Refuse a window that is no whole number of frames: the last would be filled with zeros.

        Raises:
            ValueError: Window, rate or components are not those of the filter bank.
        """
        _check_rate(self.name, self.config.rate_hz, rate_hz)
        beyond = window_samples - self.config.frame
        if beyond < 0 or beyond % self.config.hop:
            raise ValueError(
                f"{self.name} wants {self.config.frame} samples and whole hops of "
                f"{self.config.hop}, not {window_samples}"
            )
        if components != 1:
            raise ValueError(f"{self.name} takes one component, not {components}")

    def features(self, windows: Windows) -> Features:
        """Return shape (b, frames, 48)."""
        present = np.where(np.isfinite(windows), windows, 0.0)
        return self.scaled(np.stack([filter_bank(w[:, 0], self.config) for w in present]))

    def scaled(self, features: NDArray[np.float64]) -> Features:
        """Return features (..., 48) in units of their spread."""
        return np.asarray((features - np.array(self.mean)) / np.array(self.scale), np.float32)


StreamStep = Bandpass
WindowStep = Normalise | Stft | SpectrogramImage | FilterBank
Step = Annotated[StreamStep | WindowStep, Field(discriminator="name")]


def _check_window(name: str, wanted: int, seen: int) -> None:
    if wanted != seen:
        raise ValueError(f"{name} wants a window of {wanted} samples, not {seen}")


def _check_rate(name: str, wanted_hz: float, seen_hz: float) -> None:
    if wanted_hz != seen_hz:
        raise ValueError(f"{name} is set for {wanted_hz:g} Hz, not {seen_hz:g} Hz")
