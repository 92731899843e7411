"""A station file to begin with comes with the agent, and is right."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from edge.config import load_station_config
from edge.errors import ConfigError
from edge.examples import Example, examples, find_example

_AGENT = Path(sys.executable).with_name("edge-agent")
_STATIONS = [example for example in examples() if example.path.parent.name == "stations"]


def _agent(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [_AGENT, "config", "example", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


def test_every_live_source_has_an_example() -> None:
    """A sensor at hand is a file at hand."""
    kinds = {load_station_config(example.path).source.type for example in _STATIONS}

    assert {"adxl355", "iio", "rshake", "seedlink", "synthetic"} <= kinds


@pytest.mark.parametrize("example", _STATIONS, ids=lambda example: example.name)
def test_title_says_what_it_is_for(example: Example) -> None:
    """The list is of sentences, not of comment signs."""
    assert example.title[0].isupper()
    assert not example.title.endswith(".")


def test_unit_is_printed_as_it_is() -> None:
    """What is copied to systemd is the file that was tested."""
    printed = _agent("edge-agent.service")

    assert 0 == printed.returncode, printed.stderr
    assert find_example("edge-agent.service").text == printed.stdout


def test_printed_station_file_is_one(tmp_path: Path) -> None:
    """What the command prints can be saved and used."""
    station = tmp_path / "station.toml"
    station.write_text(_agent("adxl355").stdout)

    assert "adxl355" == load_station_config(station).source.type


def test_list_is_for_people_and_for_programs() -> None:
    """Without a name all are listed, by name and title."""
    listed = json.loads(_agent("--json").stdout)

    assert [example.name for example in examples()] == [one["name"] for one in listed]
    assert all(one["title"] in _agent().stdout for one in listed[:1])


def test_wrong_name_names_the_near_one() -> None:
    """A slip of the fingers is answered with what was meant."""
    with pytest.raises(ConfigError, match="did you mean 'adxl355'"):
        find_example("adxl335")


def test_unknown_name_names_all() -> None:
    """Who guesses is told what there is."""
    with pytest.raises(ConfigError, match="there are adxl355, iio"):
        find_example("xyz")
