"""`cloud-aggregator token` from the command line."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cloud.cli import app

RUN = CliRunner()


@pytest.fixture
def file(tmp_path: Path) -> str:
    """Return a centre's file."""
    path = tmp_path / "centre.toml"
    path.write_text(f'state_dir = "{tmp_path / "state"}"\n')
    return str(path)


def test_add_list_revoke(file: str) -> None:
    """A token is shown once; the list knows what became of it."""
    made = json.loads(RUN.invoke(app, ["token", "add", "wall", "-c", file, "--json"]).stdout)
    rehearsed = RUN.invoke(app, ["token", "revoke", made["id"], "-c", file, "--dry-run"])
    (before,) = json.loads(RUN.invoke(app, ["token", "list", "-c", file, "--json"]).stdout)
    revoked = RUN.invoke(app, ["token", "revoke", made["id"], "-c", file])
    listed = RUN.invoke(app, ["token", "list", "-c", file])

    assert made["token"].startswith(made["id"])
    assert ("wall", None) == (before["name"], before["revoked"])
    assert f"would revoke {made['id']}" in rehearsed.stdout
    assert f"revoked {made['id']}" in revoked.stdout
    assert "revoked 2" in listed.stdout
    assert made["token"] not in listed.stdout


def test_a_rehearsal_adds_nothing(file: str) -> None:
    """It says what it would do."""
    said = RUN.invoke(app, ["token", "add", "wall", "-c", file, "--dry-run"])

    assert "would add a token for 'wall', reader" in said.stdout
    assert [] == json.loads(RUN.invoke(app, ["token", "list", "-c", file, "--json"]).stdout)
    assert "token add NAME" in RUN.invoke(app, ["token", "list", "-c", file]).stdout


def test_mistakes_are_said(file: str) -> None:
    """With an exit code."""
    unknown = RUN.invoke(app, ["token", "revoke", "nobody", "-c", file])
    nameless = RUN.invoke(app, ["token", "add", " ", "-c", file])

    assert (1, 2) == (unknown.exit_code, nameless.exit_code)
    assert "token list" in unknown.output


def test_an_operator_is_one_by_word(file: str) -> None:
    """Readers are the rule."""
    RUN.invoke(app, ["token", "add", "ana", "--operator", "-c", file])
    RUN.invoke(app, ["token", "add", "wall", "-c", file])
    listed = json.loads(RUN.invoke(app, ["token", "list", "-c", file, "--json"]).stdout)

    assert {"ana": "operator", "wall": "reader"} == {one["name"]: one["role"] for one in listed}
    assert "operator  ana" in RUN.invoke(app, ["token", "list", "-c", file]).stdout
