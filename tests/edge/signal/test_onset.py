"""The refined onset lies where the trace changes, with an honest uncertainty."""

import numpy as np
import pytest

from edge.signal.onset import OnsetPicker
from tests.edge.streams import START_NS, blocks, burst, noise

_SECOND = 1_000_000_000


def _picker(trace: np.ndarray) -> OnsetPicker:
    picker = OnsetPicker()
    for block in blocks(trace):
        picker.push(block)
    return picker


@pytest.mark.parametrize("seed", range(5))
def test_clear_onset_is_found_within_two_samples(seed: int) -> None:
    """An onset at 20 times the noise is found to 0.07 s."""
    trace = burst(noise(21, seed=seed), onset_s=20.0, peak_m_s2=1.2e-2, decay_s=3.0)

    onset = _picker(trace).refine(START_NS + 16 * _SECOND, START_NS + 21 * _SECOND)

    assert onset is not None
    assert abs(onset.time_ns - (START_NS + 20 * _SECOND)) <= 0.07 * _SECOND


def test_weak_onset_is_less_certain_than_a_strong_one() -> None:
    """The uncertainty grows as the onset sinks into the noise."""
    window = (START_NS + 16 * _SECOND, START_NS + 21 * _SECOND)
    strong = _picker(burst(noise(21), 20.0, 1.2e-2, 3.0)).refine(*window)
    weak = _picker(burst(noise(21), 20.0, 1.2e-3, 3.0)).refine(*window)

    assert strong is not None
    assert weak is not None
    assert strong.uncertainty_s < weak.uncertainty_s


def test_too_short_a_window_has_no_onset() -> None:
    """Less than half a second of samples is no ground for a time."""
    assert _picker(noise(21)).refine(START_NS + 20 * _SECOND, START_NS + 20_400_000_000) is None


def test_what_the_ring_lost_is_not_looked_for() -> None:
    """A window older than the ring has no onset."""
    assert _picker(noise(60)).refine(START_NS, START_NS + 5 * _SECOND) is None


def test_constant_trace_gives_an_onset_without_a_warning() -> None:
    """Zero variance meets the floor, not the logarithm of zero."""
    onset = _picker(np.zeros((32 * 21, 3), np.float32)).refine(
        START_NS + 16 * _SECOND, START_NS + 21 * _SECOND
    )

    assert onset is not None
    assert onset.uncertainty_s > 0.5
