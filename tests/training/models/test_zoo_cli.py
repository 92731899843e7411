"""`model-trainer zoo` for people and for programs."""

import json

import pytest
from typer.testing import CliRunner

pytest.importorskip("keras", reason="the training extra is not installed")

from training.cli import app
from training.zoo import zoo


def test_json_is_for_programs() -> None:
    """A list with every network, its parameters and its schemes; nothing else on the output."""
    result = CliRunner().invoke(app, ["zoo", "--json"])

    assert 0 == result.exit_code, result.output
    rows = {row["name"]: row for row in json.loads(result.stdout)}
    assert set(zoo()) == set(rows)
    assert rows["volcano_lstm"]["parameters"] == 219_455
    assert {"float32", "int8", "int16"} == set(rows["cred"]["schemes"])
    assert {"tflite", "onnx"} == set(rows["cred"]["schemes"]["int8"])


def test_table_is_for_people() -> None:
    """A line for each network below the heading."""
    result = CliRunner().invoke(app, ["zoo"])

    assert 0 == result.exit_code, result.output
    assert list(zoo()) == [line.split()[0] for line in result.stdout.splitlines()[1:]]
