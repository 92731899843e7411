"""Butterworth designs agree with SciPy's."""

import numpy as np
import pytest
from scipy import signal

from edge.signal import butterworth

_DESIGNS = {
    "highpass-1": (butterworth.highpass(1, 0.5, 32), ("highpass", 1, 0.5, 32)),
    "highpass-2": (butterworth.highpass(2, 0.075, 100), ("highpass", 2, 0.075, 100)),
    "highpass-3": (butterworth.highpass(3, 2.0, 31.25), ("highpass", 3, 2.0, 31.25)),
    "lowpass-4": (butterworth.lowpass(4, 10, 100), ("lowpass", 4, 10, 100)),
    "lowpass-5": (butterworth.lowpass(5, 3, 32), ("lowpass", 5, 3, 32)),
    "bandpass-2": (butterworth.bandpass(2, 1, 10, 32), ("bandpass", 2, (1, 10), 32)),
    "bandpass-3": (butterworth.bandpass(3, 1, 15, 100), ("bandpass", 3, (1, 15), 100)),
    "bandpass-4": (butterworth.bandpass(4, 0.1, 40, 250), ("bandpass", 4, (0.1, 40), 250)),
}


@pytest.mark.parametrize("name", _DESIGNS)
def test_response_is_scipys(name: str) -> None:
    """Gain and phase equal SciPy's design at every frequency."""
    ours, (kind, order, corner, rate) = _DESIGNS[name]
    theirs = signal.butter(order, corner, kind, fs=rate, output="sos")
    frequencies = np.linspace(0.01, 0.49, 200) * rate

    _, expected = signal.sosfreqz(theirs, frequencies, fs=rate)
    _, actual = signal.sosfreqz(ours, frequencies, fs=rate)

    np.testing.assert_allclose(actual, expected, rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("corner_hz", [0.0, -1.0, 16.0, 20.0])
def test_corner_outside_the_band_is_refused(corner_hz: float) -> None:
    """A corner at or beyond half the sampling rate is an error that names both."""
    with pytest.raises(ValueError, match="half the sampling rate of 32"):
        butterworth.highpass(2, corner_hz, 32)


def test_empty_band_is_refused() -> None:
    """The low corner must lie below the high one."""
    with pytest.raises(ValueError, match="band 10 to 1 Hz is empty"):
        butterworth.bandpass(2, 10, 1, 100)
