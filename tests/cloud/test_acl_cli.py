"""`cloud-aggregator acl` from the command line."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from cloud.acl import HomeAssistant, acl_file
from cloud.cli import app
from cloud.config import load_service_config
from cloud.holdings import open_store
from edge.errors import ConfigError
from edge.messages import State

RUN = CliRunner()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return a centre's file."""
    path = tmp_path / "centre.toml"
    path.write_text(f'state_dir = "{tmp_path / "state"}"\n[mqtt]\nusername = "hub"\n')
    return path


def test_a_table_of_stations(tmp_path: Path) -> None:
    """Exactly the file, and nothing else on standard output."""
    table = tmp_path / "stations.csv"
    table.write_text("network,station,latitude,longitude\nXX,A,1,2\n")

    said = RUN.invoke(app, ["acl", "--stations", str(table), "--reader", "wall"])

    assert acl_file([("XX", "A")], "centre", ["wall"]) == said.stdout


def test_a_home_assistant(file: Path) -> None:
    """By the name of its user."""
    said = RUN.invoke(app, ["acl", "--pattern", "--config", str(file), "--home-assistant", "house"])

    assert acl_file(None, "hub", home_assistant=HomeAssistant("house")) == said.stdout


def test_the_stations_that_the_centre_knows(file: Path) -> None:
    """From its database; the centre's name is that of its own file."""
    store = open_store(load_service_config(file))
    store.save(State(online=True, network="XX", station="B"), 1)
    store.close()

    said = RUN.invoke(app, ["acl", "--config", str(file)])

    assert acl_file([("XX", "B")], "hub") == said.stdout


def test_the_pattern_asks_no_database(file: Path) -> None:
    """Nothing is opened or made for it."""
    said = RUN.invoke(app, ["acl", "--pattern", "--config", str(file), "--centre", "main"])

    assert acl_file(None, "main") == said.stdout
    assert not (file.parent / "state").exists()


def test_no_station_at_all_is_said(file: Path) -> None:
    """A file that shuts everybody out would be a trap."""
    said = RUN.invoke(app, ["acl", "--config", str(file)])

    assert isinstance(said.exception, ConfigError)
    assert "--stations or --pattern" in str(said.exception)
    assert "" == said.stdout


def test_two_ways_at_once_are_refused(file: Path) -> None:
    """With the exit code of wrong usage."""
    said = RUN.invoke(app, ["acl", "--pattern", "--stations", str(file)])

    assert 2 == said.exit_code
