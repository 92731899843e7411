"""What the firmware and the kernel are told, beside what others told them."""

from pathlib import Path

import pytest

from edge.board import board_names, load_board_profile
from edge.config import StationConfig
from edge.errors import ProvisionError
from edge.provision.bootlines import config_lines, switch_on, with_block, with_words
from edge.settings import validated

_PLACE = {"network": "XX", "station": "KARA1", "latitude": 46.9, "longitude": 7.4}
_AXES = ["z", "y", "x"]


def _station(**source: object) -> StationConfig:
    return validated({"station": _PLACE, "source": source}, StationConfig)


@pytest.mark.parametrize("name", [n for n in board_names() if n.startswith("raspberry")])
@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ({"type": "adxl355", "axes": _AXES}, ["dtparam=spi=on"]),
        (
            {"type": "adxl355", "axes": _AXES, "device": "/dev/spidev0.1"},
            ["dtparam=spi=on"],
        ),
        (
            {"type": "iio", "device": "mpu6050", "sensor": "mpu6050"},
            ["dtparam=i2c_arm=on,i2c_arm_baudrate=400000", "dtoverlay=i2c-sensor,mpu6050"],
        ),
        ({"type": "rshake"}, []),
    ],
)
def test_sensor_decides_what_is_switched_on(
    name: str, source: dict[str, object], lines: list[str]
) -> None:
    """Board and sensor profiles know the lines."""
    assert lines == config_lines(_station(**source), load_board_profile(name))


def test_bus_that_the_board_does_not_have_is_told() -> None:
    """With those that it has."""
    station = _station(type="adxl355", axes=_AXES, device="/dev/spidev9.0")

    with pytest.raises(ProvisionError, match=r"has no /dev/spidev9\.0 .* has /dev/spidev0\.0"):
        config_lines(station, load_board_profile("raspberry-pi-4"))


def test_jetson_is_switched_on_by_hand() -> None:
    """Its firmware reads no config.txt."""
    station, board = _station(type="adxl355", axes=_AXES), load_board_profile("jetson-orin-nano")

    assert [] == config_lines(station, board)
    assert [board.spi[0].enable] == switch_on(station, board)


@pytest.mark.parametrize("config", ["", "a=1", "a=1\n", "[pi4]\nb=2\n", "# café\r\nx=1\r\n"])
def test_block_stands_at_the_end_behind_all(config: str) -> None:
    """A filter holds for what follows it, and other people's lines come first and stay."""
    written = with_block(config, ["dtparam=spi=on"])

    assert written.startswith(config)
    assert written.endswith("# tremorkit: begin\n[all]\ndtparam=spi=on\n# tremorkit: end\n")


def test_block_replaces_an_older_one() -> None:
    """A card that is provisioned again has one block; what came behind the old one stays."""
    once = with_block("a=1\n", ["dtparam=i2c_arm=on"]) + "b=2\n"

    again = with_block(once, ["dtparam=spi=on"])

    assert "a=1\nb=2\n# tremorkit: begin\n[all]\ndtparam=spi=on\n# tremorkit: end\n" == again
    assert again == with_block(again, ["dtparam=spi=on"])
    assert "a=1\nb=2\n" == with_block(again, [])


def test_words_of_the_kernel_stay_one_line() -> None:
    """The kernel reads no second one."""
    words = ["ds=nocloud;i=new", "cfg80211.ieee80211_regdom=CH"]
    old = "console=tty1 ds=nocloud;i=old systemd.run=/x quiet cfg80211.ieee80211_regdom=GB\n"

    written = with_words(old, words)

    assert "console=tty1 quiet ds=nocloud;i=new cfg80211.ieee80211_regdom=CH\n" == written
    assert written == with_words(written, words)


def test_several_lines_are_refused() -> None:
    """Somebody edited the file, and nobody knows which line counts."""
    with pytest.raises(ProvisionError, match="has 2 lines"):
        with_words("a\nb\n", [])


def test_every_device_of_the_examples_is_one_of_the_boards() -> None:
    """The default device of the reference sensor is on every board with SPI."""
    station = _station(type="adxl355", axes=_AXES)

    for name in set(board_names()) - {"pc"}:
        board = load_board_profile(name)
        assert Path("/dev/spidev0.0") in {bus.device for bus in board.spi}
        assert config_lines(station, board) or switch_on(station, board)


def test_sensor_on_a_computer_without_a_header_is_refused() -> None:
    """Nothing could be switched on for it."""
    with pytest.raises(ProvisionError, match="it has none at all"):
        switch_on(_station(type="adxl355", axes=_AXES), load_board_profile("pc"))
