"""The published way to make windows, a test for each difference from the sound one."""

import numpy as np
import pytest

pytest.importorskip("keras", reason="the training extra is not installed")

from tests.training.data.quakes import recording
from training.data.example import example_of
from training.data.pool import Pool
from training.data.published_scenes import shifted_by_copies
from training.data.windows import WindowExamples, WindowMaker
from training.zoo import network


def published(name: str, pool: Pool, count: int = 40) -> WindowExamples:
    """Return windows as the authors of a network make them."""
    recipe = network(name).recipe(as_published=True)
    return WindowMaker(recipe, pool, as_published=True).draw(count, np.random.default_rng(1))


def quakes(count: int = 4, **changes: object) -> Pool:
    """Return earthquakes with P at 15 s."""
    return Pool([recording(seed, **changes) for seed in range(count)])


def test_p_stays_where_the_set_has_it() -> None:
    """No shift: P is at 15 s in every window, which a network can learn by heart."""
    made = published("eqd_picker", quakes())

    assert {1500.0} == {onset.p for one in made.examples for onset in one.onsets}


def test_the_picker_sees_signals_only() -> None:
    """No window of noise among those of the picker, so that it never learns to be silent."""
    made = published("eqd_picker", quakes())

    assert all(one.onsets for one in made.examples)


def test_a_second_event_of_cred_has_no_label() -> None:
    """The window is changed behind the first event, the target knows of one event alone."""
    made = published("cred", quakes(), 60)

    assert {0, 1} == {len(one.onsets) for one in made.examples}
    late = [
        float(np.ptp(one.samples[int(one.onsets[0].p) + 3000 :, 0]))
        for one in made.examples
        if one.onsets and one.onsets[0].p is not None and one.onsets[0].p < 2500
    ]
    assert max(late) > 3 * min(late)


def test_a_weak_record_of_cred_is_not_changed() -> None:
    """Under 5 dB the authors neither shift nor add."""
    made = published("cred", quakes(snr_db=3.0), 20)

    assert {1500.0} == {o.p for one in made.examples for o in one.onsets}


def test_cred_shifts_by_copies_of_the_noise() -> None:
    """What is put before the trace is its own first seconds, again."""
    example = example_of(recording(1))

    moved = shifted_by_copies(example, np.random.default_rng(3))

    shift = int(moved.onsets[0].p) - 1500
    assert shift > 100
    count = min(shift, 1400)
    np.testing.assert_array_equal(example.samples[:count], moved.samples[:count])


def test_cred_leaves_a_near_event_without_label() -> None:
    """S-P of half a second falls through the published bins for most windows."""
    near = quakes(s_index=1550.0)
    recipe = network("cred").recipe(as_published=True)
    sound = WindowMaker(recipe, near).draw(60, np.random.default_rng(1))

    empty = [
        np.mean([t.max() == 0 for t, e in zip(m.targets, m.examples, strict=True) if e.onsets])
        for m in (sound, published("cred", near, 60))
    ]

    assert 0.0 == empty[0]
    assert empty[1] > 0.4


def test_counts_of_the_classifier_are_raw() -> None:
    """The published classifier is given the counts themselves, level and all."""
    assert published("eqd_classifier", quakes()).inputs.max() > 1000


def test_a_computed_p_is_moved_to_the_strongest_motion() -> None:
    """SeismicTorch centres its P windows there, often on S; analysts' picks stay."""

    def shaken(picks: str) -> Pool:
        made = recording(1, picks=picks)
        made.samples[2100:2110] += 20_000
        return Pool([made])

    recipe = network("quake_cnn").recipe(as_published=True)
    share = {}
    for picks in ("theoretical", "analyst"):
        pool = shaken(picks)
        maker = WindowMaker(recipe.model_copy(
            update={"input": recipe.input.model_copy(update={"rate_hz": 100.0, "window_s": 0.8})}
        ), pool, as_published=True)  # fmt: skip
        made = maker.draw(60, np.random.default_rng(1))
        called_p = made.targets[:, 0] == 1
        held = [any(o.p is not None for o in one.onsets) for one in made.examples]
        share[picks] = float(np.mean(np.array(held)[called_p]))

    assert 0.0 == share["theoretical"]
    assert share["analyst"] > 0.3
