"""Test windows as the authors cut them: P is where the data set has it."""

import numpy as np
import pytest

pytest.importorskip("keras", reason="the training extra is not installed")

from tests.training.data.quakes import recording
from training.data.pool import Pool
from training.data.recording import Recording, at_rate
from training.data.windows import evaluation_windows
from training.models.recipe import Recipe
from training.reproduce.windows.as_recorded import as_recorded_windows
from training.zoo import network


def published(name: str) -> Recipe:
    """Return the published recipe of a network."""
    return network(name).published


def noise(seed: int) -> Recording:
    """Return a recording of noise."""
    return recording(seed, category="noise", p_index=None, s_index=None)


def test_p_stays_where_the_data_set_has_it() -> None:
    """Every window has P at 15 s; moved windows have it anywhere."""
    pool = Pool([recording(seed) for seed in range(4)])
    recipe = published("eqd_picker")

    recorded = as_recorded_windows(recipe, pool)
    moved = evaluation_windows(recipe, pool, as_published=True)

    assert recorded is not None
    assert [1500.0] * 4 == [example.onsets[0].p for example in recorded.examples]
    places = {example.onsets[0].p for example in moved.examples if example.onsets}
    assert len(places) == 4


def test_pickers_are_tested_by_earthquakes_alone() -> None:
    """As published; a classifier gets the noise as well."""
    pool = Pool([recording(1), recording(2), noise(3)])

    picker = as_recorded_windows(published("eqd_picker"), pool)
    classifier = as_recorded_windows(published("eqd_classifier"), pool)

    assert picker is not None
    assert classifier is not None
    assert (2, 3) == (len(picker), len(classifier))
    assert [1, 1, 0] == classifier.targets.argmax(axis=1).tolist()


def test_noise_before_events_stands_in_where_there_is_no_other() -> None:
    """A set of earthquakes alone still has noise to test by."""
    windows = as_recorded_windows(published("eqd_classifier"), Pool([recording(1)]))

    assert windows is not None
    assert [1, 0] == windows.targets.argmax(axis=1).tolist()


def test_windows_of_phases_lie_about_their_arrival() -> None:
    """P, S and noise of 2 s; the arrival up to 0.8 s off the middle."""
    pool = Pool([at_rate(recording(seed), 40.0) for seed in range(3)])

    windows = as_recorded_windows(published("quake_cnn"), pool)

    assert windows is not None
    assert [0, 0, 0, 1, 1, 1, 2, 2, 2] == windows.targets.argmax(axis=1).tolist()
    offsets = np.array([windows.examples[row].onsets[0].p - 40 for row in range(3)])
    assert np.abs(offsets).max() <= 0.8 * 40 + 1
    assert 1 < len(set(offsets.tolist()))


def test_the_same_windows_every_time() -> None:
    """The place of a window is drawn by the recording's name."""
    pool = Pool([at_rate(recording(seed), 40.0) for seed in range(3)])

    first, again = (as_recorded_windows(published("quake_cnn"), pool) for _ in range(2))

    assert first is not None
    assert again is not None
    np.testing.assert_array_equal(first.inputs, again.inputs)


def test_nothing_to_test_by_is_no_window() -> None:
    """A batch of noise cannot test a picker."""
    assert as_recorded_windows(published("eqd_picker"), Pool([noise(1)])) is None
