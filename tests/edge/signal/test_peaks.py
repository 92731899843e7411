"""One peak for each arrival that a curve shows, at its centre, with its width."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.signal.peaks import SIGMAS_IN_WIDTH, find_peaks

T = np.arange(1000, dtype=np.float64)


def _bell(at: float, height: float = 0.8, sigma: float = 10.0) -> np.ndarray:
    return (height * np.exp(-((T - at) ** 2) / (2 * sigma**2))).astype(np.float32)


@settings(deadline=None)
@given(at=st.floats(100, 900), height=st.floats(0.3, 1.0), sigma=st.floats(6.0, 30.0))
def test_bell_is_found_between_two_samples(at: float, height: float, sigma: float) -> None:
    """Place, height and width are the bell's own."""
    (peak,) = find_peaks(_bell(at, height, sigma), 0.25, 50)

    assert at == pytest.approx(peak.position, abs=0.03)
    # Between two samples none is quite at the top.
    assert height == pytest.approx(peak.height, rel=0.02)
    assert sigma == pytest.approx(peak.width / SIGMAS_IN_WIDTH, rel=0.02)


def test_nothing_under_the_threshold() -> None:
    """And nothing at all of an empty curve."""
    assert [] == find_peaks(_bell(500, 0.29), 0.3, 50)
    assert [] == find_peaks(np.empty(0, np.float32), 0.3, 50)


def test_two_arrivals_are_two_peaks_in_their_order() -> None:
    """The higher one does not go first."""
    peaks = find_peaks(np.maximum(_bell(300, 0.5), _bell(600, 0.9)), 0.3, 50)

    assert [300, 600] == pytest.approx([peak.position for peak in peaks], abs=0.02)


def test_flicker_about_the_threshold_is_one_arrival() -> None:
    """Of peaks that are too near to each other the highest is kept."""
    curve = np.maximum(_bell(300, 0.4, 5), np.maximum(_bell(330, 0.6, 5), _bell(360, 0.5, 5)))

    (peak,) = find_peaks(curve, 0.3, 50)

    assert 330 == pytest.approx(peak.position, abs=0.5)


def test_long_plateau_is_one_arrival() -> None:
    """However long the curve stays high."""
    curve = np.where((T > 200) & (T < 700), np.float32(0.7), np.float32(0.0))

    (peak,) = find_peaks(curve, 0.3, 50)

    assert 450 == pytest.approx(peak.position, abs=1)


@pytest.mark.parametrize("at", [0.0, 999.0])
def test_peak_at_an_end_is_found(at: float) -> None:
    """Its width ends with the curve."""
    (peak,) = find_peaks(_bell(at), 0.3, 50)

    assert at == pytest.approx(peak.position, abs=8)
    assert peak.width < 15
