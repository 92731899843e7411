"""One device of the kernel's IIO subsystem through sysfs: find it, set it up, switch it on.

No right of root is needed where a udev rule gives the files to a group. A file that already says
what it should is not written, so a device that somebody else has set up is only read.
"""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from edge.errors import SourceError
from edge.sources.iio_scan import ScanLayout, ScanType

AXES: Final = ("in_accel_x", "in_accel_y", "in_accel_z")
TIMESTAMP: Final = "in_timestamp"
TEMPERATURE: Final = "in_temp"
_RATE_FILES: Final = ("in_accel_sampling_frequency", "sampling_frequency")
_MILLI: Final = 1e-3


@dataclass(frozen=True, slots=True)
class IioSetup:
    """What is asked of a device."""

    rate_hz: float | None
    """Sampling rate; as it is where None."""
    trigger: str | None
    """What starts a sample; as it is where None."""
    watermark: int
    """Samples after which a waiting reader is woken."""
    length: int
    """Samples that the kernel keeps."""


class IioDevice:
    """A device's files.

    Args:
        folder: Its folder, `/sys/bus/iio/devices/iio:device0` say.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._scan = folder / "scan_elements"
        self._buffer = folder / "buffer"

    @classmethod
    def find(cls, devices: Path, wanted: str) -> "IioDevice":
        """Return a device by the name of its chip, or by its own (`iio:device0`).

        Raises:
            SourceError: There is none.
        """
        names = {folder: _text(folder / "name") for folder in sorted(devices.glob("iio:device*"))}
        for folder, name in names.items():
            if wanted in {name, folder.name}:
                return cls(folder)
        seen = ", ".join(f"{name} ({folder.name})" for folder, name in names.items()) or "none"
        reason = f"no IIO device is called {wanted!r}; there are: {seen}; is its overlay loaded?"
        raise SourceError("iio", str(devices), reason)

    def start(self, setup: IioSetup) -> ScanLayout:
        """Set the device up, switch its buffer on and return the layout of its scans.

        Raises:
            SourceError: A file is missing or may not be written.
        """
        self._write(self._buffer / "enable", "0")
        elements = self._choose_elements()
        if setup.trigger is not None:
            self._write(self.folder / "trigger" / "current_trigger", setup.trigger)
        if setup.rate_hz is not None and setup.rate_hz != self.rate_hz():
            self._write(self._rate_file(), f"{setup.rate_hz:g}")
        clock = self.folder / "current_timestamp_clock"
        if clock.exists():
            self._write(clock, "realtime")
        self._write(self._buffer / "length", str(setup.length))
        if (self._buffer / "watermark").exists():
            self._write(self._buffer / "watermark", str(setup.watermark))
        self._write(self._buffer / "enable", "1")
        return ScanLayout(elements)

    def stop(self) -> None:
        """Switch the buffer off.

        Raises:
            SourceError: The file may not be written.
        """
        self._write(self._buffer / "enable", "0")

    @property
    def has_timestamp(self) -> bool:
        """Whether each sample carries a time."""
        return (self._scan / f"{TIMESTAMP}_en").exists()

    @property
    def has_temperature(self) -> bool:
        """Whether each sample carries a temperature."""
        return (self._scan / f"{TEMPERATURE}_en").exists()

    def rate_hz(self) -> float:
        """Return the sampling rate that the device claims.

        Raises:
            SourceError: There is no such file, or no rate in it.
        """
        path = self._rate_file()
        rate_hz = self._number(path)
        if rate_hz <= 0:
            raise self._fail(f"{path.name} holds {rate_hz:g}, which is no sampling rate")
        return rate_hz

    def scale(self, channel: str) -> tuple[float, float]:
        """Return a channel's scale and the offset that is added before it.

        Args:
            channel: Such as `in_accel_x`; m/s2 after scaling, temperatures degrees Celsius.

        Raises:
            SourceError: There is no scale, or no number in its file.
        """
        shared = channel.rpartition("_")[0] if channel in AXES else channel
        scales = [self.folder / f"{name}_scale" for name in (channel, shared)]
        offsets = [self.folder / f"{name}_offset" for name in (channel, shared)]
        path = next((path for path in scales if path.exists()), scales[-1])
        scale = self._number(path)
        if scale == 0:
            raise self._fail(f"{path.name} holds 0: everything would look still")
        offset = next((path for path in offsets if path.exists()), None)
        unit = _MILLI if channel == TEMPERATURE else 1.0
        return scale * unit, 0.0 if offset is None else self._number(offset)

    def full_scale_m_s2(self, channel: str) -> float:
        """Return the largest acceleration that a channel's bits can hold.

        Raises:
            SourceError: Its files are missing or broken.
        """
        return 2.0 ** (self._element(channel)[1].bits - 1) * self.scale(channel)[0]

    def _choose_elements(self) -> dict[str, tuple[int, ScanType]]:
        """Switch on what is used and off what is not; return what is on."""
        for axis in AXES:
            if not (self._scan / f"{axis}_en").exists():
                raise self._fail(f"has no buffered channel {axis}; is it an accelerometer?")
        wanted = {*AXES, TIMESTAMP, TEMPERATURE}
        chosen = {}
        for file in sorted(self._scan.glob("*_en")):
            name = file.name.removesuffix("_en")
            self._write(file, "1" if name in wanted else "0")
            if name in wanted:
                chosen[name] = self._element(name)
        return chosen

    def _element(self, name: str) -> tuple[int, ScanType]:
        path = self._scan / f"{name}_type"
        try:
            kind = ScanType.parse(self._read(path))
        except ValueError as error:
            raise self._fail(f"{path.name}: {error}") from None
        if kind.repeat != 1:
            raise self._fail(f"{path.name}: {kind.repeat} values at once; one is expected")
        return round(self._number(self._scan / f"{name}_index")), kind

    def _rate_file(self) -> Path:
        files = [self.folder / name for name in _RATE_FILES]
        return next((path for path in files if path.exists()), files[-1])

    def _number(self, path: Path) -> float:
        text = self._read(path)
        try:
            number = float(text)
        except ValueError:
            number = math.nan
        if not math.isfinite(number):
            raise self._fail(f"{path.name} holds {text!r}, which is no number")
        return number

    def _read(self, path: Path) -> str:
        try:
            return path.read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise self._fail(f"{path.name} cannot be read: {error}") from None

    def _write(self, path: Path, value: str) -> None:
        if self._read(path) == value:
            return
        try:
            path.write_text(value, encoding="ascii")
        except PermissionError:
            reason = f"{path.name} may not be set to {value} by this user"
            raise self._fail(f"{reason}; give the files to a group with a udev rule") from None
        except OSError as error:
            raise self._fail(f"{path.name} refuses {value}: {error.strerror}") from None

    def _fail(self, reason: str) -> SourceError:
        return SourceError("iio", str(self.folder), reason)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return "unnamed"
