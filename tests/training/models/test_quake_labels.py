"""SeismicTorch's windows: P is where P is."""

import numpy as np
import pytest

from training.models.quake_labels import straight_travel_time_s, window_centre

P_SAMPLE, S_SAMPLE = 1000, 1600


@pytest.fixture
def record() -> np.ndarray:
    """Return noise with a weak P and a strong S six seconds later, 100 Hz."""
    record = 0.01 * np.random.default_rng(5).standard_normal((4000, 3))
    record[P_SAMPLE : P_SAMPLE + 50, 0] += 0.2
    record[S_SAMPLE : S_SAMPLE + 50, 1] += 1.0
    return record


def test_window_of_p_is_centred_on_p(record: np.ndarray) -> None:
    """The published rule labels the window of S as P."""
    assert P_SAMPLE == window_centre(record, P_SAMPLE)
    assert abs(window_centre(record, P_SAMPLE, as_published=True) - S_SAMPLE) <= 50


def test_path_is_straight() -> None:
    """3 km along and 4 km down are 5 km, not 7."""
    assert straight_travel_time_s(3.0, 4.0, 5.0) == 1.0
    assert straight_travel_time_s(3.0, 4.0, 5.0, as_published=True) == 1.4
