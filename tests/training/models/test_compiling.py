"""Compiled in logits, a network learns from what it got quite wrong, and is judged as before."""

import os
import subprocess
import sys
from importlib.util import find_spec

import numpy as np
import pytest

keras = pytest.importorskip("keras", reason="the training extra is not installed")

from tests.training.models.quite_wrong import step  # noqa: E402
from training.models.compiling import compile_in_logits, compile_network  # noqa: E402
from training.models.recipe import Recipe  # noqa: E402
from training.zoo import network  # noqa: E402

_ENDS = {"volcano_tcn": ("softmax", 5), "cred": ("sigmoid", 1), "eqd_picker": ("sigmoid", 1)}


def small(name: str) -> tuple[keras.Model, Recipe]:
    """Return one layer with the end of a network, and the recipe of that network."""
    activation, answers = _ENDS[name]
    keras.utils.set_random_seed(3)
    frames = keras.Input((None, 4))
    layer = keras.layers.Dense(answers, activation=activation)
    return keras.Model(frames, layer(frames)), network(name).sound


def lesson(answers: int) -> tuple[np.ndarray, np.ndarray]:
    """Return two sequences of three frames and what is asked of them."""
    rng = np.random.default_rng(5)
    wanted = rng.integers(max(answers, 2), size=(2, 3))
    targets = np.eye(5)[wanted] if answers > 1 else wanted[..., None].astype(float)
    return rng.standard_normal((2, 3, 4)).astype(np.float32), targets.astype(np.float32)


@pytest.mark.parametrize("name", _ENDS)
def test_loss_and_metrics_are_those_of_the_probabilities(name: str) -> None:
    """Where no answer is extreme, the two ways of compiling report the same figures."""
    given, targets = lesson(_ENDS[name][1])
    reports = []
    for compiled in (compile_network, compile_in_logits):
        model, recipe = small(name)
        compiled(model, recipe)
        reports.append(model.test_on_batch(given, targets, return_dict=True))

    expected, actual = reports
    assert expected.keys() == actual.keys()
    for figure, value in expected.items():
        assert value == pytest.approx(actual[figure], rel=1e-5), figure


def test_a_loss_that_is_no_cross_entropy_is_left_as_it_is() -> None:
    """A regression has no activation to leave out."""
    recipe = network("techtonics_regressor").sound
    given = keras.Input((4,))
    model = keras.Model(given, keras.layers.Dense(1, activation="relu")(given))

    compile_in_logits(model, recipe)

    assert keras.activations.relu is model.layers[-1].activation


@pytest.mark.parametrize("end", ["softmax", "sigmoid"])
def test_a_quite_wrong_answer_still_teaches(end: str) -> None:
    """Sixty logits off, a step of SGD goes its full length."""
    assert 1.0 == pytest.approx(step(end), rel=1e-4)


@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_so_it_does_on_every_backend(backend: str) -> None:
    """Keras alone would cut the gradient off there."""
    if find_spec(backend) is None:
        pytest.skip(f"{backend} is not installed")

    done = subprocess.run(
        [sys.executable, "-m", step.__module__],
        env={**os.environ, "KERAS_BACKEND": backend},
        capture_output=True,
        text=True,
        check=False,
    )

    assert 0 == done.returncode, done.stderr
    assert [1.0, 1.0] == pytest.approx([float(far) for far in done.stdout.split()], rel=1e-4)
