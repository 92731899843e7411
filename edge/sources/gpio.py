"""Edges of one GPIO line through the kernel's character device, with the kernel's time of each.

The numbers are those of the second version of `linux/gpio.h` (Linux 5.10 and later), the same on
all 64-bit ARM and x86 kernels. Edges are stamped with the monotonic clock.
"""

import fcntl
import os
import select
import struct
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Final, Protocol, Self

from edge.errors import SourceError

GET_CHIP_INFO: Final = 0x8044B401
GET_LINE: Final = 0xC250B407
CHIP_INFO: Final = struct.Struct("=32s32sI")
"""`struct gpiochip_info`: name, label, number of lines."""
REQUEST: Final = struct.Struct("=I252x32sQI20x240xII20xi")
"""`struct gpio_v2_line_request`: offset, consumer, flags, attributes, lines, buffer, file."""
EVENT: Final = struct.Struct("=QII4x4x24x")
"""`struct gpio_v2_line_event`: time in nanoseconds, kind, line."""
INPUT: Final = 1 << 2
RISING: Final = 1 << 4
BUFFERED_EDGES: Final = 16
_CONSUMER: Final = b"edge-agent"

Ioctl = Callable[[int, int, bytearray], object]
"""`fcntl.ioctl`, which changes the buffer; tests put a kernel of their own in its place."""


class Edges(Protocol):
    """A line that rises when there is something to read."""

    def wait(self, timeout_s: float) -> list[int]:
        """Return the monotonic times of edges, nanoseconds, oldest first; none on a timeout."""
        ...


def find_chip(name: str, folder: Path = Path("/dev"), ioctl: Ioctl = fcntl.ioctl) -> Path:
    """Return the device of a GPIO chip.

    Args:
        name: A path such as `/dev/gpiochip0`, or a label such as `pinctrl-rp1`; a label stays
            the same over kernels that count chips differently.
        folder: Where devices are.
        ioctl: The system call.

    Raises:
        SourceError: There is no chip of this label.
    """
    if name.startswith("/"):
        return Path(name)
    labels = {}
    for path in sorted(folder.glob("gpiochip*")):
        labels[_label(path, ioctl)] = path
    if name not in labels:
        seen = ", ".join(sorted(labels)) or "none that this user may open"
        raise SourceError("gpio", name, f"no GPIO chip has this label; there are: {seen}")
    return labels[name]


def _label(path: Path, ioctl: Ioctl) -> str:
    try:
        file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return ""
    try:
        info = bytearray(CHIP_INFO.size)
        ioctl(file, GET_CHIP_INFO, info)
    finally:
        os.close(file)
    label: bytes = CHIP_INFO.unpack(info)[1]
    return label.rstrip(b"\0").decode("ascii", "replace")


class GpioLine:
    """The rising edges of one line; close it, or use it in a `with`.

    Args:
        chip: The chip's device.
        line: Number of the line on the chip.
        ioctl: The system call.

    Raises:
        SourceError: There is no such chip or line, it is in use, or the user may not use it.
    """

    def __init__(self, chip: Path, line: int, ioctl: Ioctl = fcntl.ioctl) -> None:
        request = bytearray(REQUEST.pack(line, _CONSUMER, INPUT | RISING, 0, 1, BUFFERED_EDGES, 0))
        try:
            file = os.open(chip, os.O_RDONLY | os.O_CLOEXEC)
            try:
                ioctl(file, GET_LINE, request)
            finally:
                os.close(file)
        except OSError as error:
            reason = f"line {line} cannot be watched ({error.strerror}); is it free, and is"
            raise SourceError("gpio", str(chip), f"{reason} this user in the group gpio?") from None
        self._file: int = REQUEST.unpack(request)[-1]

    def wait(self, timeout_s: float) -> list[int]:
        """Return the monotonic times of edges, nanoseconds, oldest first; none on a timeout.

        Args:
            timeout_s: Longest wait for the first, seconds.

        Raises:
            OSError: The chip is gone.
        """
        ready, _, _ = select.select([self._file], [], [], timeout_s)
        if not ready:
            return []
        content = os.read(self._file, EVENT.size * BUFFERED_EDGES)
        whole = content[: len(content) // EVENT.size * EVENT.size]
        return [event[0] for event in EVENT.iter_unpack(whole)]

    def close(self) -> None:
        """Let go of the line."""
        os.close(self._file)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
