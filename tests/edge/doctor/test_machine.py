"""What the doctor says of the computer: clock, board, disk and speed."""

import json
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cloud.toml import to_toml
from edge.cli import app
from edge.config import StationConfig, StationSection
from edge.doctor import machine
from edge.doctor.machine import Tree, examine_board, examine_clock, examine_disk, examine_speed
from edge.finding import WantingError
from edge.messages import ClockSource, ClockState
from edge.mqtt import MqttConfig
from edge.sources import SyntheticConfig


def tree(folder: Path, files: dict[str, str]) -> Tree:
    """Return a kernel's tree with some files."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return Tree(folder)


PI = {"proc/device-tree/model": "Raspberry Pi 4 Model B Rev 1.4\0"}
HEAT = "sys/class/thermal/thermal_zone0/temp"
THROTTLED = "sys/devices/platform/soc/soc:firmware/get_throttled"


def station(folder: Path) -> StationConfig:
    """Return a station that needs no sensor and has no broker."""
    return StationConfig(
        station=StationSection(network="XX", station="A", latitude=17.0, longitude=-99.5),
        source=SyntheticConfig(latitude=17.0, longitude=-99.5, start=0, duration_s=30.0),
        detection={"model": {"enabled": False}},
        mqtt=MqttConfig(port=1),
        state_dir=folder / "state",
    )


def test_a_clock_that_is_kept_is_well() -> None:
    """By whom, and how good it is."""
    state = ClockState(source=ClockSource.NTP, error_s=0.0021, keeper="chrony")

    assert "kept (ntp by chrony), good to 2.1 ms" == examine_clock(state)


@pytest.mark.parametrize("source", [ClockSource.FREE_RUN, ClockSource.RTC])
def test_a_clock_that_nobody_keeps_is_told_with_the_remedy(source: ClockSource) -> None:
    """Not even one with a battery."""
    with pytest.raises(WantingError, match="apt install chrony"):
        examine_clock(ClockState(source=source, error_s=60.0))


def test_a_board_is_told_by_name_with_its_temperature(tmp_path: Path) -> None:
    """As people call it."""
    said = examine_board(tree(tmp_path, {**PI, HEAT: "48312\n", THROTTLED: "0x0\n"}))

    assert "Raspberry Pi 4" in said
    assert "48 degrees" in said


def test_a_computer_without_a_device_tree_is_no_fault(tmp_path: Path) -> None:
    """A PC in the cellar is a station too."""
    assert "a computer without a device tree" == examine_board(Tree(tmp_path))


@pytest.mark.parametrize(
    ("files", "remedy"),
    [
        ({HEAT: "84000\n"}, "heat sink"),
        ({THROTTLED: "0x50000\n"}, "supply was too weak"),
        ({THROTTLED: "0x4\n"}, "slowed down"),
    ],
    ids=["hot", "under-voltage", "throttled"],
)
def test_a_board_that_suffers_is_told(tmp_path: Path, files: dict[str, str], remedy: str) -> None:
    """Heat and weak supplies are what kills stations slowly."""
    with pytest.raises(WantingError, match=remedy):
        examine_board(tree(tmp_path, {**PI, **files}))


def test_a_disk_is_measured_by_what_it_keeps(tmp_path: Path) -> None:
    """The folder is made where there is none, and nothing is left in it."""
    said = examine_disk(tmp_path / "state")

    assert "keeps 4 kB in" in said
    assert [] == list((tmp_path / "state").iterdir())


def test_a_slow_disk_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worn card takes seconds before it takes nothing any more."""
    monkeypatch.setattr(machine, "_sync_s", lambda _folder: 1.7)

    with pytest.raises(WantingError, match=r"1\.7 s to keep 4 kB: a worn memory card"):
        examine_disk(tmp_path)


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    """With the key that says where it is."""
    (tmp_path / "file").write_text("")

    with pytest.raises(WantingError, match="state_dir"):
        examine_disk(tmp_path / "file" / "state")


def test_speed_is_a_share_of_a_core(tmp_path: Path) -> None:
    """Of the configured detectors, over a minute of samples."""
    assert examine_speed(station(tmp_path)).startswith("detection takes ")


def test_a_processor_that_would_fall_behind_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the key of the network."""
    monkeypatch.setattr(machine, "_LARGEST_SHARE", 0.0)

    with pytest.raises(WantingError, match=r"detection\.model\.bundle"):
        examine_speed(station(tmp_path))


def test_the_command_tells_all_and_ends_with_one_where_something_is_wrong(tmp_path: Path) -> None:
    """`edge-agent doctor`: here there is no broker."""
    if sys.platform != "linux":
        pytest.skip("the kernel's clock is asked")
    file = tmp_path / "station.toml"
    file.write_text(to_toml(station(tmp_path)))

    result = CliRunner().invoke(app, ["doctor", "-c", str(file), "--listen", "2", "--json"])

    found = {one["subject"]: one for one in json.loads(result.stdout)}
    assert 1 == result.exit_code
    own = ["board", "clock", "disk", "speed", "sensor"]
    checked = ["station", "arithmetic", "model", "state directory"]
    assert [*own, *checked] == [subject for subject in found if subject != "broker"]
    assert found["sensor"]["ok"]
    assert not found["broker"]["ok"]
    assert "Is the broker running" in found["broker"]["text"]
