"""`model-trainer reproduce`: options reach the engine, the result reaches the reader."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

pytest.importorskip("keras", reason="the training extra is not installed")

from tests.training.reproduce.test_text import result
from training.cli import app
from training.errors import DataError, UnknownNetworkError
from training.reproduce import registry
from training.reproduce.options import Options, Told
from training.reproduce.result import Reproduction

Asked = list[tuple[str, Options]]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Asked:
    """Take the place of the engine; return what it is asked."""
    calls: Asked = []

    def reproduce(name: str, options: Options, told: Told) -> Reproduction:
        told("working")
        calls.append((name, options))
        return result()

    monkeypatch.setattr(registry, "reproduce", reproduce)
    return calls


def test_options_reach_the_engine(asked: Asked, tmp_path: Path) -> None:
    """All of them."""
    words = f"reproduce cred --data {tmp_path} --out {tmp_path / 'out'} --quick --epochs 3 --seed 7"

    done = CliRunner().invoke(app, words.split())

    assert 0 == done.exit_code, done.output
    ((name, options),) = asked
    assert "cred" == name
    assert (tmp_path, tmp_path / "out") == (options.data, options.out)
    assert (True, 3, 7, "tensorflow") == (
        options.quick,
        options.epochs,
        options.seed,
        options.backend,
    )
    assert "# made" in done.stdout


def test_json_for_programs(asked: Asked, tmp_path: Path) -> None:
    """Nothing else on the standard output; without --out the folder is a passing one."""
    done = CliRunner().invoke(app, ["reproduce", "cred", "--data", str(tmp_path), "--json"])

    assert 0 == done.exit_code, done.output
    assert "made" == json.loads(done.stdout)["network"]
    ((_, options),) = asked
    assert not options.out.exists()


def test_a_name_that_nobody_knows(tmp_path: Path) -> None:
    """The nearest name is told."""
    done = CliRunner().invoke(app, ["reproduce", "volcano_tnc", "--data", str(tmp_path)])

    assert isinstance(done.exception, UnknownNetworkError)
    assert "volcano_tcn" in str(done.exception)


def test_a_place_without_data(tmp_path: Path) -> None:
    """Nothing is trained on nothing."""
    done = CliRunner().invoke(app, ["reproduce", "volcano_tcn", "--data", str(tmp_path / "gone")])

    assert isinstance(done.exception, DataError)
