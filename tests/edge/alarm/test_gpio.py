"""A line that is active while the alarm rings, against a kernel of our own."""

import errno
import os
import struct
from pathlib import Path

import pytest

from edge.alarm.config import GpioConfig
from edge.alarm.gpio import (
    ACTIVE_LOW,
    GET_LINE_INFO,
    LINE_INFO,
    OUTPUT,
    SET_VALUES,
    USED,
    VALUES,
    GpioAction,
    examine_gpio,
)
from edge.errors import AlarmError
from edge.sources.gpio import CHIP_INFO, GET_CHIP_INFO, GET_LINE, REQUEST
from tests.edge.alarm.alarms import IDLE, OVER, RINGING


class Kernel:
    """A chip with 54 lines."""

    def __init__(self) -> None:
        self.holder = b""
        self.flags = 0
        self.values: list[int] = []
        self.refuses: dict[int, int] = {}
        """Error number by system call."""

    def ioctl(self, _file: int, request: int, content: bytearray) -> int:
        """Do what a GPIO chip does."""
        if request in self.refuses:
            raise OSError(self.refuses[request], os.strerror(self.refuses[request]))
        if request == GET_CHIP_INFO:
            content[:] = CHIP_INFO.pack(b"gpiochip0", b"pinctrl-rp1", 54)
        elif request == GET_LINE_INFO:
            (line,) = struct.unpack_from("=I", content, 64)
            if line >= 54:
                raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
            content[:] = LINE_INFO.pack(b"GPIO17", self.holder, line, 0, USED if self.holder else 0)
        elif request == GET_LINE:
            self._give(content)
        else:
            assert SET_VALUES == request
            bits, mask = VALUES.unpack(content)
            assert 1 == mask
            self.values.append(bits)
        return 0

    def _give(self, content: bytearray) -> None:
        if self.holder:
            raise OSError(errno.EBUSY, os.strerror(errno.EBUSY))
        *start, _ = REQUEST.unpack(content)
        self.holder, self.flags = bytes(start[1]).rstrip(b"\0"), start[2]
        content[:] = REQUEST.pack(*start, os.open(os.devnull, os.O_RDWR))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the device of a chip."""
    (tmp_path / "gpiochip0").touch()
    return tmp_path


def config(*, active_low: bool = False, line: int = 17) -> GpioConfig:
    """A line of the chip, by its label."""
    return GpioConfig(chip="pinctrl-rp1", line=line, active_low=active_low)


def test_the_numbers_are_those_of_the_kernel_headers() -> None:
    """Sizes of the structures of linux/gpio.h, and the calls that contain them."""
    assert (16, 256) == (VALUES.size, LINE_INFO.size)
    assert 3 << 30 | 16 << 16 | 0xB4 << 8 | 0x0F == SET_VALUES
    assert 3 << 30 | 256 << 16 | 0xB4 << 8 | 0x05 == GET_LINE_INFO


@pytest.mark.parametrize("active_low", [False, True])
def test_the_line_is_active_while_it_rings(folder: Path, *, active_low: bool) -> None:
    """It is taken inactive at the start, and what active means is the kernel's business."""
    kernel = Kernel()
    action = GpioAction(config(active_low=active_low), folder, kernel.ioctl)
    for alarm in (IDLE, RINGING, OVER):
        action.tell(alarm)
    action.close()

    assert [0, 1, 0, 0] == kernel.values
    assert OUTPUT | (ACTIVE_LOW if active_low else 0) == kernel.flags
    assert b"edge-agent alarm" == kernel.holder


def test_a_line_that_is_taken_is_tried_again(folder: Path) -> None:
    """At the next alarm, when it may be free."""
    kernel = Kernel()
    kernel.holder = b"spi0 CS0"
    action = GpioAction(config(), folder, kernel.ioctl)
    with pytest.raises(AlarmError, match=r"alarm.gpio: line 17 .*busy"):
        action.tell(IDLE)
    kernel.holder = b""

    action.tell(RINGING)
    action.close()

    assert [1, 0] == kernel.values


def test_a_line_that_cannot_be_set_is_taken_anew(folder: Path) -> None:
    """A chip that went away and came back."""
    kernel = Kernel()
    action = GpioAction(config(), folder, kernel.ioctl)
    action.tell(IDLE)
    kernel.refuses[SET_VALUES] = errno.ENODEV
    with pytest.raises(AlarmError, match="cannot be set: No such device"):
        action.tell(RINGING)
    kernel.refuses, kernel.holder = {}, b""

    action.tell(RINGING)
    action.close()

    assert [0, 1, 0] == kernel.values


def test_a_chip_that_does_not_exist_is_told(tmp_path: Path) -> None:
    """By its name."""
    with pytest.raises(AlarmError, match=r"pinctrl-rp1.*no GPIO chip"):
        GpioAction(config(), tmp_path).tell(IDLE)


def test_looking_touches_nothing(folder: Path) -> None:
    """The check of a siren's line is no alarm."""
    kernel = Kernel()

    told = examine_gpio(config(), folder, kernel.ioctl)

    assert f"line 17 of {folder}/gpiochip0 (GPIO17)" == told
    assert ([], b"") == (kernel.values, kernel.holder)


def test_a_running_agent_holds_it_rightly(folder: Path) -> None:
    """The check beside an agent that runs is no reason for alarm."""
    kernel = Kernel()
    kernel.holder = b"edge-agent alarm"

    assert examine_gpio(config(), folder, kernel.ioctl).endswith("held by a running agent")


@pytest.mark.parametrize(
    ("line", "holder", "text"), [(17, b"spi0 CS0", "spi0 CS0"), (60, b"", "60")]
)
def test_a_line_that_cannot_be_had_is_told(
    folder: Path, line: int, holder: bytes, text: str
) -> None:
    """Who has it, or that there is none."""
    kernel = Kernel()
    kernel.holder = holder

    with pytest.raises(AlarmError, match=text):
        examine_gpio(config(line=line), folder, kernel.ioctl)
