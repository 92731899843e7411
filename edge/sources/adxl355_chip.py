"""The ADXL355 (and its sibling ADXL357) at the level of registers, over SPI.

Facts from the data sheet ADXL354/ADXL355: SPI mode 0, at most 10 MHz; a command byte is the
register's address, shifted left, and 1 for reading; several bytes go on to the next register,
except at FIFO_DATA. The FIFO has 96 words of 24 bits, three a sample: 20 bits of data, then two
that are nothing, one that says "the FIFO was empty" and one that marks the x axis.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge.errors import SourceError
from edge.sources.spi import SpiBus

DEVID_AD, DEVID_MST, PARTID = 0x00, 0x01, 0x02
STATUS, FIFO_ENTRIES, TEMP2 = 0x04, 0x05, 0x06
FIFO_DATA: Final = 0x11
FILTER, FIFO_SAMPLES, INT_MAP, RANGE = 0x28, 0x29, 0x2A, 0x2C
POWER_CTL, SELF_TEST, RESET = 0x2D, 0x2E, 0x2F

IDENTITY: Final = (0xAD, 0x1D, 0xED)
STATUS_FIFO_OVERRUN: Final = 0x04
STATUS_NVM_BUSY: Final = 0x10
INT1_ON_FIFO_FULL: Final = 0x02
INTERRUPTS_RISE: Final = 0x40
"""In RANGE: interrupt pins are high when they have something to say."""
STANDBY: Final = 0x01
MEASURE: Final = 0x00
RESET_CODE: Final = 0x52
SELF_TEST_FORCE: Final = 0x03
FIFO_WORDS: Final = 96
WORD_BYTES: Final = 3
AXES: Final = 3
X_MARKER: Final = 0x01
EMPTY_MARKER: Final = 0x02
FASTEST_RATE_HZ: Final = 4000.0
TEMPERATURE_AT_25_C: Final = 1885
"""Reading at 25 degrees Celsius, data sheet, typical."""
TEMPERATURE_SLOPE: Final = -9.05
"""Counts per degree, data sheet."""
_READ: Final = 1
_RESET_S: Final = 0.01
_RESET_LOOKS: Final = 10


@dataclass(frozen=True, slots=True)
class FifoReading:
    """What the FIFO held at one moment."""

    counts: NDArray[np.int64]
    """Shape (n, 3): x, y, z, oldest first."""
    overrun: bool
    """Older samples were lost since the last reading."""
    broken_words: int
    """Words that belonged to no whole sample."""
    temperature_c: float


class Adxl355Chip:
    """One chip.

    Args:
        bus: The SPI bus with the chip selected by it.
        place: Where it is, for messages.
        sleep: Waits for so many seconds.
    """

    def __init__(self, bus: SpiBus, place: str, sleep: Callable[[float], None]) -> None:
        self._bus = bus
        self._place = place
        self._sleep = sleep
        self._rest: bytes = b""

    def reset(self) -> None:
        """Bring the chip to its state at power-on and make sure that it is the right one.

        Raises:
            SourceError: Something else answers, or nothing.
            OSError: The bus failed.
        """
        self.write(RESET, RESET_CODE)
        for _ in range(_RESET_LOOKS):
            self._sleep(_RESET_S)
            if not self.read(STATUS, 1)[0] & STATUS_NVM_BUSY:
                break
        self._rest = b""
        seen = tuple(self.read(DEVID_AD, len(IDENTITY)))
        if seen != IDENTITY:
            raise SourceError("adxl355", self._place, _wrong_identity(seen))

    def configure(self, rate_hz: float, range_code: int, watermark: int) -> None:
        """Set rate, range and the number of samples at which INT1 rises.

        Measuring is off afterwards, and the FIFO empty of what was measured otherwise.

        Args:
            rate_hz: 4000 Hz or a half, a quarter and so on of it.
            range_code: 1 for the smallest range, 3 for the largest.
            watermark: Samples of three axes in the FIFO, at most 32.

        Raises:
            OSError: The bus failed.
        """
        self.write(POWER_CTL, STANDBY)
        self.write(FILTER, round(math.log2(FASTEST_RATE_HZ / rate_hz)))
        self.write(FIFO_SAMPLES, watermark * AXES)
        self.write(INT_MAP, INT1_ON_FIFO_FULL)
        self.write(RANGE, INTERRUPTS_RISE | range_code)
        self.read_fifo()
        self._rest = b""

    def measure(self, *, self_test: bool = False) -> None:
        """Start measuring; with the self-test's force on the proof mass where asked for.

        Raises:
            OSError: The bus failed.
        """
        self.write(SELF_TEST, SELF_TEST_FORCE if self_test else 0)
        self.write(POWER_CTL, MEASURE)

    def read_fifo(self) -> FifoReading:
        """Take everything out of the FIFO.

        Raises:
            OSError: The bus failed, or what came back can be no answer of this chip.
        """
        status, entries, temperature_high, temperature_low = self.read(STATUS, 4)
        if entries > FIFO_WORDS:
            raise OSError(f"FIFO_ENTRIES reads 0x{entries:02x}; at most 0x60 can be")
        words = self.read(FIFO_DATA, entries * WORD_BYTES) if entries else b""
        counts, self._rest, broken = decode(self._rest + words)
        return FifoReading(
            counts=counts,
            overrun=bool(status & STATUS_FIFO_OVERRUN),
            broken_words=broken,
            temperature_c=temperature_c(temperature_high, temperature_low),
        )

    def read(self, register: int, count: int) -> bytes:
        """Return the content of registers.

        Raises:
            OSError: The bus failed.
        """
        return self._bus.transfer(bytes([register << 1 | _READ]) + bytes(count))[1:]

    def write(self, register: int, value: int) -> None:
        """Set a register.

        Raises:
            OSError: The bus failed.
        """
        self._bus.transfer(bytes([register << 1, value]))


def temperature_c(high: int, low: int) -> float:
    """Return degrees Celsius of the registers TEMP2 and TEMP1."""
    reading = (high & 0x0F) << 8 | low
    return 25 + (reading - TEMPERATURE_AT_25_C) / TEMPERATURE_SLOPE


def decode(content: bytes) -> tuple[NDArray[np.int64], bytes, int]:
    """Return the samples in words of the FIFO.

    A sample is a word with the x marker and two without; what does not come so is left out,
    which is how the reading finds its place again after an overrun or a disturbed bus.

    Args:
        content: Words of three bytes.

    Returns:
        Counts, shape (n, 3); the words of a last sample that is not whole yet; how many words
        were left out.
    """
    words = np.frombuffer(content, dtype=np.uint8).reshape(-1, WORD_BYTES).astype(np.int64)
    full = words[words[:, 2] & EMPTY_MARKER == 0]
    is_x = (full[:, 2] & X_MARKER).astype(bool)
    starts = np.flatnonzero(is_x)
    bounds = np.append(starts[1:], len(full))
    whole = starts[bounds - starts == AXES]
    rest = _unfinished(full, starts)
    values = full[:, 0] << 12 | full[:, 1] << 4 | full[:, 2] >> 4
    values = np.where(values >= 1 << 19, values - (1 << 20), values)
    counts = values[whole[:, None] + np.arange(AXES)]
    broken = len(full) - counts.size - len(rest)
    return counts, rest.astype(np.uint8).tobytes(), broken


def _unfinished(words: NDArray[np.int64], starts: NDArray[np.intp]) -> NDArray[np.int64]:
    """Return the words of a last sample whose other axes have not come yet."""
    if len(starts) == 0 or len(words) - starts[-1] >= AXES:
        return words[:0]
    return words[starts[-1] :]


def _wrong_identity(seen: tuple[int, ...]) -> str:
    shown = " ".join(f"0x{value:02x}" for value in seen)
    wanted = " ".join(f"0x{value:02x}" for value in IDENTITY)
    if set(seen) <= {0x00} or set(seen) <= {0xFF}:
        return f"nothing answers (identity {shown}); look at power, MISO, clock and chip select"
    return f"identity is {shown}, an ADXL355 has {wanted}; is it another chip, or a loose wire?"
