"""A run folder remembers what was asked, goes on where it stopped, and is never mixed up."""

import json
from pathlib import Path

import pytest

from training.data.mixing import MixingConfig
from training.errors import RecipeError, RunError
from training.models.tremor_stream import TremorStreamConfig
from training.run import RunConfig, RunFolder, read_recipe

TINY = RunConfig(
    epochs=2,
    batches=2,
    batch_size=2,
    validation_examples=2,
    shape=TremorStreamConfig(stem_channels=(16, 16, 16), dilations=(1, 2)),
    mixing=MixingConfig(length_s=40.0),
)


def test_configuration_is_kept(tmp_path: Path) -> None:
    """What was asked stands in the folder, versions beside it."""
    run = RunFolder(tmp_path / "run").begin(TINY)

    assert TINY == run.config()
    assert "keras" in json.loads(run.config_path.read_text())["versions"]


def test_folder_of_another_run_is_refused(tmp_path: Path) -> None:
    """Two runs never share a folder by mistake."""
    run = RunFolder(tmp_path).begin(TINY)

    with pytest.raises(RunError, match="other parameters"):
        run.begin(TINY.model_copy(update={"seed": 2}))


@pytest.mark.parametrize(
    ("content", "reason"),
    [(None, "has no config.json"), ("{", "cannot be read"), ('{"config": {"sed": 1}}', "sed")],
)
def test_folder_that_is_no_run_is_refused(tmp_path: Path, content: str | None, reason: str) -> None:
    """A wrong path, a broken or a misspelt configuration is told."""
    if content is not None:
        (tmp_path / "config.json").write_text(content)

    with pytest.raises(RunError, match=reason):
        RunFolder(tmp_path).config()


def test_training_goes_on_where_it_was_interrupted(tiny_data: Path, tmp_path: Path) -> None:
    """Stopped after the first epoch, the run ends with its best weights and is then finished."""
    train = pytest.importorskip(
        "training.train", reason="the training extra is not installed"
    ).train
    run = RunFolder(tmp_path / "run")

    def stop(epoch: int, losses: dict[str, float]) -> None:
        assert losses["val_loss"] > 0
        if epoch == 0:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(TINY, tiny_data, run, stop)
    seen: list[int] = []
    lowest = train(TINY, tiny_data, run, lambda epoch, _: seen.append(epoch))

    assert [1] == seen
    assert run.best_weights.exists()
    assert run.lowest_loss() == lowest
    assert {"openeew": {"train": 2, "validation": 2}} == json.loads(run.data_path.read_text())
    with pytest.raises(RunError, match="is finished"):
        train(TINY, tiny_data, run, lambda *_: None)


def test_run_can_begin_with_the_weights_of_another(tiny_data: Path, tmp_path: Path) -> None:
    """The folder keeps the hash of what it began with; a start without weights is refused."""
    train = pytest.importorskip(
        "training.train", reason="the training extra is not installed"
    ).train
    first, second = RunFolder(tmp_path / "first"), RunFolder(tmp_path / "second")
    short = TINY.model_copy(update={"epochs": 1})
    with pytest.raises(RunError, match="train it first"):
        train(short, tiny_data, second, lambda *_: None, start=first)
    train(short, tiny_data, first, lambda *_: None)

    train(short, tiny_data, second, lambda *_: None, start=first)

    assert first.weights_sha256() == second.config().start_sha256


def test_recipes_of_the_shipped_network_can_be_read(project_root: Path) -> None:
    """Both stages of the committed network can be asked for again."""
    recipes = sorted((project_root / "training" / "recipes").glob("tremor_stream-*.json"))

    assert 2 == len(recipes)
    assert all(TremorStreamConfig() == read_recipe(path).shape for path in recipes)


def test_configuration_of_a_run_is_a_recipe(tmp_path: Path) -> None:
    """What one run was is how to make another."""
    run = RunFolder(tmp_path).begin(TINY)

    assert TINY == read_recipe(run.config_path)


@pytest.mark.parametrize("content", [None, "{", "[]", '{"epoch": 3}'])
def test_broken_recipe_is_refused(tmp_path: Path, content: str | None) -> None:
    """A missing, broken or misspelt file of parameters is told with its path."""
    path = tmp_path / "recipe.json"
    if content is not None:
        path.write_text(content)

    with pytest.raises(RecipeError, match="recipe"):
        read_recipe(path)
