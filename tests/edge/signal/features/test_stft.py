"""CRED's transform: SciPy's numbers, in one piece or in many."""

import itertools

import numpy as np
import pytest
import scipy.signal
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.signal.features.stft import StftConfig, StreamingStft, stft

SMALL = StftConfig(window=400, frame=80)


def _trace(length: int, seed: int = 1) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return (9.8 + np.cumsum(rng.standard_normal((length, 3)), axis=0)).astype(np.float32)


def test_magnitudes_are_scipys() -> None:
    """With SciPy's defaults: periodic Hann, half overlap, zeros beyond the ends."""
    trace = _trace(6000)
    level = trace.astype(np.float64) - trace.mean(axis=0, dtype=np.float64)
    level /= np.abs(level).max(axis=0)

    _, _, expected = scipy.signal.stft(level, fs=100, nperseg=80, axis=0)

    np.testing.assert_allclose(np.abs(expected).transpose(2, 0, 1), stft(trace), atol=1e-7)


def test_window_has_the_published_shape() -> None:
    """151 frames of 41 frequencies for 60 s, 76 frames for 30 s."""
    assert (151, 41, 3) == stft(_trace(6000)).shape == StftConfig().shape
    assert (76, 41, 3) == stft(_trace(3000), StftConfig(window=3000)).shape


@settings(max_examples=40, deadline=None)
@given(cuts=st.lists(st.integers(0, 900), max_size=15), step=st.sampled_from([40, 80, 200, 480]))
def test_stream_gives_the_numbers_of_the_windows(cuts: list[int], step: int) -> None:
    """Every window's features are those of the same window computed alone."""
    trace = _trace(900)
    trace[300:350, 1] = np.nan
    stream = StreamingStft(SMALL, step)
    edges = [0, *sorted(cuts), len(trace)]
    windows = [w for a, b in itertools.pairwise(edges) for w in stream.push(trace[a:b])]
    begins = range(0, len(trace) - SMALL.window + 1, step)

    assert len(begins) == len(windows)
    for begin, window in zip(begins, windows, strict=True):
        expected = stft(trace[begin : begin + SMALL.window], SMALL)
        np.testing.assert_allclose(expected, window, atol=1e-6)


def test_many_windows_at_once_are_each_alone() -> None:
    """A batch is no more than its windows."""
    batch = np.stack([_trace(400, seed) for seed in range(5)])

    np.testing.assert_array_equal([stft(window, SMALL) for window in batch], stft(batch, SMALL))


@pytest.mark.parametrize(("normalise", "scale"), [("peak", 3.0), ("signed-peak", 1.5)])
def test_sound_peak_is_the_largest_swing(normalise: str, scale: float) -> None:
    """Published: the largest positive value, so that a strong first dip leaves the range."""
    trace = np.zeros((400, 3))
    trace[40], trace[200], trace[300] = -3.0, 1.5, 1.5
    plain = stft(trace, StftConfig(window=400, normalise="none"))

    features = stft(trace, StftConfig.model_validate({"window": 400, "normalise": normalise}))

    np.testing.assert_allclose(plain / scale, features, atol=1e-7)


@pytest.mark.parametrize("normalise", ["peak", "signed-peak", "std", "none"])
@pytest.mark.parametrize("value", [0.0, 5.0, np.nan])
def test_dead_component_is_silent_and_finite(normalise: str, value: float) -> None:
    """A component that a station lacks divides nothing by zero."""
    config = StftConfig.model_validate({"window": 400, "normalise": normalise})
    trace = _trace(400)
    trace[:, 1] = value

    features = stft(trace, config)

    assert np.isfinite(features).all()
    assert not features[:, :, 1].any()


def test_gap_begins_a_new_window() -> None:
    """After a reset a whole window must pass again."""
    trace = _trace(1000)
    stream = StreamingStft(SMALL, 40)
    stream.push(trace[:500])
    stream.reset()

    windows = stream.push(trace[500:900])

    assert 1 == len(windows)
    np.testing.assert_allclose(stft(trace[500:900], SMALL), windows[0], atol=1e-6)


@pytest.mark.parametrize("step", [0, 39, 100])
def test_step_that_would_need_other_frames_is_refused(step: int) -> None:
    """Windows share their frames only where they begin at a hop."""
    with pytest.raises(ValueError, match="multiples of 40"):
        StreamingStft(SMALL, step)
