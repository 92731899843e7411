"""The volcano networks' features: as published, in one piece or in many."""

import itertools
from pathlib import Path

import numpy as np
import pytest
import scipy.signal
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.signal.features.filter_bank import (
    FilterBankConfig,
    StreamingFilterBank,
    deltas,
    filter_bank,
    triangles,
)

PUBLISHED_CORNERS = {
    50.0: [0, 23, 47, 71, 95, 119, 143, 167, 191, 215, 239, 263, 288, 312, 336, 361, 385, 409],
    100.0: [0, 11, 23, 35, 47, 59, 71, 83, 95, 107, 119, 131, 144, 156, 168, 180, 192, 204],
}


def _trace(length: int, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(length).cumsum()


@pytest.mark.parametrize("rate_hz", PUBLISHED_CORNERS)
def test_bands_stand_on_the_published_bins(rate_hz: float) -> None:
    """Each triangle peaks at the bin where its neighbours end."""
    weights = triangles(FilterBankConfig(rate_hz=rate_hz))
    corners = PUBLISHED_CORNERS[rate_hz]

    assert corners[1:-1] == weights.argmax(axis=1).tolist()
    for band, row in enumerate(weights):
        inside = np.flatnonzero(row)
        assert corners[band] < inside[0]
        assert corners[band + 2] > inside[-1]


def test_energies_are_those_of_scipys_periodogram() -> None:
    """Pre-emphasis, padded transform, triangles and logarithm, step by step with SciPy."""
    config = FilterBankConfig()
    trace = _trace(1000)
    emphasised = scipy.signal.lfilter([1, -0.97], [1], trace, zi=[-0.97 * trace[0]])[0]
    _, density = scipy.signal.periodogram(
        emphasised[100:300], fs=1.0, window="boxcar", nfft=1024, detrend=False, scaling="spectrum"
    )
    density *= 200**2 / 1024
    density[1:-1] /= 2

    energies = filter_bank(trace, config)[4, :16]

    np.testing.assert_allclose(np.log(triangles(config) @ density), energies, rtol=1e-9)


@pytest.mark.parametrize(
    ("length", "frames"), [(1, 1), (200, 1), (201, 2), (225, 2), (226, 3), (1000, 33)]
)
def test_last_frame_is_filled_up(length: int, frames: int) -> None:
    """No sample is left out; a short trace gives one frame."""
    assert (frames, 48) == filter_bank(_trace(length)).shape


def test_delta_is_the_slope() -> None:
    """Of a straight line the slope itself, by SciPy's Savitzky-Golay filter elsewhere."""
    line = np.outer(np.arange(20.0), [1.0, -2.0])
    random = _trace(40)[:, None]

    np.testing.assert_allclose(np.tile([1.0, -2.0], (16, 1)), deltas(line)[2:-2])
    expected = scipy.signal.savgol_filter(random, 5, 1, deriv=1, axis=0, mode="nearest")
    np.testing.assert_allclose(expected, deltas(random), atol=1e-12)


@settings(max_examples=60, deadline=None)
@given(length=st.integers(1, 900), cuts=st.lists(st.integers(0, 900), max_size=12))
def test_stream_gives_the_same_features(length: int, cuts: list[int]) -> None:
    """However the samples come, the rows are those of the whole trace, first to last."""
    trace = _trace(length)
    stream = StreamingFilterBank()
    edges = [0, *sorted(min(cut, length) for cut in cuts), length]
    rows = [stream.push(trace[a:b]) for a, b in itertools.pairwise(edges)]
    rows.append(stream.finish())

    np.testing.assert_allclose(filter_bank(trace), np.concatenate(rows), atol=1e-9)


def test_stream_is_four_frames_behind() -> None:
    """A row waits for the two frames of its delta and the two of theirs."""
    stream = StreamingFilterBank()

    rows = stream.push(_trace(200 + 25 * 9))

    assert 10 - 4 == len(rows)


def test_stream_can_be_used_again() -> None:
    """After its end or a gap a stream begins anew."""
    stream = StreamingFilterBank()
    assert 0 == len(stream.finish())
    stream.push(_trace(400))
    stream.finish()

    rows = np.concatenate([stream.push(_trace(300, 2)), stream.finish()])

    np.testing.assert_allclose(filter_bank(_trace(300, 2)), rows, atol=1e-9)


def test_still_trace_has_a_logarithm() -> None:
    """Zero energy becomes the least number, as published."""
    features = filter_bank(np.zeros(400))

    np.testing.assert_allclose(np.log(np.finfo(float).eps), features[:, :16])
    assert not features[:, 16:].any()


@pytest.mark.parametrize(
    "wrong", [{"high_hz": 30.0}, {"low_hz": 20.0}, {"hop_s": 5.0}, {"transform": 128}]
)
def test_impossible_frames_and_bands_are_refused(wrong: dict[str, float]) -> None:
    """A mistake of the configuration is told when it is made."""
    with pytest.raises(ValueError, match="must"):
        FilterBankConfig.model_validate(wrong)


def test_features_of_a_real_sequence_have_the_published_form(shared_data: Path) -> None:
    """The published sequences were 48 columns, of which the last two thirds are deltas."""
    path = shared_data / "volcano" / "deception_partition0_test.npz"
    with np.load(path, allow_pickle=False) as archive:
        published, lengths = archive["features"], archive["lengths"]
    first = published[: lengths[0]].astype(np.float64)

    # Normalised column by column: a delta is still the slope of its column, up to a factor.
    for column in range(16):
        slope = deltas(first[:, [column]])[2:-2, 0]
        correlation = np.corrcoef(slope, first[2:-2, 16 + column])[0, 1]
        assert correlation > 0.999
