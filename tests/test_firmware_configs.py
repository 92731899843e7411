"""Every declaration that the kit ships is one that it accepts."""

import json
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from cloud.release.fitting import check_settings
from edge.board import find_board, load_board_profile
from edge.config import load_station_config
from edge.errors import ConfigError
from edge.provision.system import load_system_config
from edge.reconfigure.effective import read_station_file
from edge.reconfigure.overlay import entry_for
from edge.schemas import NAMES, schema_text
from edge.sensor import load_sensor_profile
from edge.update.configuration import read_settings, settings_as_text
from tests.edge.provision.conftest import KEY

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

    assert path.stem == board.name
    if board.data_ready is None:
        assert () == (*board.spi, *board.i2c)
        return
    fixed = [*board.spi[0].pins.values(), *board.i2c[0].pins.values()]
    pins = [*fixed, board.data_ready.pin, board.supply_pin, board.ground_pin]
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


_SYSTEMS = sorted((_ROOT / "images").glob("*.toml"))
_SETTINGS = sorted((_ROOT / "settings").glob("*.toml"))


@pytest.mark.parametrize("path", _SYSTEMS, ids=lambda p: p.stem)
def test_system_template_is_valid_once_it_is_filled_in(path: Path, tmp_path: Path) -> None:
    """And refused before, so that nobody sends out a card that lets nobody in."""
    filled = tmp_path / "system.toml"
    text = path.read_text().replace("PUBLIC KEY", KEY)
    filled.write_text(text.replace('password = ""', 'password = "correct horse"'))

    assert "keeper" == load_system_config(filled).user.name
    with pytest.raises(ConfigError, match="ssh_keys"):
        load_system_config(path)


@pytest.mark.parametrize("path", _SETTINGS, ids=lambda p: p.stem)
@pytest.mark.parametrize(
    "station", sorted((_ROOT / "stations").glob("*.toml")), ids=lambda p: p.stem
)
def test_settings_lie_over_every_example_station(path: Path, station: Path) -> None:
    """Whoever copies both gets a fleet that takes them."""
    check_settings(path.read_bytes())
    file = read_station_file(station)

    entries = tuple(
        entry_for(key, file.data, {"value": json.loads(text)}, {"command": "c", "time": 1})
        for key, text in settings_as_text(read_settings(path.read_bytes())).items()
    )

    assert file.config != file.laid_under((), entries)[1]


@pytest.mark.parametrize("path", sorted((_ROOT / "sensors").glob("*.toml")), ids=lambda p: p.stem)
def test_every_sensor_has_a_station_to_begin_with(path: Path, tmp_path: Path) -> None:
    """The kernel's drivers and the Raspberry Shake take every profile; the example names one."""
    profile = load_sensor_profile(path.stem)
    text = (_ROOT / "stations" / "iio.toml").read_text()
    file = tmp_path / "station.toml"
    file.write_text(text.replace('sensor = "mpu6050"', f'sensor = "{path.stem}"'))

    source = load_station_config(file).source

    assert profile.name == getattr(source, "sensor", None)


@pytest.mark.parametrize(
    "text", ["[mqtt]\nhost = 'x'\n", "[update]\n", "[detection.sta_lta]\nx = 1\n"]
)
def test_schema_of_settings_marks_what_stays_on_site(text: str) -> None:
    """Before somebody signs it, and a station rejects it."""
    validator = Draft202012Validator(json.loads(schema_text("settings")))

    assert not validator.is_valid(tomllib.loads(text))
    assert validator.is_valid(tomllib.loads("[source]\nrate_hz = 50\n"))


@pytest.mark.parametrize("kind", NAMES)
def test_schema_is_one_and_up_to_date(kind: str) -> None:
    """What editors are given is what the code reads; `scripts/write_docs.py` writes it anew."""
    Draft202012Validator.check_schema(json.loads(schema_text(kind)))

    assert schema_text(kind) == (_ROOT / "schemas" / f"{kind}.json").read_text()


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        (kind, path)
        for kind, folder in (("station", "stations"), ("board", "boards"), ("sensor", "sensors"))
        for path in sorted((_ROOT / folder).glob("*.toml"))
    ]
    + [("system", path) for path in _SYSTEMS]
    + [("settings", path) for path in _SETTINGS],
    ids=lambda value: value if isinstance(value, str) else value.stem,
)
def test_schema_accepts_what_the_kit_ships(kind: str, path: Path) -> None:
    """An editor that marks a sound file as wrong is switched off."""
    validator = Draft202012Validator(json.loads(schema_text(kind)))

    data = tomllib.loads(path.read_text())

    assert [] == [error.message for error in validator.iter_errors(data)]


@pytest.mark.parametrize(
    ("section", "key", "value"),
    [("station", "nmae", "x"), ("station", "latitude", 100), ("source", "type", "adxl")],
)
def test_schema_sees_a_mistake(section: str, key: str, value: object) -> None:
    """A misspelt key, a value that cannot be, a kind that there is not."""
    data = tomllib.loads((_ROOT / "stations" / "adxl355.toml").read_text())
    data[section][key] = value

    assert not Draft202012Validator(json.loads(schema_text("station"))).is_valid(data)


def test_unknown_schema_is_told_with_the_nearest() -> None:
    """As every name of the kit."""
    with pytest.raises(ConfigError, match="did you mean 'station'"):
        schema_text("stations")


@pytest.mark.parametrize(
    "unit", sorted((_ROOT / "systemd").glob("*.service")), ids=lambda path: path.stem
)
def test_unit_is_one_that_systemd_accepts(unit: Path, tmp_path: Path) -> None:
    """With programs that are there, in place of those of a station."""
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("systemd-analyze is missing")
    copy = tmp_path / unit.name
    copy.write_text(unit.read_text().replace("/opt/edge-agent/bin/edge-agent", "/bin/true"))

    done = subprocess.run([analyze, "verify", copy], capture_output=True, text=True, check=False)

    assert not [line for line in done.stderr.splitlines() if unit.name in line]
