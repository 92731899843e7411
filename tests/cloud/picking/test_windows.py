"""Records of any length go through fixed windows and come back whole."""

from itertools import pairwise

import numpy as np
import pytest

from cloud.picking.windows import cut_windows, join_curves, mirrored, window_starts

W = 600


@pytest.mark.parametrize("count", [600, 601, 899, 900, 901, 1200, 1500, 6007])
def test_windows_cover_a_record_and_end_with_it(count: int) -> None:
    """Each overlaps the next by half at least."""
    starts = window_starts(count, W)

    assert (0, count - W) == (starts[0], starts[-1])
    assert all(0 < b - a <= W // 2 for a, b in pairwise(starts))


@pytest.mark.parametrize("count", [1, 7, 300, 599, 600, 601, 900, 1500, 6007])
def test_what_every_window_says_is_said_of_the_record(count: int) -> None:
    """A network that repeats what it hears gives the record back."""
    trace = np.random.default_rng(1).standard_normal((count, 3)).astype(np.float32)

    joined = join_curves(cut_windows(trace, W)[..., :2], count)

    np.testing.assert_allclose(joined, trace[:, :2], rtol=1e-5)


def test_middle_of_a_window_counts_for_more_than_its_ends() -> None:
    """Where two windows differ, the one that sees both sides has more say."""
    curves = np.stack([np.zeros((W, 1)), np.ones((W, 1))]).astype(np.float32)

    joined = join_curves(curves, W + W // 2)[:, 0]

    assert (0, 1) == (joined[0], joined[-1])
    assert joined[W // 2 + 10] < 0.1
    assert joined[W - 10] > 0.9


def test_short_record_is_continued_by_its_mirror_image() -> None:
    """Before its first sample, as often as need be."""
    trace = np.arange(3, dtype=np.float32)[:, None] * np.ones(3, np.float32)

    assert [1, 2, 2, 1, 0, 0, 1, 2] == mirrored(trace, 8)[:, 0].tolist()
    assert mirrored(trace, 2) is trace
