"""`model-trainer quantise` knows a run by its folder and refuses what cannot be had."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

pytest.importorskip("keras", reason="the training extra is not installed")

from training.cli import app
from training.errors import ExportError, RunError
from training.quantise_cli import default_recipe, network_of

RUNNER = CliRunner()


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """Return a folder that looks like a run of tremor_stream."""
    content = {"config": {"network": "tremor_stream"}}
    (tmp_path / "config.json").write_text(json.dumps(content))
    return tmp_path


def _quantise(run: Path, *options: str) -> object:
    arguments = ["quantise", str(run), "--data", str(run), "--out", str(run / "out"), *options]
    return RUNNER.invoke(app, arguments)


def test_network_is_read_from_the_run(run: Path) -> None:
    """The folder says what was trained there."""
    assert "tremor_stream" == network_of(run)


@pytest.mark.parametrize("content", ["{", "[]", '{"config": {}}'])
def test_folder_that_is_no_run_is_told(tmp_path: Path, content: str) -> None:
    """A broken file ends in a sentence."""
    (tmp_path / "config.json").write_text(content)

    with pytest.raises(RunError, match="cannot be read"):
        network_of(tmp_path)


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (("--scheme", "dynamic"), "dynamic-range quantisation is refused"),
        (("--scheme", "int4"), "there is none; there are float32, int8, int16"),
        (("--format", "pickle"), "there are tflite, onnx and both"),
    ],
)
def test_what_is_not_exported_is_refused_with_the_reason(
    run: Path, options: tuple[str, ...], reason: str
) -> None:
    """Before anything is read or written."""
    result = _quantise(run, *options)

    assert isinstance(result.exception, ExportError)
    assert reason in str(result.exception)
    assert not (run / "out").exists()


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (("--data", "elsewhere"), "takes one --data"),
        (("--finetune", "2"), "--finetune is for networks of"),
    ],
)
def test_options_that_a_stream_does_not_know_are_wrong_usage(
    run: Path, options: tuple[str, ...], reason: str
) -> None:
    """Told as typer tells wrong usage."""
    result = _quantise(run, *options)

    assert 2 == result.exit_code
    assert reason in " ".join(result.output.replace("│", " ").split())


def test_card_names_the_commands() -> None:
    """Training and quantisation, fine-tuning too where there was one."""
    text = default_recipe("cred", 2, 3)

    assert "model-trainer train cred" in text
    assert text.endswith("--version 2 --finetune 3")
    assert "--finetune" not in default_recipe("cred", 2, 0)
