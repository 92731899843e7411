"""Training on sequences: padding that changes nothing, gradients that add up as published."""

import numpy as np
import pytest

keras = pytest.importorskip("keras", reason="the training extra is not installed")

from tests.training.reproduce.volcano.made import COLUMNS, sequence, sequences  # noqa: E402
from training.data.readers.sequences import CLASSES, Sequence  # noqa: E402
from training.errors import ReproductionError  # noqa: E402
from training.models.recipe import Recipe, Schedule  # noqa: E402
from training.reproduce.volcano.fit import (  # noqa: E402
    answers,
    compile_for_sequences,
    fit_sequences,
)
from training.reproduce.volcano.padded import padded  # noqa: E402
from training.zoo import network  # noqa: E402

RATE = 0.05


def recipe() -> Recipe:
    """Return the recipe of the TCN with another rate."""
    base = network("volcano_tcn").published
    training = base.training.model_copy(update={"schedule": Schedule(steps=((0, RATE),))})
    return base.model_copy(update={"training": training})


def linear_network() -> keras.Model:
    """Return a network of one layer, all weights zero, of which gradients are known."""
    features = keras.Input((None, COLUMNS))
    classes = keras.layers.Dense(len(CLASSES), activation="softmax", kernel_initializer="zeros")
    return keras.Model(features, classes(features))


def gradient(kernel: np.ndarray, bias: np.ndarray, one: Sequence) -> tuple[np.ndarray, np.ndarray]:
    """Return the gradient of the mean cross-entropy of softmax(x w + b)."""
    scores = one.features @ kernel + bias
    shares = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    shares[np.arange(len(one.labels)), one.labels] -= 1
    return one.features.T @ shares / len(one.labels), shares.mean(axis=0)


def trained(sequences_: list[Sequence], epochs: int, *, accumulate: bool) -> list[np.ndarray]:
    """Return the weights of the linear network after some epochs."""
    model = linear_network()
    compile_for_sequences(model, recipe(), accumulate=accumulate)
    fit_sequences(model, recipe(), sequences_, epochs, lambda _: None)
    return model.get_weights()


def test_padding_changes_no_step() -> None:
    """A sequence of 40 frames, padded to 64, is a step as large as one without padding."""
    one = sequence([0] * 20 + [3] * 20)
    zero = np.zeros((COLUMNS, len(CLASSES))), np.zeros(len(CLASSES))

    kernel, bias = trained([one], 1, accumulate=False)

    slopes = gradient(*zero, one)
    np.testing.assert_allclose(-RATE * slopes[0], kernel, atol=1e-6)
    np.testing.assert_allclose(-RATE * slopes[1], bias, atol=1e-6)


def test_padded_frames_weigh_nothing() -> None:
    """The weights of a batch are zero where there is no frame, and one on average."""
    batch = padded([sequence([0] * 5), sequence([1] * 40)])

    assert (2, 64) == batch.weights.shape
    assert not batch.weights[0, 5:].any()
    assert not batch.weights[1, 40:].any()
    assert pytest.approx(1.0) == batch.weights.mean()


def test_published_steps_go_along_the_sum_of_gradients() -> None:
    """Gradients cleared once an epoch: step k goes along all k gradients of the epoch so far."""
    same = [sequence([0, 1, 2, 3] * 8)] * 3
    kernel, bias = np.zeros((COLUMNS, len(CLASSES))), np.zeros(len(CLASSES))
    for _ in range(2):
        total = [np.zeros_like(kernel), np.zeros_like(bias)]
        for one in same:
            total = [
                sum_ + new for sum_, new in zip(total, gradient(kernel, bias, one), strict=True)
            ]
            kernel, bias = kernel - RATE * total[0], bias - RATE * total[1]

    found = trained(same, 2, accumulate=True)

    np.testing.assert_allclose(kernel, found[0], atol=1e-5)
    np.testing.assert_allclose(bias, found[1], atol=1e-5)


def test_sound_steps_go_along_one_gradient() -> None:
    """Cleared at every step, the same three sequences move the weights less far."""
    same = [sequence([0, 1, 2, 3] * 8)] * 3

    published, sound = (trained(same, 1, accumulate=flag)[0] for flag in (True, False))

    assert np.abs(sound).max() < 0.7 * np.abs(published).max()


def test_a_certain_wrong_answer_is_still_unlearned() -> None:
    """From logits the gradient does not vanish where a probability underflows."""
    model = linear_network()
    compile_for_sequences(model, recipe(), accumulate=False)
    kernel, bias = model.get_weights()
    bias[0] = 300.0
    model.set_weights([kernel, bias])

    fit_sequences(model, recipe(), [sequence([1] * 32)], 1, lambda _: None)

    assert model.get_weights()[1][0] == pytest.approx(300.0 - RATE, abs=1e-3)


def test_a_loss_that_is_no_number_ends_it() -> None:
    """Features that are no numbers are told, not trained on."""
    broken = sequence([0] * 10)
    broken.features[3] = np.nan

    with pytest.raises(ReproductionError, match="the loss of epoch 0 is no number"):
        trained([broken], 1, accumulate=False)


def test_answers_are_those_of_the_frames_there_are() -> None:
    """One class a frame of each sequence, padding left out."""
    made = sequences(3)
    model = linear_network()
    compile_for_sequences(model, recipe(), accumulate=False)
    fit_sequences(model, recipe(), made, 30, lambda _: None)

    given = answers(model, made)

    assert [len(one.labels) for one in made] == [len(row) for row in given]
    right = sum((one.labels == row).sum() for one, row in zip(made, given, strict=True))
    assert right > 0.9 * sum(len(one.labels) for one in made)


def test_the_network_of_the_zoo_is_causal() -> None:
    """What is appended behind a sequence changes none of its answers: padding may."""
    made = sequences(2)
    model = network("volcano_tcn").build()

    alone = np.asarray(model(made[0].features[None]))[0]
    batch = padded(made)
    together = np.asarray(model(batch.features))[0]

    np.testing.assert_allclose(alone, together[: len(alone)], atol=1e-5)
