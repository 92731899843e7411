"""Lines of the firmware's config.txt and words of the kernel's command line.

What others wrote stays. The kit's lines stand in a block at the end of config.txt, behind `[all]`,
because a filter such as `[pi4]` holds for all that follows it.
"""

import re
from pathlib import Path
from typing import Final

from edge.board import BoardProfile
from edge.config import StationConfig
from edge.errors import ProvisionError
from edge.sensor import load_sensor_profile

CONFIG: Final = "config.txt"
CMDLINE: Final = "cmdline.txt"
_BEGIN: Final = "# tremorkit: begin"
_END: Final = "# tremorkit: end"
_BLOCK: Final = re.compile(
    rf"^{re.escape(_BEGIN)}$.*?^{re.escape(_END)}$\n?", re.DOTALL | re.MULTILINE
)
_OURS: Final = re.compile(
    r"ds=nocloud|systemd\.(run|run_success_action|unit)=|cfg80211\.ieee80211_"
)
_BUS_NUMBER: Final = re.compile(r"-(\d+)$")


def config_lines(station: StationConfig, board: BoardProfile) -> list[str]:
    """Return what the firmware must switch on for the station's sensor.

    Args:
        station: Its source decides which bus.
        board: Knows the line for that bus; a board without config.txt wants none.

    Raises:
        ProvisionError: The board has no such bus.
        ConfigError: The sensor has no profile.
    """
    if board.boot_config is None:
        return []
    source = station.source
    match source.type:
        case "adxl355":
            return [_spi_line(source.device, board)]
        case "iio":
            profile = load_sensor_profile(source.sensor)
            overlay = [f"dtoverlay={profile.overlay}"] if profile.overlay else []
            return [board.i2c[0].enable, *overlay] if "i2c" in profile.buses else []
    return []


def switch_on(station: StationConfig, board: BoardProfile) -> list[str]:
    """Return what a person must do on a board whose firmware takes no lines.

    Raises:
        ProvisionError: The board has no such bus.
    """
    if board.boot_config is not None or station.source.type != "adxl355":
        return []
    return [_spi_line(station.source.device, board)]


def with_block(config: str, lines: list[str]) -> str:
    """Return config.txt with the kit's block at the end, in place of an older one.

    Args:
        config: As it is on the partition.
        lines: The block; none takes an older one away.
    """
    kept = _BLOCK.sub("", config)
    if not lines:
        return kept
    start = kept if not kept or kept.endswith("\n") else f"{kept}\n"
    return start + "\n".join([_BEGIN, "[all]", *lines, _END]) + "\n"


def with_words(cmdline: str, words: list[str]) -> str:
    """Return the kernel's command line, which is one line, with words of the kit at its end.

    Args:
        cmdline: As it is on the partition; what an earlier card said is taken out.
        words: Without spaces.

    Raises:
        ProvisionError: It has several lines, so that it is not known which of them counts.
    """
    lines = cmdline.strip().splitlines()
    if len(lines) > 1:
        raise ProvisionError(CMDLINE, f"has {len(lines)} lines; the kernel reads one")
    kept = [word for word in cmdline.split() if not _OURS.match(word)]
    return " ".join([*kept, *words]) + "\n"


def _spi_line(device: Path, board: BoardProfile) -> str:
    for bus in board.spi:
        if bus.device == device:
            return bus.enable
    known = ", ".join(str(bus.device) for bus in board.spi) or "none at all"
    raise ProvisionError(
        "source.device",
        f"{board.title} has no {device} that a line could switch on; it has {known}",
    )
