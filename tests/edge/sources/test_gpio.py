"""Edges of a GPIO line by the kernel's interface, against a kernel of our own."""

import errno
import os
from pathlib import Path

import pytest

from edge.errors import SourceError
from edge.sources.gpio import (
    CHIP_INFO,
    EVENT,
    GET_CHIP_INFO,
    GET_LINE,
    INPUT,
    REQUEST,
    RISING,
    GpioLine,
    find_chip,
)


class Kernel:
    """Gives out the reading end of a pipe as the line's file."""

    def __init__(self, labels: dict[str, bytes] | None = None) -> None:
        self.labels = labels or {}
        self.request: tuple[object, ...] = ()
        self.line, self.wire = os.pipe()

    def ioctl(self, file: int, request: int, content: bytearray) -> int:
        """Do what a GPIO chip does."""
        if request == GET_CHIP_INFO:
            name = Path(f"/proc/self/fd/{file}").readlink().name
            content[:] = CHIP_INFO.pack(name.encode(), self.labels[name], 54)
        else:
            assert GET_LINE == request
            self.request = REQUEST.unpack(content)
            *start, _ = self.request
            content[:] = REQUEST.pack(*start, self.line)
        return 0

    def rise(self, *times_ns: int) -> None:
        """Let the line rise at these times."""
        for time_ns in times_ns:
            os.write(self.wire, EVENT.pack(time_ns, 1, 25))


@pytest.fixture
def chip(tmp_path: Path) -> Path:
    """Return a file that stands for a chip's device."""
    path = tmp_path / "gpiochip0"
    path.touch()
    return path


def test_the_numbers_are_those_of_the_kernel_headers() -> None:
    """Sizes of the structures of linux/gpio.h, and the calls that contain them."""
    assert (68, 592, 48) == (CHIP_INFO.size, REQUEST.size, EVENT.size)
    assert 2 << 30 | 68 << 16 | 0xB4 << 8 | 0x01 == GET_CHIP_INFO
    assert 3 << 30 | 592 << 16 | 0xB4 << 8 | 0x07 == GET_LINE


def test_rising_edges_come_with_the_kernels_time(chip: Path) -> None:
    """All that came since the last look, oldest first."""
    kernel = Kernel()

    with GpioLine(chip, 25, kernel.ioctl) as line:
        kernel.rise(1000, 2000)
        times = line.wait(1.0)
    os.close(kernel.wire)

    assert [1000, 2000] == times
    assert (
        (25, b"edge-agent", INPUT | RISING, 0, 1)
        == (
            kernel.request[0],
            bytes(kernel.request[1]).rstrip(b"\0"),  # type: ignore[arg-type]
            *kernel.request[2:5],
        )
    )


def test_no_edge_is_no_time(chip: Path) -> None:
    """The wait ends by itself."""
    kernel = Kernel()

    with GpioLine(chip, 25, kernel.ioctl) as line:
        times = line.wait(0.01)
    os.close(kernel.wire)

    assert [] == times


def test_a_chip_is_found_by_its_label(tmp_path: Path) -> None:
    """Numbers of chips change from kernel to kernel, labels do not."""
    for number in range(3):
        (tmp_path / f"gpiochip{number}").touch()
    labels = {"gpiochip0": b"a", "gpiochip1": b"pinctrl-rp1", "gpiochip2": b"c"}

    found = find_chip("pinctrl-rp1", tmp_path, Kernel(labels).ioctl)

    assert tmp_path / "gpiochip1" == found


def test_an_unknown_label_is_told_with_those_that_are_there(chip: Path) -> None:
    """A label of another board is a likely mistake."""
    kernel = Kernel({"gpiochip0": b"pinctrl-bcm2711"})

    with pytest.raises(SourceError, match="there are: pinctrl-bcm2711"):
        find_chip("pinctrl-rp1", chip.parent, kernel.ioctl)


def test_a_path_is_taken_as_it_is() -> None:
    """Nothing is searched."""
    assert Path("/dev/gpiochip4") == find_chip("/dev/gpiochip4")


def test_a_line_in_use_is_told(chip: Path) -> None:
    """Another process, or a kernel driver, holds it."""

    def busy(_file: int, _request: int, _content: bytearray) -> int:
        raise OSError(errno.EBUSY, os.strerror(errno.EBUSY))

    with pytest.raises(SourceError, match=r"line 25 cannot be watched .*busy"):
        GpioLine(chip, 25, busy)


def test_a_chip_that_does_not_exist_is_told(tmp_path: Path) -> None:
    """With the path."""
    with pytest.raises(SourceError, match="gpiochip9"):
        GpioLine(tmp_path / "gpiochip9", 1)
