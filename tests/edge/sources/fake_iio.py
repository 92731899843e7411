"""A made-up IIO device: a tree of files as sysfs has them, and a FIFO in place of its device."""

import os
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

ADXL355_TYPES = {
    "in_accel_x": (0, "be:s20/32>>12"),
    "in_accel_y": (1, "be:s20/32>>12"),
    "in_accel_z": (2, "be:s20/32>>12"),
    "in_temp": (3, "be:u12/16>>0"),
    "in_timestamp": (4, "le:s64/64>>0"),
}
"""As the kernel's own driver of the ADXL355 has them."""


@dataclass
class FakeIio:
    """One device; use `write` to let samples come."""

    root: Path
    name: str = "adxl355"
    number: int = 0
    types: dict[str, tuple[int, str]] = field(default_factory=lambda: dict(ADXL355_TYPES))
    files: dict[str, str] = field(default_factory=dict)
    """Further files, or others than usual."""

    def __post_init__(self) -> None:
        self.sysfs, self.dev = self.root / "devices", self.root / "dev"
        self.folder = self.sysfs / f"iio:device{self.number}"
        usual = {
            "name": self.name,
            "sampling_frequency": "125.000000",
            "in_accel_scale": "0.000038245",
            "in_temp_scale": "-110.497238",
            "in_temp_offset": "-2111.25",
            "current_timestamp_clock": "realtime\n",
            "buffer/enable": "0",
            "buffer/length": "2",
            "buffer/watermark": "1",
            "trigger/current_trigger": "",
        }
        for element, (index, kind) in self.types.items():
            usual[f"scan_elements/{element}_en"] = "0"
            usual[f"scan_elements/{element}_index"] = str(index)
            usual[f"scan_elements/{element}_type"] = kind
        for path, content in {**usual, **self.files}.items():
            (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
            (self.folder / path).write_text(content + "\n")
        self.dev.mkdir(exist_ok=True)
        os.mkfifo(self.dev / self.folder.name)
        self._file = os.open(self.dev / self.folder.name, os.O_RDWR | os.O_NONBLOCK)

    def content(self, path: str) -> str:
        """Return what a file of the device says now."""
        return (self.folder / path).read_text().strip()

    def write(self, scans: bytes) -> None:
        """Let the device give bytes."""
        os.write(self._file, scans)

    def close(self) -> None:
        """Take the device away."""
        if self._file >= 0:
            os.close(self._file)
        self._file = -1


def adxl355_scans(
    counts: np.ndarray, times_ns: np.ndarray, temperature_reading: int = 1885
) -> bytes:
    """Return scans as the kernel lays them out: 3 x 4 bytes, 2 for temperature, 2 of nothing, 8."""
    kind = np.dtype([("xyz", ">u4", 3), ("temp", ">u2"), ("gap", "V2"), ("time", "<i8")])
    scans = np.zeros(len(counts), dtype=kind)
    scans["xyz"] = (counts.astype(np.int64) << 12) & 0xFFFFFFFF
    scans["temp"], scans["time"] = temperature_reading, times_ns
    return scans.tobytes()
