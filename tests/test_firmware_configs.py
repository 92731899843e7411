"""Every declaration that the kit ships is one that it accepts."""

from pathlib import Path

import pytest

from edge.board import find_board, load_board_profile
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


@pytest.mark.parametrize("path", sorted((_ROOT / "boards").glob("*.toml")), ids=lambda p: p.stem)
def test_board_profile_is_valid_and_no_pin_is_used_twice(path: Path) -> None:
    """Wires of one sensor end at different pins; chip selects tell chips on a bus apart."""
    board = load_board_profile(path.stem)

    fixed = [*board.spi[0].pins.values(), *board.i2c[0].pins.values()]
    pins = [*fixed, board.data_ready.pin, board.supply_pin, board.ground_pin]
    assert path.stem == board.name
    assert len(set(pins)) == len(pins)
    assert all({"mosi", "miso", "sclk", "cs"} == bus.pins.keys() for bus in board.spi)
    assert len({bus.pins["cs"] for bus in board.spi}) == len(board.spi)


@pytest.mark.parametrize(
    ("model", "name"),
    [
        ("Raspberry Pi 5 Model B Rev 1.0\0", "raspberry-pi-5"),
        ("Raspberry Pi 4 Model B Rev 1.4\0", "raspberry-pi-4"),
        ("Raspberry Pi 3 Model B Plus Rev 1.3\0", "raspberry-pi-3"),
        ("Raspberry Pi Zero 2 W Rev 1.0\0", "raspberry-pi-zero-2"),
        ("NVIDIA Jetson Nano Developer Kit\0", "jetson-nano"),
        ("NVIDIA Jetson Orin Nano Engineering Reference Developer Kit Super\0", "jetson-orin-nano"),
    ],
)
def test_a_board_is_known_by_what_it_says_of_itself(model: str, name: str) -> None:
    """The content of /proc/device-tree/model, which ends in a zero byte."""
    found = find_board(model)

    assert found is not None
    assert name == found.name


def test_an_unknown_board_is_none() -> None:
    """A computer of another make has no profile, and needs none."""
    assert find_board("Acme Anvil") is None
