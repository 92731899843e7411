"""The multi-scale networks: attention along the right axis, labels at the right sample."""

import numpy as np
import pytest

keras = pytest.importorskip("keras", reason="the training extra is not installed")

from training.models.attention import (  # noqa: E402 - after the check for the extra
    ConstantGate,
    TimeStatistics,
)
from training.models.eqd_labels import SIGMA_SAMPLES, WINDOW_SAMPLES, pick_labels  # noqa: E402
from training.zoo import network  # noqa: E402

STEPS, CHANNELS = 6, 4


def _statistics(x: np.ndarray, *, as_published: bool) -> np.ndarray:
    layer = TimeStatistics(as_published=as_published)
    return keras.ops.convert_to_numpy(layer(x))


@pytest.fixture
def rows() -> np.ndarray:
    """Return one example, shape (1, 6, 4)."""
    return np.random.default_rng(2).standard_normal((1, STEPS, CHANNELS)).astype(np.float32)


def test_each_step_has_its_own_mean_and_maximum(rows: np.ndarray) -> None:
    """Side by side, so that a convolution over time sees both of the same step."""
    expected = np.stack([rows.mean(axis=-1), rows.max(axis=-1)], axis=-1)

    np.testing.assert_allclose(expected, _statistics(rows, as_published=False), rtol=1e-6)


def test_published_form_pairs_neighbours_instead(rows: np.ndarray) -> None:
    """Its first half are means of two neighbours, its second half maxima of two neighbours."""
    published = _statistics(rows, as_published=True)

    np.testing.assert_allclose(
        rows.mean(axis=-1).reshape(1, -1, 2), published[:, : STEPS // 2], rtol=1e-6
    )
    np.testing.assert_allclose(
        rows.max(axis=-1).reshape(1, -1, 2), published[:, STEPS // 2 :], rtol=1e-6
    )


def test_axis_of_the_attention_changes_the_answer() -> None:
    """The same weights answer otherwise in the published form: the difference is in the layers."""
    entry = network("eqd_picker")
    sound, published = entry.build(), entry.build(as_published=True)
    published.set_weights(sound.get_weights())
    trace = np.random.default_rng(3).standard_normal((1, 6000, 3)).astype(np.float32)

    answers = [keras.ops.convert_to_numpy(model(trace)) for model in (sound, published)]

    assert np.abs(answers[0] - answers[1]).max() > 1e-5


@pytest.mark.parametrize("as_published", [False, True])
@pytest.mark.parametrize(
    ("name", "levels"),
    [
        ("eqd_classifier", {2, 4}),
        ("eqd_classifier_wide", {1, 2, 4}),
        ("eqd_picker", {1, 2, 3, 4}),
        ("eqd_picker_wide", {1, 2, 3, 4}),
    ],
)
def test_attention_of_every_level_takes_the_form_asked_for(
    name: str, levels: set[int], *, as_published: bool
) -> None:
    """Attention stands where the published networks connect it, all in one form."""
    model = network(name).build(as_published=as_published)
    found = {
        int(layer.name.split("_")[1]): layer.as_published
        for layer in model.layers
        if isinstance(layer, TimeStatistics)
    }

    assert dict.fromkeys(levels, as_published) == found


def test_constant_gate_weighs_whatever_comes() -> None:
    """With a bias of zero every channel is halved."""
    x = np.ones((1, 3, CHANNELS), np.float32)

    np.testing.assert_allclose(0.5 * x, keras.ops.convert_to_numpy(ConstantGate()(x)))


def test_networks_survive_saving(tmp_path: object) -> None:
    """Custom layers are found again by Keras, with their form."""
    model = network("eqd_picker").build(as_published=True)
    path = f"{tmp_path}/picker.keras"
    model.save(path)

    again = keras.saving.load_model(path)

    assert again.get_layer("attention_1_time_statistics").as_published
    assert model.count_params() == again.count_params()


def test_bell_stands_on_the_arrival() -> None:
    """1 at the arrival, exp(-1/2) one sigma beside it."""
    curve = pick_labels([[3000.0]])[:, 0]

    assert 3000 == curve.argmax()
    assert curve[3000] == 1.0
    assert pytest.approx(np.exp(-0.5)) == curve[3000 + round(SIGMA_SAMPLES)]


def test_published_time_axis_drifts_by_a_sample() -> None:
    """At the end of the window the published bell stands one sample early."""
    arrival = [[5900.0]]

    assert 5900 == pick_labels(arrival)[:, 0].argmax()
    assert 5899 == pick_labels(arrival, as_published=True)[:, 0].argmax()


def test_every_event_of_a_window_is_labelled() -> None:
    """Two arrivals of P, one of S; the published form knows the first of each."""
    arrivals = [[1000.0, 4000.0], [1500.0]]

    sound, published = pick_labels(arrivals), pick_labels(arrivals, as_published=True)

    assert (WINDOW_SAMPLES, 2) == sound.shape
    assert sound[4000, 0] == 1.0
    assert published[4000, 0] < 1e-6
    assert sound[1500, 1] == 1.0


def test_noise_has_flat_targets() -> None:
    """Noise trains the picker too."""
    assert not pick_labels([[], []]).any()


def test_published_loss_is_a_tenth_of_the_divergence() -> None:
    """What the list of two losses came down to is kept in the published recipe alone."""
    entry = network("eqd_classifier")

    assert entry.sound.training.loss == "categorical_crossentropy"
    assert entry.published.training.loss == "scaled_kl_divergence"
    assert entry.published.training.loss_weight == 0.1
