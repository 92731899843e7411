"""SPI through the kernel's own interface, `/dev/spidevB.C`, without a package in between.

The numbers are those of `linux/spi/spidev.h`, the same on all 64-bit ARM and x86 kernels.
"""

import ctypes
import fcntl
import os
import struct
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Final, Protocol, Self

from edge.errors import SourceError

SET_MODE: Final = 0x40016B01
SET_BITS_PER_WORD: Final = 0x40016B03
SET_SPEED_HZ: Final = 0x40046B04
TRANSFER_ONE: Final = 0x40206B00
TRANSFER: Final = struct.Struct("=QQIIHBBBBBx")
"""`struct spi_ioc_transfer`: two addresses, length, speed, delay, bits, select, widths, delay."""
MODE_0: Final = 0
"""Clock idles low, data are taken on its rising edge."""
BITS: Final = 8

Ioctl = Callable[[int, int, bytes], object]
"""`fcntl.ioctl`; tests put a kernel of their own in its place."""


class SpiBus(Protocol):
    """One chip at the end of a bus."""

    def transfer(self, sent: bytes) -> bytes:
        """Exchange bytes while the chip is selected; as many come back as were sent.

        Raises:
            OSError: The bus failed.
        """
        ...


class SpiDevice:
    """A chip behind a `/dev/spidevB.C`; close it, or use it in a `with`.

    Args:
        path: The device.
        speed_hz: Clock of the bus, hertz.
        ioctl: The system call.

    Raises:
        SourceError: There is no such device, or this user may not use it.
    """

    def __init__(self, path: Path, speed_hz: int, ioctl: Ioctl = fcntl.ioctl) -> None:
        self._ioctl = ioctl
        try:
            self._file = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            reason = "there is no such device; is SPI switched on (dtparam=spi=on)?"
            raise SourceError("spi", str(path), reason) from None
        except OSError as error:
            reason = f"cannot be opened ({error.strerror}); is this user in the group spi?"
            raise SourceError("spi", str(path), reason) from None
        try:
            ioctl(self._file, SET_MODE, struct.pack("=B", MODE_0))
            ioctl(self._file, SET_BITS_PER_WORD, struct.pack("=B", BITS))
            ioctl(self._file, SET_SPEED_HZ, struct.pack("=I", speed_hz))
        except OSError as error:
            self.close()
            reason = f"refuses mode 0 at {speed_hz} Hz ({error.strerror}); is it a spidev?"
            raise SourceError("spi", str(path), reason) from None

    def transfer(self, sent: bytes) -> bytes:
        """Exchange bytes while the chip is selected; as many come back as were sent.

        Raises:
            OSError: The bus failed.
        """
        outgoing = ctypes.create_string_buffer(sent, len(sent))
        incoming = ctypes.create_string_buffer(len(sent))
        addresses = ctypes.addressof(outgoing), ctypes.addressof(incoming)
        # Zeros after the length: speed, delay and word length as the device was set up.
        self._ioctl(self._file, TRANSFER_ONE, TRANSFER.pack(*addresses, len(sent), *(0,) * 7))
        return incoming.raw

    def close(self) -> None:
        """Let go of the device."""
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
