"""Every declaration that the kit ships is one that it accepts."""

from pathlib import Path

import pytest

from edge.config import load_station_config
from edge.sensor import load_sensor_profile

_ROOT = Path(__file__).resolve().parents[1] / "firmware_configs"


@pytest.mark.parametrize("path", sorted((_ROOT / "stations").glob("*.toml")), ids=lambda p: p.stem)
def test_example_station_is_valid(path: Path) -> None:
    """An example that a user copies must start."""
    assert load_station_config(path).station.station


@pytest.mark.parametrize("path", sorted((_ROOT / "sensors").glob("*.toml")), ids=lambda p: p.stem)
def test_sensor_profile_is_valid_and_named_after_its_file(path: Path) -> None:
    """The name in the file is the name that finds it."""
    assert path.stem == load_sensor_profile(path.stem).name
