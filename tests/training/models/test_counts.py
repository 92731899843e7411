"""Every published network has exactly the published number of parameters, in both forms."""

import numpy as np
import pytest

keras = pytest.importorskip("keras", reason="the training extra is not installed")

from training.errors import UnknownNetworkError  # noqa: E402 - after the check for the extra
from training.zoo import count_parameters, network, zoo  # noqa: E402

PUBLISHED = {
    "cred": 292_641,
    "eqd_classifier": 43_552,
    "eqd_classifier_wide": 125_394,
    "eqd_picker": 63_611,
    "eqd_picker_wide": 254_348,
    "techtonics_classifier": 7_681_970,
    "techtonics_regressor": 3_841_697,
    "quake_cnn": 33_795,
    "spectrogram_cnn": 42_072_258,
    "volcano_tcn": 63_105,
    "volcano_lstm": 219_455,
}
TRAINABLE = {"cred": 292_289, "eqd_picker_wide": 253_628}
LARGE = {"spectrogram_cnn", "techtonics_classifier", "techtonics_regressor"}
SLOW_UNCOMPILED = {"eqd_classifier", "eqd_classifier_wide"}
"""750 steps of GRU, one by one; the tests of the export forms run them compiled."""
SMALL = sorted(set(PUBLISHED) - LARGE - SLOW_UNCOMPILED)


@pytest.mark.parametrize("as_published", [False, True], ids=["sound", "as published"])
@pytest.mark.parametrize("name", sorted(PUBLISHED))
def test_parameters_are_the_published_ones(name: str, *, as_published: bool) -> None:
    """Counted on the built network, in the way in which its authors count."""
    entry = network(name)
    model = entry.build(as_published=as_published)

    assert PUBLISHED[name] == count_parameters(model, entry.sound)
    assert PUBLISHED[name] == entry.sound.parameters


@pytest.mark.parametrize("name", sorted(TRAINABLE))
def test_trainable_parameters_are_the_published_ones(name: str) -> None:
    """Where the authors name both numbers, both are right."""
    model = network(name).build()

    assert TRAINABLE[name] == sum(int(np.prod(w.shape)) for w in model.trainable_weights)


def test_zoo_holds_the_published_networks_and_ours() -> None:
    """Nothing is missing and nothing is registered under another name."""
    assert {*PUBLISHED, "tremor_stream"} == set(zoo())


@pytest.mark.parametrize("name", sorted({*PUBLISHED, "tremor_stream"}))
def test_input_and_labels_are_those_of_the_network(name: str) -> None:
    """The recipe's input and labels fit the tensors."""
    entry = network(name)
    model = entry.build()

    assert (None, *entry.sound.input.shape) == model.input_shape
    assert len(entry.sound.labels) == model.output_shape[-1]
    assert name == entry.name == entry.published.name


@pytest.mark.parametrize("name", SMALL)
def test_answers_are_finite_numbers_of_the_right_shape(name: str) -> None:
    """A fresh network answers on noise."""
    entry = network(name)
    model = entry.build()
    shape = tuple(12 if size is None else size for size in entry.sound.input.shape)
    example = np.random.default_rng(1).standard_normal((1, *shape)).astype(np.float32)

    answer = keras.ops.convert_to_numpy(model(example))

    assert model.compute_output_shape((1, *shape)) == answer.shape
    assert np.isfinite(answer).all()


def test_misspelt_name_is_answered_with_the_nearest() -> None:
    """A typing error costs no search."""
    with pytest.raises(UnknownNetworkError, match="did you mean 'quake_cnn'"):
        network("quake_cn")
