"""`model-trainer data` from the command line."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from training.data.cli import data_app
from training.errors import DataError

RUNNER = CliRunner()


def _run(*words: object) -> str:
    result = RUNNER.invoke(data_app, [str(word) for word in words])
    if result.exception is not None:
        raise result.exception
    return result.output


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a set made by the command."""
    folder = tmp_path_factory.mktemp("cli") / "set"
    out = _run(
        "synthesise", "--out", folder, "--events", 3, "--stations", 2, "--rate-hz", 50,
        "--length-s", 20,
    )  # fmt: skip
    assert "9 recordings" in out
    return folder


@pytest.mark.parametrize("command", ["inspect", "convert", "synthesise"])
def test_help_shows_an_example(command: str) -> None:
    """Each command can be copied from its own help."""
    assert f"Example: model-trainer data {command}" in _run(command, "--help")


def test_inspect_says_what_is_there(made: Path, tmp_path: Path) -> None:
    """In words and with a plot."""
    out = _run("inspect", made, "--plot", tmp_path / "plot.png")

    assert "9 recordings of 6 events at 2 stations" in out
    assert "category     earthquake 6, noise 3" in out
    assert "nothing wrong found" in out
    assert (tmp_path / "plot.png").is_file()


def test_inspect_for_programs(made: Path) -> None:
    """The same as JSON."""
    facts = json.loads(_run("inspect", made, "--json"))

    assert ("tremorkit", 9, []) == (facts["layout"], facts["recordings"], facts["findings"])
    assert {"50": 9} == facts["counts"]["rate_hz"]


def test_convert_and_inspect_again(made: Path, tmp_path: Path) -> None:
    """A converted set holds the same recordings."""
    facts = json.loads(_run("convert", made, "--out", tmp_path / "two", "--as", "int16", "--json"))

    assert (9, {}) == (facts["recordings"], facts["dropped"])
    assert 9 == json.loads(_run("inspect", tmp_path / "two", "--json"))["recordings"]


def test_event_folders_are_made(tmp_path: Path) -> None:
    """For train and score."""
    out = _run(
        "synthesise", "--layout", "openeew", "--out", tmp_path, "--events", 1, "--stations", 1
    )

    assert f"model-trainer data inspect {tmp_path / 'openeew_mx'}" in out.replace("\n", "")
    assert (tmp_path / "openeew_mx" / "2017_12_15" / "000" / "00.jsonl.gz").is_file()


def test_unknown_set_is_told(tmp_path: Path) -> None:
    """With the layouts that are known."""
    with pytest.raises(DataError, match="none of the layouts"):
        _run("inspect", tmp_path)
