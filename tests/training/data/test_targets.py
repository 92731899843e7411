"""Targets: each network's own form of the same window."""

import numpy as np
import pytest

pytest.importorskip("keras", reason="the training extra is not installed")

from training.data.example import Example, Onset
from training.data.targets import target_of
from training.zoo import network


def window(*onsets: Onset) -> Example:
    """Return a window of 60 s."""
    return Example(np.zeros((6000, 3), np.float32), 100.0, onsets)


def test_an_event_that_goes_on_beyond_the_window_fills_it_to_its_end() -> None:
    """S lies behind the window: every bin from the P on is the event's."""
    target = target_of(network("cred").sound, window(Onset(3000.0, None)), "earthquake")

    assert 19 == int(target.sum())
    assert 1 == target[-1, 0]


def test_an_event_that_began_before_the_window_fills_it_from_its_start() -> None:
    """P lies before the window: bins from the first to 1.2 (S-P) after S."""
    target = target_of(network("cred").sound, window(Onset(None, 1000.0)), "earthquake")

    assert 1 == target[0, 0]
    assert 14 == int(target.sum())


def test_classes_stand_where_the_network_has_them() -> None:
    """Noise is the first label of one network and the second of another."""
    for name in ("eqd_classifier", "spectrogram_cnn", "techtonics_classifier", "quake_cnn"):
        recipe = network(name).sound
        target = target_of(recipe, window(), "noise")

        assert "noise" == recipe.labels[int(target.argmax())]
        assert 1 == target.sum()


def test_a_picker_of_p_knows_nothing_of_s() -> None:
    """One curve a label."""
    onset = Onset(1000.0, 1500.0)
    narrow, wide = (
        target_of(network(name).sound, window(onset), "earthquake")
        for name in ("eqd_picker", "eqd_picker_wide")
    )

    assert (6000, 1) == narrow.shape
    np.testing.assert_array_equal(narrow[:, 0], wide[:, 0])
    assert 1500 == int(wide[:, 1].argmax())


def test_a_regression_gives_its_number() -> None:
    """Magnitude, or the sample of the P where that is the label."""
    recipe = network("techtonics_regressor").sound
    other = recipe.model_copy(update={"labels": ("P",)})

    assert [4.5] == target_of(recipe, window(), "earthquake", 4.5).tolist()
    assert [700.0] == target_of(other, window(Onset(700.0, None)), "earthquake").tolist()


@pytest.mark.parametrize(("labels", "reason"), [(("magnitude",), "magnitude"), (("P",), "P")])
def test_a_number_that_is_not_known_is_told(labels: tuple[str, ...], reason: str) -> None:
    """A window without it is no example."""
    recipe = network("techtonics_regressor").sound.model_copy(update={"labels": labels})

    with pytest.raises(ValueError, match=f"without {reason}"):
        target_of(recipe, window(), "earthquake")


def test_a_class_that_the_network_lacks_is_told() -> None:
    """A mistake of the caller, not a target."""
    with pytest.raises(ValueError, match="P, S, noise, not 'earthquake'"):
        target_of(network("quake_cnn").sound, window(), "earthquake")
