"""A configuration written as TOML reads back as itself."""

import tomllib
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from cloud.demo.network import demo_stations
from cloud.toml import to_toml
from edge.config import ReplaySection, StationConfig, StationSection, load_station_config
from edge.mqtt import MqttConfig
from edge.sources import OpenEewConfig

START_NS = 1_700_000_000_123_456_000


def test_the_stations_of_the_demonstration_survive_the_file(tmp_path: Path) -> None:
    """Types, times, nested tables and arrays of tables."""
    replay = ReplaySection(speed=2.5, data_start=START_NS, wall_start=START_NS)
    for config in demo_stations(MqttConfig(port=1999), replay, START_NS, tmp_path):
        file = tmp_path / "station.toml"
        file.write_text(to_toml(config))

        assert config == load_station_config(file)


def test_the_type_of_a_source_is_named(tmp_path: Path) -> None:
    """Code leaves it to the class; the file must not."""
    config = StationConfig(
        station=StationSection(network="XX", station="A", latitude=0.0, longitude=0.0),
        source=OpenEewConfig(paths=(tmp_path,)),
    )
    file = tmp_path / "station.toml"
    file.write_text(to_toml(config))

    assert config == load_station_config(file)
    assert 'type = "openeew"' in file.read_text()


class _Words(BaseModel):
    text: str
    many: tuple[str, ...] = ()
    number: float = 0.0


@given(
    text=st.text(),
    many=st.lists(st.text(), max_size=3),
    number=st.floats(allow_nan=False, allow_infinity=False),
)
def test_any_text_and_number_survives(text: str, many: list[str], number: float) -> None:
    """Quotes, line ends, control characters and every script."""
    words = _Words(text=text, many=tuple(many), number=number)

    assert words == _Words.model_validate(tomllib.loads(to_toml(words)))
