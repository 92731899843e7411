"""Kept frames give the same numbers as a window that is transformed anew."""

import numpy as np
import pytest

from edge.signal.features.filter_bank import FilterBankConfig, filter_bank
from edge.signal.features.sliding_bank import SlidingFilterBank

CONFIG = FilterBankConfig()
FRAMES = 12
WINDOW = (FRAMES - 1) * CONFIG.hop + CONFIG.frame


def _trace(count: int) -> np.ndarray:
    return np.random.default_rng(1).normal(size=count).cumsum()


@pytest.mark.parametrize("hops", [1, 2])
@pytest.mark.parametrize("size", [1, 10, 25])
def test_every_window_is_that_of_the_batch(hops: int, size: int) -> None:
    """In blocks of any size, one hop or two from window to window."""
    trace = _trace(WINDOW + 40 * CONFIG.hop)
    bank = SlidingFilterBank(CONFIG, FRAMES)
    step = hops * CONFIG.hop

    for end in range(0, len(trace) + 1, size):
        bank.push(trace[max(0, end - size) : end])
        if end >= WINDOW and (end - WINDOW) % step == 0:
            expected = filter_bank(trace[end - WINDOW : end], CONFIG)
            np.testing.assert_allclose(expected, bank.features(), rtol=1e-9, atol=1e-9)


def test_reset_begins_a_new_window() -> None:
    """Nothing of before a gap is left."""
    trace = _trace(WINDOW)
    bank = SlidingFilterBank(CONFIG, FRAMES)
    bank.push(1000 * _trace(WINDOW + 7))

    bank.reset()
    bank.push(trace)

    np.testing.assert_allclose(filter_bank(trace, CONFIG), bank.features(), rtol=1e-9)


@pytest.mark.parametrize("count", [0, WINDOW - 1, WINDOW + 1])
def test_window_that_ends_off_the_hop_is_refused(count: int) -> None:
    """Its frames would be other ones than those that were kept."""
    bank = SlidingFilterBank(CONFIG, FRAMES)
    bank.push(_trace(count))

    with pytest.raises(ValueError, match="want 12 and none"):
        bank.features()
