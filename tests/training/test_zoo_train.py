"""Training of the zoo: goes on after a stop, ends when it should, keeps the best."""

from pathlib import Path

import numpy as np
import pytest

keras = pytest.importorskip("keras", reason="the training extra is not installed")

from tests.training.data.quakes import recording  # noqa: E402 - after the check for the extra
from training.data.pool import FeatureSequence, Pool, brought  # noqa: E402
from training.errors import DivergedError, RunError  # noqa: E402
from training.zoo import network  # noqa: E402
from training.zoo_batches import arrays_of  # noqa: E402
from training.zoo_callbacks import watched  # noqa: E402
from training.zoo_run import Losses, ZooRunConfig, ZooRunFolder  # noqa: E402
from training.zoo_train import learning_rate, resolved, train_network  # noqa: E402

TINY = ZooRunConfig(network="quake_cnn", epochs=3, batches=2, batch_size=4, validation_examples=6)


@pytest.fixture(scope="module")
def pools() -> dict[str, Pool]:
    """Return two parts of made earthquakes at 40 Hz."""
    made = [brought(recording(seed), 40.0, "acceleration") for seed in range(6)]
    return {"train": Pool(made[:4]), "validation": Pool(made[4:])}


class Interrupted:
    """Stops a training when an epoch is done, as a power cut would."""

    def __init__(self, epoch: int | None = None) -> None:
        self.begun: list[int] = []
        self._epoch = epoch

    def begin(self, epoch: int, _epochs: int, _batches: int) -> None:
        """Remember where it began."""
        self.begun.append(epoch)

    def batch(self, losses: Losses) -> None:
        """Take a step."""
        assert losses["loss"] >= 0

    def epoch(self, epoch: int, _losses: Losses) -> None:
        """Stop at the epoch."""
        if epoch == self._epoch:
            raise KeyboardInterrupt


def test_a_run_keeps_its_best_weights(pools: dict[str, Pool], tmp_path: Path) -> None:
    """A row an epoch, the best by what the recipe watches, and what it is worth."""
    run = ZooRunFolder(tmp_path / "run")

    trained = train_network(TINY, pools, run)

    assert [0, 1, 2] == [row["epoch"] for row in run.rows()]
    assert "val_categorical_accuracy" == trained.monitor
    assert trained.best == max(row[trained.monitor] for row in run.rows())
    assert trained.figures == run.validation()
    assert pytest.approx(trained.best, abs=1e-6) == trained.figures["accuracy"]
    assert not run.backup.exists()


def test_an_interrupted_run_ends_like_one_that_was_not(
    pools: dict[str, Pool], tmp_path: Path
) -> None:
    """Stopped after the second epoch and gone on with: the same weights in the end."""
    whole, broken = ZooRunFolder(tmp_path / "whole"), ZooRunFolder(tmp_path / "broken")
    quiet = TINY.model_copy(update={"network": "eqd_classifier"})
    at_100 = {part: Pool([recording(seed) for seed in seeds])
              for part, seeds in (("train", (1, 2)), ("validation", (3,)))}  # fmt: skip
    stopped, goes_on = Interrupted(1), Interrupted()

    train_network(TINY, pools, whole)
    with pytest.raises(KeyboardInterrupt):
        train_network(TINY, pools, broken, stopped)
    with pytest.raises(RunError, match="other"):
        train_network(quiet, at_100, broken)
    train_network(TINY, pools, broken, goes_on)

    assert ([0], [2]) == (stopped.begun, goes_on.begun)
    assert [0, 1, 2] == [row["epoch"] for row in broken.rows()]
    with pytest.raises(RunError, match="is finished"):
        train_network(TINY, pools, broken)


def test_the_end_of_a_state_that_was_lost_is_done_again(
    pools: dict[str, Pool], tmp_path: Path
) -> None:
    """Killed between log and state: the epoch is in the log once all the same."""
    run = ZooRunFolder(tmp_path / "run")
    with pytest.raises(KeyboardInterrupt):
        train_network(TINY, pools, run, Interrupted(0))
    run.note(1, {**run.rows()[0], "epoch": 1})

    train_network(TINY, pools, run)

    assert [0, 1, 2] == [row["epoch"] for row in run.rows()]


def test_it_ends_when_nothing_is_gained(pools: dict[str, Pool], tmp_path: Path) -> None:
    """With a learning rate of nothing the first epoch stays the best."""
    config = TINY.model_copy(update={"epochs": 9, "patience": 2, "learning_rate": 1e-30})

    trained = train_network(config, pools, ZooRunFolder(tmp_path / "run"))

    assert 0 <= trained.best_epoch
    assert trained.best_epoch + 3 == len(ZooRunFolder(tmp_path / "run").rows()) < 9


def test_a_loss_that_is_no_number_is_told(pools: dict[str, Pool], tmp_path: Path) -> None:
    """With epoch, step and what to change."""
    run = ZooRunFolder(tmp_path / "run")
    config = TINY.model_copy(update={"network": "quake_cnn", "learning_rate": 1e30})

    with pytest.raises(DivergedError, match=r"quake_cnn diverged.*lower --learning-rate than 1e"):
        train_network(config, pools, run)
    assert not run.finished


@pytest.mark.slow
def test_it_begins_with_the_weights_of_another_run(pools: dict[str, Pool], tmp_path: Path) -> None:
    """Their hash is kept; without learning they stay."""
    first, second = ZooRunFolder(tmp_path / "first"), ZooRunFolder(tmp_path / "second")
    train_network(TINY, pools, first)
    still = TINY.model_copy(update={"learning_rate": 1e-30, "epochs": 1})

    train_network(still, pools, second, start=first.best_weights)

    assert first.weights_sha256() == second.config().start_sha256
    kernels = [run.load_model().get_layer("classes").get_weights()[0] for run in (first, second)]
    np.testing.assert_allclose(*kernels)


@pytest.mark.slow
def test_mixed_precision_leaves_keras_as_it_was(pools: dict[str, Pool], tmp_path: Path) -> None:
    """Products in 16 bits while training; weights and what comes after have 32."""
    config = TINY.model_copy(update={"mixed_precision": True, "epochs": 1})
    run = ZooRunFolder(tmp_path / "run")

    trained = train_network(config, pools, run)

    assert "float32" == keras.mixed_precision.dtype_policy().name
    assert np.isfinite(trained.best)
    assert {"float32"} == {str(weight.dtype) for weight in run.load_model().weights}


def test_a_volcano_network_learns_from_sequences_of_any_length(tmp_path: Path) -> None:
    """One sequence a step; frames without a class neither count nor teach."""
    rng = np.random.default_rng(1)

    def sequences(seeds: range) -> Pool:
        made = []
        for seed in seeds:
            labels = np.repeat(rng.integers(0, 5, 6), 5)
            features = np.eye(48, dtype=np.float32)[labels] * 3
            labels[:4] = -1
            length = 20 + 5 * (seed % 2)
            made.append(FeatureSequence(str(seed), "made", features[:length], labels[:length]))
        return Pool(sequences=made)

    config = ZooRunConfig(network="volcano_tcn", epochs=12, validation_examples=4)
    pools = {"train": sequences(range(6)), "validation": sequences(range(6, 9))}

    trained = train_network(config, pools, ZooRunFolder(tmp_path / "run"))

    assert trained.figures["accuracy"] > 0.8
    assert ZooRunFolder(tmp_path / "run").scaler() is not None


def test_small_data_are_trained_in_small_batches() -> None:
    """500 windows do not make one step of 512; a million are trained as published."""
    recipe = network("eqd_classifier").sound
    config = ZooRunConfig(network="eqd_classifier")

    small, large = (resolved(config, recipe, size) for size in (500, 1_000_000))

    assert (32, 50) == (small.batch_size, small.batches)
    assert (512, 1954) == (large.batch_size, large.batches)
    assert (50, 15, 1e-3) == (large.epochs, large.patience, large.learning_rate)


def test_what_is_given_is_taken() -> None:
    """Over what recipe and data would give; no patience is for ever."""
    config = ZooRunConfig(
        network="cred", epochs=2, batches=3, batch_size=4, learning_rate=0.5, patience=0
    )

    assert config == resolved(config, network("cred").sound, 10)


def test_the_learning_rate_follows_the_recipe_or_a_cosine() -> None:
    """Another start moves the whole schedule."""
    config = ZooRunConfig(network="cred", epochs=20, learning_rate=2e-3)
    cosine = config.model_copy(update={"schedule": "cosine"})

    assert pytest.approx([2e-3, 2e-4]) == [learning_rate(config, epoch) for epoch in (10, 11)]
    assert pytest.approx([2e-3, 1e-3]) == [learning_rate(cosine, epoch) for epoch in (0, 10)]


def test_what_is_watched_is_that_of_the_recipe() -> None:
    """By the names that Keras gives; accuracies grow, losses fall."""
    names = {
        (name, form): watched(network(name).recipe(as_published=form)).name
        for name in ("quake_cnn", "eqd_picker")
        for form in (False, True)
    }

    assert {
        ("quake_cnn", False): "val_categorical_accuracy",
        ("quake_cnn", True): "val_categorical_accuracy",
        ("eqd_picker", False): "val_loss",
        ("eqd_picker", True): "loss",
    } == names
    assert watched(network("quake_cnn").sound).larger


def test_only_sequences_have_weights(pools: dict[str, Pool]) -> None:
    """Windows count alike."""
    from training.data.windows import evaluation_windows  # noqa: PLC0415 - one test

    recipe = network("quake_cnn").sound

    assert 2 == len(arrays_of(recipe, evaluation_windows(recipe, pools["validation"])))
