"""A run folder remembers what was asked and what was seen, and is never mixed up."""

import json
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("keras", reason="the training extra is not installed")

from tests.training.data.quakes import recording
from training.data.pool import Pool
from training.data.scenes import AugmentConfig
from training.errors import RecipeError, RunError
from training.preparations import Scaler
from training.zoo import network
from training.zoo_run import ZooRunConfig, ZooRunFolder, read_zoo_recipe

CONFIG = ZooRunConfig(network="quake_cnn", epochs=2, batches=3, batch_size=4)
POOLS = {"train": Pool([recording(1)]), "validation": Pool([recording(2)])}


def begun(folder: Path) -> ZooRunFolder:
    """Return a run that is begun."""
    return ZooRunFolder(folder).begin(CONFIG, POOLS)


def test_everything_to_repeat_a_run_is_kept(tmp_path: Path) -> None:
    """Parameters, versions, backend, the data's fingerprints and what it was."""
    run = begun(tmp_path / "run")
    content = json.loads(run.config_path.read_text())

    assert CONFIG == run.config()
    assert {"keras", "tensorflow", "numpy"} == set(content["versions"])
    assert POOLS["train"].fingerprint == content["data"]["train"]
    assert {"made": 1} == json.loads(run.data_path.read_text())["train"]


def test_other_parameters_are_refused(tmp_path: Path) -> None:
    """Two runs never share a folder by mistake."""
    run = begun(tmp_path)

    with pytest.raises(RunError, match="other parameters"):
        run.begin(CONFIG.model_copy(update={"augment": AugmentConfig(gap=0.5)}), POOLS)


def test_other_recordings_are_refused(tmp_path: Path) -> None:
    """A run does not go on with other data."""
    run = begun(tmp_path)

    with pytest.raises(RunError, match="other recordings"):
        run.begin(CONFIG, {**POOLS, "train": Pool([recording(3)])})


def test_a_finished_run_is_refused(tmp_path: Path) -> None:
    """What is done is not done again."""
    run = begun(tmp_path)
    assert not run.finished
    run.validation_path.write_text('{"F1": 0.5}')

    with pytest.raises(RunError, match="is finished"):
        run.begin(CONFIG, POOLS)
    assert {"F1": 0.5} == run.validation()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "has no config.json"),
        ("{", "cannot be read"),
        ('{"config": {"network": "cred", "sed": 1}}', "sed"),
        ("{}", "cannot be read"),
    ],
)
def test_a_folder_that_is_no_run_is_told(tmp_path: Path, content: str | None, reason: str) -> None:
    """A wrong path, a broken or a misspelt configuration."""
    if content is not None:
        (tmp_path / "config.json").write_text(content)

    with pytest.raises(RunError, match=reason):
        ZooRunFolder(tmp_path).config()


def test_a_run_without_weights_or_end_is_told(tmp_path: Path) -> None:
    """What comes after training says what to do first."""
    run = begun(tmp_path)

    with pytest.raises(RunError, match="train it first"):
        run.load_model()
    with pytest.raises(RunError, match="is not finished"):
        run.validation()


def test_weights_come_back(tmp_path: Path) -> None:
    """The network of a run answers as it did."""
    run = begun(tmp_path)
    model = network("quake_cnn").build()
    model.save_weights(run.best_weights)
    window = np.random.default_rng(1).standard_normal((2, 80, 3)).astype(np.float32)

    np.testing.assert_array_equal(model(window), run.load_model()(window))
    assert 64 == len(run.weights_sha256())


def test_the_log_is_kept_whole(tmp_path: Path) -> None:
    """Rows come back as numbers, and those of epochs that are done again are forgotten."""
    run = begun(tmp_path)
    for epoch, loss in enumerate((3.0, 1.0, 2.0)):
        run.note(epoch, {"loss": loss})

    assert [0, 1, 2] == [row["epoch"] for row in run.rows()]
    assert (1, 1.0) == run.best("loss", larger=False)
    assert (0, 3.0) == run.best("loss", larger=True)
    run.go_back_to(1)
    assert [{"epoch": 0, "loss": 3.0}] == run.rows()


def test_before_the_first_epoch_nothing_is_best(tmp_path: Path) -> None:
    """Whatever comes is better."""
    run = begun(tmp_path)

    assert (-1, float("inf")) == run.best("loss", larger=False)
    assert (-1, -float("inf")) == run.best("loss", larger=True)


@pytest.mark.parametrize("state", [None, "", "{", '{"epoch": 2}'])
def test_a_state_half_written_is_no_state(tmp_path: Path, state: str | None) -> None:
    """A kill may leave an empty or a broken file."""
    run = begun(tmp_path)
    if state is not None:
        run.backup.mkdir()
        (run.backup / "training_metadata.json").write_text(state)

    assert (2 if state == '{"epoch": 2}' else 0) == run.epoch_to_do()


def test_the_scaler_of_a_volcano_network_is_kept(tmp_path: Path) -> None:
    """The station scales as the training did; other networks have no scaler."""
    config = ZooRunConfig(network="volcano_tcn")
    scaler = Scaler(tuple(float(i) for i in range(48)), (2.0,) * 48)
    run = ZooRunFolder(tmp_path).begin(config, POOLS)

    assert run.scaler() is None
    run.keep_scaler(scaler)

    assert scaler == run.scaler()
    assert scaler.mean == run.preparation().window_step.mean


def test_a_recipe_repeats_a_run(tmp_path: Path) -> None:
    """The parameters of a run's folder do as a recipe; so does a file of some of them."""
    run = begun(tmp_path)
    (tmp_path / "some.json").write_text('{"network": "cred", "epochs": 3}')

    assert CONFIG == read_zoo_recipe(run.config_path)
    assert ZooRunConfig(network="cred", epochs=3) == read_zoo_recipe(tmp_path / "some.json")


def test_a_wrong_recipe_is_told(tmp_path: Path) -> None:
    """With its name."""
    (tmp_path / "wrong.json").write_text('{"network": "cred", "epoch": 3}')

    with pytest.raises(RecipeError, match=r"wrong\.json"):
        read_zoo_recipe(tmp_path / "wrong.json")
