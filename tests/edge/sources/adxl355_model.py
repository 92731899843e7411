"""A model of the ADXL355 at the level of its registers and FIFO, behind the SPI bus protocol.

It samples a given motion in simulated time at its own, slightly wrong, rate, keeps 96 words, marks
them as the chip does, and has the faults that chips and wires have.
"""

import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from edge.sources.adxl355_chip import (
    DEVID_AD,
    FIFO_DATA,
    FIFO_ENTRIES,
    FIFO_SAMPLES,
    FIFO_WORDS,
    FILTER,
    IDENTITY,
    INT_MAP,
    POWER_CTL,
    RANGE,
    RESET,
    RESET_CODE,
    SELF_TEST,
    STATUS,
    STATUS_FIFO_OVERRUN,
    TEMP2,
)
from tests.edge.sources.simulated_host import SimulatedTime

REGISTERS = 0x30
FULL, READY = 0x02, 0x01
LSB_PER_G = {1: 256_000, 2: 128_000, 3: 64_000}
SELF_TEST_G = (0.3, 0.3, 1.5)
Motion = Callable[[float], tuple[float, float, float]]
"""Seconds since the start to x, y, z in g."""


def at_rest(_: float) -> tuple[float, float, float]:
    """Return gravity alone."""
    return 0.0, 0.0, 1.0


@dataclass
class Adxl355Model:
    """One chip. Its faults are attributes that a test sets at any moment."""

    time: SimulatedTime
    motion: Motion = at_rest
    rate_error: float = 0.0
    """How much faster its oscillator runs, relative."""
    temperature_reading: int = 1885
    noise_g: float = 1e-4
    identity: tuple[int, ...] = IDENTITY
    stuck: dict[int, int] = field(default_factory=dict)
    """Counts at which an axis (0 x, 1 y, 2 z) stands still."""
    silent: bool = False
    """Takes no more samples, as after a loss of power."""
    broken: bool = False
    """The bus fails at every transfer."""
    failing: int = 0
    """So many transfers fail from now on."""
    line: int | None = None
    """MISO hangs at this byte."""
    flip_share: float = 0.0
    """Share of the bits of FIFO words that the wires turn over."""
    weak_self_test: bool = False

    def __post_init__(self) -> None:
        self.registers = bytearray(REGISTERS)
        self.fifo: deque[bytes] = deque()
        self.edges_ns: list[int] = []
        self.sample_times_ns: list[int] = []
        """When each sample since the start was taken, monotonic."""
        self.resets = 0
        self.transfers = 0
        self._chance = random.Random(1)
        self._next_ns = 0.0
        self._reset()

    @property
    def period_ns(self) -> float:
        """Nanoseconds between two samples."""
        return 1e9 / (4000 / 2 ** (self.registers[FILTER] & 0x0F) * (1 + self.rate_error))

    def transfer(self, sent: bytes) -> bytes:
        """Answer as the chip does."""
        self.transfers += 1
        if self.broken or self.failing > 0:
            self.failing -= 1
            raise OSError(5, "Input/output error")
        self.run()
        register, is_read = sent[0] >> 1, sent[0] & 1
        if not is_read:
            self._write(register, sent[1:])
            return bytes(len(sent))
        answer = bytes(1) + self._read(register, len(sent) - 1)
        return answer if self.line is None else bytes([self.line]) * len(sent)

    def run(self) -> None:
        """Take the samples that are due."""
        if self.registers[POWER_CTL] & 1 or self.silent:
            self._next_ns = self.time.passed_ns + self.period_ns
            return
        while self._next_ns <= self.time.passed_ns:
            self._sample(round(self._next_ns))
            self._next_ns += self.period_ns

    def next_full_ns(self) -> int:
        """Return when the FIFO will be as full as its watermark."""
        missing = self.registers[FIFO_SAMPLES] - len(self.fifo)
        return round(self._next_ns + (max(missing, 1) // 3 - 1) * self.period_ns)

    def _reset(self) -> None:
        self.registers[:] = bytes(REGISTERS)
        self.registers[DEVID_AD : DEVID_AD + 3] = bytes(self.identity)
        self.registers[TEMP2 : TEMP2 + 2] = self.temperature_reading.to_bytes(2, "big")
        self.registers[FIFO_SAMPLES] = FIFO_WORDS
        self.registers[RANGE] = 0x81
        self.registers[POWER_CTL] = 0x01
        self.fifo.clear()

    def _write(self, register: int, values: bytes) -> None:
        for offset, value in enumerate(values):
            if register + offset == RESET and value == RESET_CODE:
                self.resets += 1
                self._reset()
            else:
                self.registers[register + offset] = value

    def _read(self, register: int, count: int) -> bytes:
        if register == FIFO_DATA:
            return b"".join(self._pop() for _ in range(count // 3))
        self.registers[FIFO_ENTRIES] = len(self.fifo)
        content = bytes(self.registers[register : register + count])
        if register <= STATUS < register + count:
            self.registers[STATUS] = 0
        return content

    def _pop(self) -> bytes:
        word = self.fifo.popleft() if self.fifo else b"\x00\x00\x02"
        if not self.flip_share:
            return word
        mask = sum(1 << bit for bit in range(24) if self._chance.random() < self.flip_share)
        return (int.from_bytes(word, "big") ^ mask).to_bytes(3, "big")

    def _sample(self, time_ns: int) -> None:
        pushed = self.registers[SELF_TEST] == 3 and not self.weak_self_test
        lsb_per_g = LSB_PER_G[self.registers[RANGE] & 3]
        for axis, motion_g in enumerate(self.motion(time_ns / 1e9)):
            g = motion_g + pushed * SELF_TEST_G[axis] + self._chance.gauss(0, self.noise_g)
            counts = min(max(round(g * lsb_per_g), -(1 << 19)), (1 << 19) - 1)
            value = self.stuck.get(axis, counts) & 0xFFFFF
            self._push((value << 4 | (axis == 0)).to_bytes(3, "big"))
        self.sample_times_ns.append(time_ns)
        self.registers[STATUS] |= READY
        if len(self.fifo) == self.registers[FIFO_SAMPLES]:
            self.registers[STATUS] |= FULL
            if self.registers[INT_MAP] & FULL:
                self.edges_ns.append(time_ns)

    def _push(self, word: bytes) -> None:
        if len(self.fifo) == FIFO_WORDS:
            self.fifo.popleft()
            self.registers[STATUS] |= STATUS_FIFO_OVERRUN
        self.fifo.append(word)


@dataclass
class ModelEdges:
    """The wire from the model's INT1 to the host, and the host's latency to wake up by it."""

    chip: Adxl355Model
    latency_s: float = 0.001
    cut: bool = False

    def wait(self, timeout_s: float) -> list[int]:
        """Let time pass until the FIFO is as full as its watermark."""
        time = self.chip.time
        due_ns = self.chip.next_full_ns()
        if self.cut or self.chip.silent or due_ns > time.passed_ns + timeout_s * 1e9:
            time.sleep(timeout_s)
            self.chip.run()
            self.chip.edges_ns.clear()
            return []
        time.sleep(max(due_ns - time.passed_ns, 0) / 1e9 + self.latency_s)
        self.chip.run()
        edges, self.chip.edges_ns = self.chip.edges_ns, []
        return edges
