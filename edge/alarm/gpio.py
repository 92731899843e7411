"""A GPIO line that is active while the alarm rings, by the kernel's character device.

The numbers are those of the second version of `linux/gpio.h`, as in `edge.sources.gpio`. The line
is asked for at the start and held, so that nobody else takes it, and let go inactive at the end.
"""

import fcntl
import os
import struct
from pathlib import Path
from typing import Final

from edge.alarm.config import GpioConfig
from edge.errors import AlarmError, SourceError
from edge.messages import Alarm
from edge.sources.gpio import GET_LINE, REQUEST, Ioctl, find_chip

SET_VALUES: Final = 0xC010B40F
GET_LINE_INFO: Final = 0xC100B405
VALUES: Final = struct.Struct("=QQ")
"""`struct gpio_v2_line_values`: bits, mask."""
LINE_INFO: Final = struct.Struct("=32s32sIIQ160x16x")
"""`struct gpio_v2_line_info`: name, consumer, line, attributes, flags."""
USED: Final = 1 << 0
ACTIVE_LOW: Final = 1 << 1
OUTPUT: Final = 1 << 3
_CONSUMER: Final = b"edge-agent alarm"


class GpioAction:
    """Holds a line, inactive, and makes it active while the alarm rings.

    Args:
        config: The line.
        folder: Where devices are.
        ioctl: The system call.

    Attributes:
        name: `gpio`.
    """

    name = "gpio"

    def __init__(
        self, config: GpioConfig, folder: Path = Path("/dev"), ioctl: Ioctl = fcntl.ioctl
    ) -> None:
        self._config = config
        self._folder = folder
        self._ioctl = ioctl
        self._file: int | None = None

    def open(self) -> None:
        """Take the line, inactive.

        Raises:
            AlarmError: There is no such chip or line, somebody has it, or the user may not.
        """
        if self._file is not None:
            return
        chip, line = _chip(self._config, self._folder, self._ioctl), self._config.line
        flags = OUTPUT | (ACTIVE_LOW if self._config.active_low else 0)
        request = bytearray(REQUEST.pack(line, _CONSUMER, flags, 0, 1, 0, 0))
        try:
            file = os.open(chip, os.O_RDONLY | os.O_CLOEXEC)
            try:
                self._ioctl(file, GET_LINE, request)
            finally:
                os.close(file)
        except OSError as error:
            reason = f"line {line} of {chip} cannot be had ({error.strerror}); is it free, and is"
            raise AlarmError(self.name, f"{reason} this user in the group gpio?") from error
        self._file = REQUEST.unpack(request)[-1]

    def tell(self, alarm: Alarm) -> None:
        """Set the line; one that could not be had at the start is tried again.

        Raises:
            AlarmError: It cannot be set.
        """
        self.open()
        if self._file is None:
            return
        values = bytearray(VALUES.pack(1 if alarm.ringing else 0, 1))
        try:
            self._ioctl(self._file, SET_VALUES, values)
        except OSError as error:
            self._let_go()
            raise AlarmError(self.name, f"line cannot be set: {error.strerror}") from error

    def close(self) -> None:
        """Make the line inactive and let go of it."""
        if self._file is not None:
            self._ioctl(self._file, SET_VALUES, bytearray(VALUES.pack(0, 1)))
            self._let_go()

    def _let_go(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None


def examine_gpio(
    config: GpioConfig, folder: Path = Path("/dev"), ioctl: Ioctl = fcntl.ioctl
) -> str:
    """Say whether the line is there and free; it is looked at, not touched.

    Raises:
        AlarmError: It is not.
    """
    chip = _chip(config, folder, ioctl)
    info = bytearray(LINE_INFO.size)
    struct.pack_into("=I", info, 64, config.line)
    try:
        file = os.open(chip, os.O_RDONLY | os.O_CLOEXEC)
        try:
            ioctl(file, GET_LINE_INFO, info)
        finally:
            os.close(file)
    except OSError as error:
        reason = f"line {config.line} of {chip} cannot be looked at ({error.strerror}); does the"
        raise AlarmError(
            "gpio", f"{reason} chip have it, is this user in the group gpio?"
        ) from error
    name, consumer, _, _, flags = LINE_INFO.unpack(info)
    owner = consumer.rstrip(b"\0").decode(errors="replace")
    if flags & USED and owner != _CONSUMER.decode():
        raise AlarmError(
            "gpio", f"line {config.line} of {chip} is in use by {owner or 'the kernel'}"
        )
    label = name.rstrip(b"\0").decode(errors="replace")
    by_us = ", held by a running agent" if flags & USED else ""
    return f"line {config.line} of {chip}{f' ({label})' if label else ''}{by_us}"


def _chip(config: GpioConfig, folder: Path, ioctl: Ioctl) -> Path:
    try:
        return find_chip(config.chip, folder, ioctl)
    except SourceError as error:
        raise AlarmError("gpio", f"{config.chip}: {error.reason}") from error
