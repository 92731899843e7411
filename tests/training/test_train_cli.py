"""`model-trainer train NAME`: from a fresh clone's data to a run, over kills and on any backend."""

import importlib.util
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

pytest.importorskip("keras", reason="the training extra is not installed")

from edge.errors import MissingExtraError
from training import train_cli
from training.cli import app
from training.errors import UnknownNetworkError
from training.synthesise import SynthesisConfig, synthesise_store
from training.zoo_run import ZooRunFolder

RUNNER = CliRunner()
SIZE = ("--epochs", "2", "--batches", "2", "--batch-size", "4")
LONG_S = 600.0


@pytest.fixture(scope="module")
def made_set(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return what `model-trainer data synthesise` makes."""
    folder = tmp_path_factory.mktemp("made") / "set"
    synthesise_store(SynthesisConfig(events=10, stations=2), folder)
    return folder


def command(network: str, data: Path, out: Path, *options: str) -> list[str]:
    """Return the command's arguments."""
    return ["train", network, "--data", str(data), "--out", str(out), *options]


def started(arguments: list[str], **environment: str) -> subprocess.Popen[str]:
    """Start the command in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "training.cli", *arguments],
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ended(process: subprocess.Popen[str]) -> tuple[str, str]:
    """Return what a process printed, when it has ended by itself or is overdue."""
    try:
        return process.communicate(timeout=LONG_S)
    finally:
        process.kill()


def test_a_network_trains_on_made_data(made_set: Path, tmp_path: Path) -> None:
    """What a reader of a fresh clone does: two epochs, and what they are worth."""
    done = RUNNER.invoke(app, command("quake_cnn", made_set, tmp_path / "run", *SIZE, "--json"))

    assert 0 == done.exit_code, done.output
    facts = json.loads(done.stdout)
    run = ZooRunFolder(tmp_path / "run")
    assert run.finished
    assert run.validation() == facts["validation"]
    assert 2 == len(run.rows())


def test_options_go_before_the_recipe(made_set: Path, tmp_path: Path) -> None:
    """A recipe of a file, but for what the command line says."""
    recipe = tmp_path / "recipe.json"
    recipe.write_text(
        json.dumps({"network": "quake_cnn", "epochs": 9, "batches": 1, "batch_size": 2})
    )
    options = ("--recipe", str(recipe), "--epochs", "1", "--seed", "5", "--as-published")

    done = RUNNER.invoke(app, command("quake_cnn", made_set, tmp_path / "run", *options))

    assert 0 == done.exit_code, done.output
    assert "next: model-trainer quantise" in done.stdout
    config = ZooRunFolder(tmp_path / "run").config()
    assert (1, 1, 2, 5) == (config.epochs, config.batches, config.batch_size, config.seed)
    assert config.as_published


def test_a_misspelt_network_is_told(made_set: Path, tmp_path: Path) -> None:
    """With the nearest name, before anything is read."""
    done = RUNNER.invoke(app, command("quak_cnn", made_set, tmp_path / "run"))

    assert isinstance(done.exception, UnknownNetworkError)
    assert "did you mean 'quake_cnn'" in str(done.exception)
    assert not (tmp_path / "run").exists()


def test_every_name_of_the_zoo_leads_to_the_command() -> None:
    """`train NAME --help` explains itself for each of them."""
    for name in ("cred", "volcano_lstm"):
        assert "--as-published" in RUNNER.invoke(app, ["train", name, "--help"]).stdout
    assert "--start" in RUNNER.invoke(app, ["train", "tremor_stream", "--help"]).stdout


def test_a_backend_that_is_not_installed_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """With what to install."""
    monkeypatch.setattr(train_cli.importlib.util, "find_spec", lambda _: None)

    with pytest.raises(MissingExtraError, match=r"tremorkit\[torch\]"):
        train_cli.choose_backend(train_cli.Backend.TORCH)


def test_tensorboard_that_is_not_installed_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Before hours of training, not at the first epoch."""
    monkeypatch.setattr(train_cli.importlib.util, "find_spec", lambda _: None)

    with pytest.raises(MissingExtraError, match=r"tremorkit\[tensorboard\]"):
        train_cli.tensorboard_folder(tmp_path)


def test_a_backend_cannot_be_changed_in_a_process() -> None:
    """Keras is imported here; another backend needs another process."""
    import keras

    running = keras.backend.backend()
    other = next(one for one in train_cli.Backend if one.value != running)
    if importlib.util.find_spec(other.value) is None:
        pytest.skip(f"{other.value} is not installed")

    with pytest.raises(Exception, match=f"Keras runs on {running}"):
        train_cli.choose_backend(other)


@pytest.mark.slow
def test_a_killed_training_goes_on(made_set: Path, tmp_path: Path) -> None:
    """After kill -9 in the middle the same command ends the run with its log whole."""
    run = ZooRunFolder(tmp_path / "run")
    size = ("--epochs", "6", "--batches", "20", "--batch-size", "16")
    arguments = command("quake_cnn", made_set, run.folder, *size)
    process = started(arguments)
    deadline = time.monotonic() + LONG_S
    while len(run.rows()) < 2 and time.monotonic() < deadline and process.poll() is None:
        time.sleep(0.05)
    process.kill()
    process.communicate()
    done = len(run.rows())
    assert 2 <= done < 6
    assert not run.finished

    again = started(arguments)
    _, errors = ended(again)

    assert 0 == again.returncode, errors
    assert list(range(6)) == [row["epoch"] for row in run.rows()]
    assert run.finished
    assert run.load_model() is not None


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_weights_of_another_backend_answer_the_same(
    backend: str, made_set: Path, tmp_path: Path
) -> None:
    """Trained elsewhere, run on TensorFlow: the figures of the validation part to 1e-4."""
    if importlib.util.find_spec(backend) is None:
        pytest.skip(f"{backend} is not installed")
    run = ZooRunFolder(tmp_path / "run")
    options = (*SIZE, "--backend", backend, "--json")
    process = started(command("quake_cnn", made_set, run.folder, *options))
    out, errors = ended(process)
    assert 0 == process.returncode, errors
    windows = np.random.default_rng(1).standard_normal((3, 80, 3)).astype(np.float32)
    np.save(tmp_path / "windows.npy", windows)
    answers = (
        "import sys, numpy as np\nfrom pathlib import Path\n"
        "from training.zoo_run import ZooRunFolder\n"
        "run, given, made = map(Path, sys.argv[1:])\n"
        "np.save(made, ZooRunFolder(run).load_model().predict(np.load(given), verbose=0))\n"
    )
    for name in ("tensorflow", backend):
        subprocess.run(
            [sys.executable, "-c", answers, run.folder, tmp_path / "windows.npy",
             tmp_path / f"{name}.npy"],
            env={**os.environ, "KERAS_BACKEND": name}, check=True, capture_output=True,
        )  # fmt: skip

    assert backend == run.config().backend
    assert json.loads(out)["validation"] == run.validation()
    np.testing.assert_allclose(
        np.load(tmp_path / "tensorflow.npy"), np.load(tmp_path / f"{backend}.npy"), atol=1e-4
    )


@pytest.mark.slow
def test_tensorboard_logs_are_written_on_request(made_set: Path, tmp_path: Path) -> None:
    """Into the run folder."""
    if importlib.util.find_spec("tensorboard") is None:
        pytest.skip("tensorboard is not installed")
    options = (*SIZE, "--tensorboard")

    done = RUNNER.invoke(app, command("quake_cnn", made_set, tmp_path / "run", *options))

    assert 0 == done.exit_code, done.output
    assert list((tmp_path / "run" / "tensorboard").rglob("events.out*"))
