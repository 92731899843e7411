"""SPI by the kernel's interface, against a kernel of our own behind the same system call."""

import ctypes
import errno
import os
import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from edge.errors import SourceError
from edge.sources.spi import (
    SET_BITS_PER_WORD,
    SET_MODE,
    SET_SPEED_HZ,
    TRANSFER,
    TRANSFER_ONE,
    SpiDevice,
)


class Kernel:
    """Answers with the bytes that were sent, each turned over."""

    def __init__(self) -> None:
        self.settings: dict[int, int] = {}

    def ioctl(self, _file: int, request: int, content: bytes) -> int:
        """Do what spidev does."""
        if request != TRANSFER_ONE:
            self.settings[request] = int.from_bytes(content, "little")
            return 0
        sent, received, length, *rest = TRANSFER.unpack(content)
        assert [0] * 7 == rest
        answer = bytes(byte ^ 0xFF for byte in ctypes.string_at(sent, length))
        ctypes.memmove(received, answer, length)
        return length


def test_the_numbers_are_those_of_the_kernel_headers() -> None:
    """`_IOW('k', n, size)` of linux/spi/spidev.h, and the size of its structure."""

    def iow(number: int, size: int) -> int:
        return 1 << 30 | size << 16 | ord("k") << 8 | number

    assert 32 == TRANSFER.size
    assert (iow(0, 32), iow(1, 1), iow(3, 1), iow(4, 4)) == (
        TRANSFER_ONE,
        SET_MODE,
        SET_BITS_PER_WORD,
        SET_SPEED_HZ,
    )


def test_bytes_go_out_and_come_back(tmp_path: Path) -> None:
    """As many as were sent, at the speed that was set."""
    path = tmp_path / "spidev0.0"
    path.touch()
    kernel = Kernel()

    with SpiDevice(path, 4_000_000, kernel.ioctl) as bus:
        answer = bus.transfer(b"\x0b\x00\x7f")

    assert b"\xf4\xff\x80" == answer
    assert {SET_MODE: 0, SET_BITS_PER_WORD: 8, SET_SPEED_HZ: 4_000_000} == kernel.settings


def refusing(_file: int, _request: int, _content: bytes) -> int:
    """Refuse as a kernel does whose device is no spidev."""
    raise OSError(errno.ENOTTY, os.strerror(errno.ENOTTY))


def test_a_file_that_is_no_spi_device_is_told(tmp_path: Path) -> None:
    """The refusal of the first setting is enough."""
    path = tmp_path / "spidev0.0"
    path.touch()

    with pytest.raises(SourceError, match=r"refuses mode 0 at 1000000 Hz.*is it a spidev"):
        SpiDevice(path, 1_000_000, refusing)


@pytest.mark.parametrize(
    ("make", "message"),
    [(lambda _: None, "dtparam=spi=on"), (lambda path: path.mkdir(), "group spi")],
)
def test_a_device_that_cannot_be_opened_is_told(
    tmp_path: Path, make: Callable[[Path], None], message: str
) -> None:
    """Absent, or not ours to open."""
    path = tmp_path / "spidev0.0"
    make(path)

    with pytest.raises(SourceError, match=message):
        SpiDevice(path, 1_000_000)


def test_a_failing_transfer_is_an_error_of_the_system(tmp_path: Path) -> None:
    """The chip's driver decides how often to try again."""
    path = tmp_path / "spidev0.0"
    path.touch()
    kernel = Kernel()
    with SpiDevice(path, 1_000_000, kernel.ioctl) as bus:
        bus._ioctl = refusing

        with pytest.raises(OSError, match="ioctl"):
            bus.transfer(struct.pack("=B", 1))
