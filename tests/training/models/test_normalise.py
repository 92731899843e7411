"""Division by the largest magnitude keeps what division by the signed maximum spoils."""

import numpy as np
import pytest

from training.models.normalise import divide_by_maximum

DOWNWARDS = np.array([[0.0, 1.0], [-4.0, 0.5], [2.0, -0.25]])


def test_largest_magnitude_becomes_one() -> None:
    """Every component lies within -1 and 1, whichever way it swings."""
    scaled = divide_by_maximum(DOWNWARDS, per_component=True)

    np.testing.assert_allclose([1.0, 1.0], np.abs(scaled).max(axis=0))
    assert scaled[1, 0] == -1.0
    assert np.float32 == scaled.dtype


def test_published_form_lets_a_downward_swing_out_of_range() -> None:
    """Signed maximum 2, smallest sample -4: the window reaches -2."""
    assert divide_by_maximum(DOWNWARDS, per_component=True, as_published=True)[1, 0] == -2.0


def test_published_form_turns_a_negative_window_over() -> None:
    """A window below zero throughout changes its sign under the signed maximum alone."""
    below = np.array([[-1.0], [-3.0]])

    assert (divide_by_maximum(below, per_component=True) < 0).all()
    assert (divide_by_maximum(below, per_component=True, as_published=True) > 0).all()


def test_dead_component_stays_zero_and_is_nan_as_published() -> None:
    """A cable that fell off neither stops nor poisons a training."""
    dead = np.stack([np.zeros(5), np.arange(5.0)], axis=1)

    sound = divide_by_maximum(dead, per_component=True)
    published = divide_by_maximum(dead, per_component=True, as_published=True)

    assert not sound[:, 0].any()
    assert np.isnan(published[:, 0]).all()


@pytest.mark.parametrize("as_published", [False, True])
def test_common_maximum_keeps_the_ratio_of_the_components(*, as_published: bool) -> None:
    """All components by one number."""
    window = np.array([[1.0, 2.0], [3.0, -4.0]])

    scaled = divide_by_maximum(window, per_component=False, as_published=as_published)

    np.testing.assert_allclose(window / (3.0 if as_published else 4.0), scaled)
