"""The computer around the agent: clock, board, disk and speed."""

import os
import statistics
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from edge.board import DEVICE_TREE_MODEL, find_board
from edge.config import StationConfig
from edge.detect.loading import load_detectors
from edge.finding import WantingError
from edge.messages import ClockSource, ClockState
from edge.pipeline import StationPipeline
from edge.sources import SyntheticConfig

_SYNCS = 9
_SLOWEST_SYNC_S = 0.5
_SPEED_S = 60.0
_LARGEST_SHARE = 0.5
_WARMEST_C = 80.0
_MILLI = 1e-3
_THROTTLED_NOW, _UNDER_VOLTAGE_EVER = 0x4, 0x10000
"""Bits of the firmware's `get_throttled` (Raspberry Pi documentation, vcgencmd)."""


@dataclass(frozen=True, slots=True)
class Tree:
    """Where the kernel tells of the board; tests put a tree of their own."""

    root: Path = Path("/")

    def text(self, path: str) -> str | None:
        """Return what a file says; None where there is none."""
        try:
            return (self.root / path.lstrip("/")).read_text().strip("\0\n ")
        except OSError:
            return None


def examine_clock(state: ClockState) -> str:
    """Say how good the clock is.

    Raises:
        WantingError: Nobody keeps it.
    """
    if state.source in {ClockSource.FREE_RUN, ClockSource.RTC}:
        raise WantingError(
            "nobody keeps this computer's clock; onsets would be seconds off within days. Install "
            "chrony (apt install chrony), or connect a GNSS receiver, and let it reach its servers"
        )
    keeper = f" by {state.keeper}" if state.keeper else ""
    return f"kept ({state.source.value}{keeper}), good to {state.error_s / _MILLI:.2g} ms"


def examine_board(tree: Tree) -> str:
    """Say what board this is, and whether power and cooling do.

    Raises:
        WantingError: It is too hot, or its supply too weak.
    """
    model = tree.text(str(DEVICE_TREE_MODEL))
    board = None if model is None else find_board(model)
    problems = []
    warmth = tree.text("/sys/class/thermal/thermal_zone0/temp")
    celsius = None if warmth is None else int(warmth) * _MILLI
    if celsius is not None and celsius > _WARMEST_C:
        problems.append(f"the processor is at {celsius:.0f} degrees: give it air or a heat sink")
    throttled = tree.text("/sys/devices/platform/soc/soc:firmware/get_throttled")
    bits = 0 if throttled is None else int(throttled, 16)
    if bits & _UNDER_VOLTAGE_EVER:
        problems.append("the supply was too weak since the last start: use the board's own one")
    if bits & _THROTTLED_NOW:
        problems.append("the processor is slowed down right now")
    if problems:
        raise WantingError("; ".join(problems))
    name = board.title if board is not None else model or "a computer without a device tree"
    return name if celsius is None else f"{name}, {celsius:.0f} degrees"


def examine_disk(folder: Path) -> str:
    """Say how long the disk takes to keep a trigger.

    Raises:
        WantingError: It is slow enough to hold triggers up, or cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        took_s = statistics.median(_sync_s(folder) for _ in range(_SYNCS))
    except OSError as error:
        raise WantingError(f"{folder} cannot be written ({error}); see state_dir") from error
    if took_s > _SLOWEST_SYNC_S:
        raise WantingError(
            f"{folder} takes {took_s:.1f} s to keep 4 kB: a worn memory card? Replace it by one "
            "made for endurance before it fails"
        )
    return f"{folder} keeps 4 kB in {took_s / _MILLI:.1f} ms"


def examine_speed(config: StationConfig) -> str:
    """Say what a minute of samples costs this processor with the configured detectors.

    Raises:
        WantingError: It would not keep up with ease.
    """
    detectors, _ = load_detectors(config.detection)
    place = config.station
    quiet = SyntheticConfig(
        latitude=place.latitude, longitude=place.longitude, start=0, duration_s=_SPEED_S
    ).open()
    pipeline = StationPipeline(place, config.detection, detectors, quiet.describe())
    packets = list(quiet.packets())
    before_s = time.process_time()
    for packet in packets:
        pipeline.push(packet)
    share = (time.process_time() - before_s) / _SPEED_S
    if share > _LARGEST_SHARE:
        raise WantingError(
            f"a minute of samples costs {share * _SPEED_S:.0f} s of this processor: it would fall "
            "behind. Choose a smaller network, detection.model.bundle (see edge-agent models)"
        )
    return f"detection takes {share:.2%} of one core"


def _sync_s(folder: Path) -> float:
    with tempfile.TemporaryFile(dir=folder) as file:
        began_s = time.monotonic()
        file.write(b"\0" * 4096)
        file.flush()
        os.fsync(file.fileno())
        return time.monotonic() - began_s
