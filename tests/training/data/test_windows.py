"""Windows for training and for judging: labels stay true, nothing gives the answer away."""

import numpy as np
import pytest

pytest.importorskip("keras", reason="the training extra is not installed")

from tests.training.data.quakes import recording
from training.data.pool import FeatureSequence, Pool
from training.data.scenes import AugmentConfig
from training.data.windows import WindowMaker, evaluation_windows, stacked
from training.errors import DataError
from training.models.recipe import Recipe
from training.zoo import network

PLAIN = AugmentConfig(
    second_event=0,
    noise=0,
    surrogate=0,
    disturbance=0,
    dropped=0,
    turned=False,
    rate_error=0,
    gap=0,
)
WINDOWED = ("cred", "eqd_classifier", "eqd_classifier_wide", "eqd_picker", "eqd_picker_wide",
            "techtonics_classifier", "techtonics_regressor")  # fmt: skip


def recipe_of(name: str, *, as_published: bool = False) -> Recipe:
    """Return how a network is trained."""
    return network(name).recipe(as_published=as_published)


def pool_at(rate_hz: float = 100.0, count: int = 4, **changes: object) -> Pool:
    """Return some earthquakes with magnitudes."""
    scale = rate_hz / 100
    known = {"rate_hz": rate_hz, "p_index": 1500 * scale, "s_index": 2000 * scale, "magnitude": 4.0}
    made = [recording(seed, **(known | changes)) for seed in range(count)]
    return Pool(made)


def rng(seed: int = 1) -> np.random.Generator:
    """Return a source of chance."""
    return np.random.default_rng(seed)


@pytest.mark.parametrize("as_published", [False, True])
@pytest.mark.parametrize("name", WINDOWED)
def test_examples_fit_the_network(name: str, *, as_published: bool) -> None:
    """Inputs have the shape of the recipe, targets that of the output, in either form."""
    recipe = recipe_of(name, as_published=as_published)
    maker = WindowMaker(recipe, pool_at(), as_published=as_published)

    made = maker.draw(3, rng())

    model = network(name).build(as_published=as_published)
    assert (3, *recipe.input.shape) == made.inputs.shape
    assert (3, *model.output_shape[1:]) == made.targets.shape
    assert np.isfinite(made.inputs).all()
    assert np.float32 == made.inputs.dtype == made.targets.dtype


@pytest.mark.parametrize(("name", "rate_hz"), [("quake_cnn", 40.0), ("spectrogram_cnn", 100.0)])
def test_other_lengths_fit_too(name: str, rate_hz: float) -> None:
    """Two seconds at 40 Hz, and 400 s of a record that has 60 s."""
    recipe = recipe_of(name)

    made = WindowMaker(recipe, pool_at(rate_hz)).draw(2, rng())

    assert (2, *recipe.input.shape) == made.inputs.shape


def test_the_same_seed_draws_the_same_examples() -> None:
    """A run can be repeated."""
    recipe = recipe_of("eqd_picker")
    first, again, other = (WindowMaker(recipe, pool_at()).draw(4, rng(seed)) for seed in (1, 1, 2))

    np.testing.assert_array_equal(first.inputs, again.inputs)
    np.testing.assert_array_equal(first.targets, again.targets)
    assert not np.array_equal(first.inputs, other.inputs)


def test_p_may_be_anywhere() -> None:
    """Recordings with P at 15 s give windows with P in every tenth of the window."""
    made = WindowMaker(recipe_of("eqd_picker"), pool_at(), augment=PLAIN).draw(120, rng())

    places = [o.p for one in made.examples for o in one.onsets if o.p is not None]

    counted, _ = np.histogram(places, 10, (0, 6000))
    assert counted.min() >= 3


def test_the_onset_is_where_the_label_says() -> None:
    """The sample at the label of the P is where the burst begins, whatever was done to it."""
    made = WindowMaker(recipe_of("eqd_picker"), pool_at(), augment=PLAIN).draw(20, rng())

    for window in made.examples:
        for onset in window.onsets:
            if onset.p is None or not 100 < onset.p < 5800:
                continue
            level = np.abs(window.samples[:, 0] - np.median(window.samples[:, 0]))
            p = int(onset.p)
            assert level[p + 5 : p + 60].max() > 8 * level[p - 60 : p - 1].max()


def test_a_second_event_has_its_label() -> None:
    """Every event of a window is in the target: two bells where two events are."""
    config = PLAIN.model_copy(update={"second_event": 1.0})
    made = WindowMaker(recipe_of("eqd_picker"), pool_at(), augment=config).draw(40, rng())

    doubled = [i for i, one in enumerate(made.examples) if len(one.onsets) == 2]

    assert len(doubled) > 5
    for i in doubled:
        for onset in made.examples[i].onsets:
            if onset.p is not None:
                assert made.targets[i, round(onset.p), 0] > 0.99


def test_noise_has_no_event() -> None:
    """A window called noise holds no onset, and its target is empty."""
    made = WindowMaker(recipe_of("cred"), pool_at()).draw(60, rng())

    there = made.targets.max(axis=(1, 2)) > 0
    assert there.tolist() == [bool(one.onsets) for one in made.examples]
    assert 15 < there.sum() < 45


def test_noise_comes_in_every_colour_of_the_pool() -> None:
    """Noise windows do not repeat: recorded stretches, surrogates, disturbances."""
    made = WindowMaker(recipe_of("eqd_classifier"), pool_at(count=1)).draw(40, rng())

    noise = made.inputs[made.targets[:, 0] == 1]
    distinct = {window.tobytes() for window in noise}
    assert len(distinct) == len(noise) > 10


def test_a_phase_window_holds_its_phase() -> None:
    """P and S windows hold the onset they are called by, noise none."""
    recipe = recipe_of("quake_cnn")
    made = WindowMaker(recipe, pool_at(40.0), augment=PLAIN).draw(60, rng())

    for window, target in zip(made.examples, made.targets, strict=True):
        label = recipe.labels[int(target.argmax())]
        places = {"P": [o.p for o in window.onsets], "S": [o.s for o in window.onsets]}
        assert (label == "noise") == (not window.onsets)
        if label != "noise":
            assert any(place is not None and 7 <= place < 73 for place in places[label])


def test_missing_components_end_as_zeros() -> None:
    """A station without horizontals is no reason for NaN."""
    config = PLAIN.model_copy(update={"dropped": 1.0})
    made = WindowMaker(recipe_of("eqd_classifier"), pool_at(), augment=config).draw(4, rng())

    assert 0 == np.abs(made.inputs[..., 1:]).max()
    assert made.inputs[..., 0].max() > 0


def test_everything_at_once_stays_finite() -> None:
    """Gaps, rate errors, second events, noise and drops in one window."""
    everything = AugmentConfig(
        second_event=1, noise=1, surrogate=0.5, disturbance=1, dropped=0.5, rate_error=1, gap=1
    )
    for name in ("cred", "eqd_picker"):
        made = WindowMaker(recipe_of(name), pool_at(), augment=everything).draw(12, rng())

        assert np.isfinite(made.inputs).all()
        assert np.isfinite(made.targets).all()


def test_evaluation_does_not_depend_on_the_order_of_the_recordings() -> None:
    """The place of the onset is drawn by the name: another order gives the same windows."""
    recipe = recipe_of("eqd_classifier")
    made = [recording(seed, magnitude=4.0) for seed in range(3)]
    first = evaluation_windows(recipe, Pool(made))
    turned = evaluation_windows(recipe, Pool(made[::-1]))

    names = [one.name for one in first.about]
    for i, (about, target) in enumerate(zip(turned.about, turned.targets, strict=True)):
        same = [
            j for j, name in enumerate(names)
            if name == about.name and np.array_equal(first.targets[j], target)
        ]  # fmt: skip
        np.testing.assert_array_equal(first.inputs[same[0]], turned.inputs[i])


def test_networks_of_one_window_are_judged_by_the_same_windows() -> None:
    """Detectors of 60 s see the same earthquakes at the same places."""
    pool = pool_at()
    places = {
        name: [one.onsets for one in evaluation_windows(recipe_of(name), pool).examples]
        for name in ("cred", "eqd_classifier", "techtonics_classifier")
    }

    assert places["cred"] == places["eqd_classifier"] == places["techtonics_classifier"]


def test_evaluation_can_be_limited() -> None:
    """A large set is judged by some of it, the same ones every time."""
    recipe = recipe_of("eqd_classifier")

    made = [evaluation_windows(recipe, pool_at(), most=3) for _ in range(2)]

    assert 3 == len(made[0])
    np.testing.assert_array_equal(made[0].inputs, made[1].inputs)


def test_windows_of_evaluation_are_before_any_step() -> None:
    """`examples` hold the trace in its unit, levels and all."""
    made = evaluation_windows(recipe_of("eqd_picker"), pool_at())

    assert pytest.approx(1000, abs=100) == float(np.median(made.examples[0].samples[:, 0]))


def test_sequences_are_filled_up_with_what_is_not_asked() -> None:
    """Beyond its end, and where nobody labelled, a sequence has no target."""
    long = FeatureSequence("a", "made", np.ones((5, 48), np.float32), np.array([0, 1, -1, 4, 4]))
    short = FeatureSequence("b", "made", np.ones((2, 48), np.float32), np.array([2, 3]))

    made = stacked(recipe_of("volcano_tcn"), [long, short])

    assert (2, 5, 48) == made.inputs.shape
    assert [[1, 1, 0, 1, 1], [1, 1, 0, 0, 0]] == made.targets.sum(axis=-1).tolist()
    assert 0 == made.inputs[1, 2:].max()


@pytest.mark.parametrize("name", ["cred", "techtonics_regressor", "volcano_tcn"])
def test_a_pool_without_the_right_labels_is_told(name: str) -> None:
    """No S, no magnitude, no segments: the error names what the pool holds."""
    pool = pool_at(s_index=None, magnitude=None)

    with pytest.raises(DataError, match="made"):
        WindowMaker(recipe_of(name), pool)
