"""The trainer's commands do what their help says and tell their failures in a sentence."""

import builtins
import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from edge.bundle import load_bundle
from edge.errors import MissingExtraError
from training.cli import app
from training.errors import DataError, RunError

RUNNER = CliRunner()


@pytest.mark.parametrize("command", [["train", "tremor_stream"], ["quantise"], ["tune"], ["score"]])
def test_help_shows_an_example(command: list[str]) -> None:
    """Each command can be copied from its own help."""
    result = RUNNER.invoke(app, [*command, "--help"])

    assert 0 == result.exit_code
    assert "Example: model-trainer" in result.output


def test_version_is_told() -> None:
    """`--version` names the program."""
    assert "model-trainer" in RUNNER.invoke(app, ["--version"]).output


def test_train_then_quantise_gives_a_bundle_that_runs(tiny_data: Path, tmp_path: Path) -> None:
    """The whole way from recordings to a verified bundle, by the commands alone."""
    if importlib.util.find_spec("tensorflow") is None:
        pytest.skip("the training extra is not installed")
    run, out = str(tmp_path / "run"), str(tmp_path / "bundles")
    size = ["--epochs", "1", "--batches", "1", "--batch-size", "2"]
    trained = RUNNER.invoke(
        app, ["train", "tremor_stream", "--data", str(tiny_data), "--out", run, *size]
    )
    schemes = ["--scheme", "int8", "--scheme", "float32"]
    made = RUNNER.invoke(
        app,
        ["quantise", run, "--data", str(tiny_data), "--out", out, *schemes, "--json"],
    )

    assert 0 == trained.exit_code, trained.output
    assert f"next: model-trainer quantise {run} --data {tiny_data} --out bundles" in trained.stdout
    assert 0 == made.exit_code, made.output
    release = json.loads(made.stdout)
    bundle = release["bundles"]["int8"]
    sizes = {file["scheme"]: file["size_bytes"] for file in release["files"]}
    assert sizes["float32"] > 2 * sizes["int8"]
    told = {metric.name for metric in load_bundle(Path(bundle)).card.metrics}
    assert {"parity mean", "detected of them", "false triggers, sent"} <= told
    tuned = RUNNER.invoke(
        app, ["tune", bundle, "--data", str(tiny_data), "--thresholds", "0.5", "--json"]
    )
    assert {"train, at 0.5", "validation, STA/LTA, kit"} <= set(json.loads(tuned.stdout))


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (["quantise", "{nowhere}", "--data", "{nowhere}", "--out", "{nowhere}"], RunError),
        (["train", "tremor_stream", "--data", "{nowhere}", "--out", "{nowhere}/run"], DataError),
        (["score", "--data", "{nowhere}"], DataError),
    ],
)
def test_wrong_paths_are_told(arguments: list[str], error: type[Exception], tmp_path: Path) -> None:
    """A folder that is not what it should be ends the command with the kit's own error."""
    nowhere = str(tmp_path / "nowhere")
    result = RUNNER.invoke(app, [argument.format(nowhere=nowhere) for argument in arguments])

    assert isinstance(result.exception, error)


def test_errors_are_one_line_and_exit_one(tmp_path: Path) -> None:
    """On a terminal no traceback is shown."""
    done = subprocess.run(
        [sys.executable, "-m", "training.cli", "score", "--data", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )

    assert 1 == done.returncode
    assert "Traceback" not in done.stderr
    assert "openeew_ppicks_auto.csv" in done.stderr


def test_missing_extra_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without Keras the trainer names the extra, not a module."""
    real = builtins.__import__

    def without_keras(name: str, *args: object, **kwargs: object) -> object:
        if name.partition(".")[0] == "keras":
            raise ModuleNotFoundError("No module named 'keras'", name="keras")
        return real(name, *args, **kwargs)

    for module in [name for name in sys.modules if name.startswith("training.")]:
        if module not in {"training.cli", "training.errors"}:
            monkeypatch.delitem(sys.modules, module)
    monkeypatch.setattr(builtins, "__import__", without_keras)
    result = RUNNER.invoke(
        app, ["train", "tremor_stream", "--data", str(tmp_path), "--out", str(tmp_path)]
    )

    assert isinstance(result.exception, MissingExtraError)
    assert "pip install 'tremorkit[training]'" in str(result.exception)
