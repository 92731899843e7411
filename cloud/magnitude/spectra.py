"""Fourier spectra of stretches of a record, and linear systems applied to it; NumPy only."""

from collections.abc import Callable
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Response = Callable[[NDArray[np.complex128]], NDArray[np.complex128]]
"""A transfer function of the Laplace variable i 2 pi f."""

_TAPER_SHARE: Final = 0.05
_BINS_A_DECADE: Final = 12
_PADDING_S: Final = 40.0


class Spectrum(NamedTuple):
    """A smoothed amplitude spectrum."""

    frequencies_hz: Array
    """Centres of the bins, shape (bins,)."""
    amplitude: Array
    """Root of the mean power in each bin, the samples' unit times s, shape (bins,)."""


def spectrum(samples: Array, rate_hz: float) -> Spectrum:
    """Return the amplitude spectrum in bins of equal width on a logarithmic scale.

    Args:
        samples: Shape (n, components); the powers of the components are added.
        rate_hz: Sampling rate.
    """
    tapered = (samples - samples.mean(axis=0)) * taper(len(samples))[:, np.newaxis]
    lines = np.abs(np.fft.rfft(tapered, axis=0)) / rate_hz
    power = np.square(lines).sum(axis=1)[1:]
    frequencies = np.fft.rfftfreq(len(samples), 1 / rate_hz)[1:]
    number = np.round(_BINS_A_DECADE * np.log10(frequencies)).astype(int)
    bins, where, counts = np.unique(number, return_inverse=True, return_counts=True)
    mean = np.bincount(where, power) / counts
    return Spectrum(10.0 ** (bins / _BINS_A_DECADE), np.sqrt(mean))


def taper(count: int) -> Array:
    """Return a cosine taper over a twentieth at each end, shape (count,)."""
    weights = np.ones(count)
    edge = max(1, round(_TAPER_SHARE * count))
    ramp = (1 - np.cos(np.pi * (np.arange(edge) + 0.5) / edge)) / 2
    weights[:edge] *= ramp
    weights[count - edge :] *= ramp[::-1]
    return weights


def respond(samples: Array, rate_hz: float, response: Response) -> Array:
    """Return what a system at rest makes of samples, shape (n, components).

    Args:
        samples: Shape (n, components), near 0 at the beginning.
        rate_hz: Sampling rate.
        response: Of the system; what it does after the end falls into the padding.
    """
    count = len(samples) + round(_PADDING_S * rate_hz)
    count = 1 << (count - 1).bit_length()
    tapered = samples * taper(len(samples))[:, np.newaxis]
    spectra = np.fft.rfft(tapered, count, axis=0)
    s = 2j * np.pi * np.fft.rfftfreq(count, 1 / rate_hz)
    spectra *= response(s)[:, np.newaxis]
    result: Array = np.fft.irfft(spectra, count, axis=0)[: len(samples)]
    return result
