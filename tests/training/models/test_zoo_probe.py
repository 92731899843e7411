"""Made-up examples fit every network and teach it something."""

import numpy as np
import pytest

keras = pytest.importorskip("keras", reason="the training extra is not installed")

from training.export.runtimes import RuntimeResult  # noqa: E402 - after the check for the extra
from training.models.compiling import compile_network, schedule_callback  # noqa: E402
from training.zoo import network, zoo  # noqa: E402
from training.zoo_measure import verdict  # noqa: E402
from training.zoo_probe import probe_examples  # noqa: E402

NAMES = list(zoo())


@pytest.mark.parametrize("name", NAMES)
def test_examples_have_the_forms_of_the_network(name: str) -> None:
    """Inputs and targets are finite, of the shapes of its tensors, and more than one kind."""
    recipe = network(name).sound
    examples = probe_examples(recipe, 6, seed=3)
    expected = [
        size if size is not None else found
        for size, found in zip(recipe.input.shape, examples.inputs.shape[1:], strict=True)
    ]

    assert expected == list(examples.inputs.shape[1:])
    assert np.isfinite(examples.inputs).all()
    assert len(np.unique(examples.targets)) > 1
    if recipe.task != "regression":
        # Beside the labels of a stream is the weight of each hop.
        weights = int(recipe.training.loss == "allowed_answers")
        assert len(recipe.labels) + weights == examples.targets.shape[-1]


def test_same_seed_gives_the_same_examples() -> None:
    """A measurement can be repeated."""
    recipe = network("quake_cnn").sound

    first, again, other = (probe_examples(recipe, 3, seed) for seed in (1, 1, 2))

    np.testing.assert_array_equal(first.inputs, again.inputs)
    assert not np.array_equal(first.inputs, other.inputs)


@pytest.mark.parametrize("name", ["quake_cnn", "volcano_tcn", "volcano_lstm"])
def test_network_learns_from_them(name: str) -> None:
    """Trained by its own recipe the loss falls."""
    entry = network(name)
    keras.utils.set_random_seed(4)
    model = entry.build()
    compile_network(model, entry.sound)
    examples = probe_examples(entry.sound, 32, seed=5)

    history = model.fit(
        examples.inputs,
        examples.targets,
        batch_size=8,
        epochs=6,
        verbose=0,
        callbacks=[schedule_callback(entry.sound.training)],
    )

    losses = history.history["loss"]
    assert losses[-1] < 0.9 * losses[0]


def test_learning_rate_follows_the_schedule() -> None:
    """The rate of epoch 8 of quake_cnn is half of the first."""
    entry = network("quake_cnn")
    model = entry.build()
    compile_network(model, entry.sound)
    callback = schedule_callback(entry.sound.training)
    callback.set_model(model)

    callback.on_epoch_begin(8)

    assert pytest.approx(5e-4) == float(model.optimizer.learning_rate)


@pytest.mark.parametrize("name", list(zoo()))
@pytest.mark.parametrize("as_published", [False, True])
def test_every_recipe_compiles(name: str, *, as_published: bool) -> None:
    """Loss, metrics and optimiser of every recipe are known."""
    given = keras.Input((3,))
    model = keras.Model(given, keras.layers.Dense(2)(given))
    recipe = network(name).recipe(as_published=as_published)

    compile_network(model, recipe)

    assert pytest.approx(recipe.training.schedule.rate(0)) == float(model.optimizer.learning_rate)


VERDICTS = {
    "right": (RuntimeResult(mean_error=0.004, worst_error=0.1), None),
    "wrong": (
        RuntimeResult(failure="runs it, but its answers are wrong"),
        "converts with biases of 64 bits, but the runtime: runs it, but its answers are wrong",
    ),
}


@pytest.mark.parametrize("case", VERDICTS)
def test_file_that_answers_wrongly_does_not_count_as_converted(case: str) -> None:
    """It is not enough that a file was made, nor that it runs."""
    result, reason = VERDICTS[case]

    assert reason == verdict(result, 64)
