"""Streams that tests are made of."""

import itertools
from collections.abc import Iterator

import numpy as np

from edge.messages import ClockSource, ClockState
from edge.packet import Block, Packet
from edge.timestamps import NANOSECONDS_PER_SECOND

START_NS = 1_580_367_093_000_000_000
CLOCK = ClockState(source=ClockSource.NTP, error_s=0.01)
MEMS_NOISE_M_S2 = 6e-4
"""About what an ADXL355 shows at 31.25 Hz, rms."""


def noise(seconds: float, rate_hz: float = 32.0, seed: int = 1) -> np.ndarray:
    """White sensor noise, shape (n, 3), m/s2."""
    count = round(seconds * rate_hz)
    scaled = np.random.default_rng(seed).normal(size=(count, 3)) * MEMS_NOISE_M_S2
    return scaled.astype(np.float32)


def burst(
    trace: np.ndarray, onset_s: float, peak_m_s2: float, decay_s: float, rate_hz: float = 32.0
) -> np.ndarray:
    """The trace with a 4 Hz burst that begins at once and decays, on all components."""
    times_s = np.arange(len(trace)) / rate_hz - onset_s
    wave = np.where(times_s >= 0, np.exp(-times_s / decay_s) * np.sin(8 * np.pi * times_s), 0.0)
    return (trace + peak_m_s2 * wave[:, None]).astype(np.float32)


def blocks(
    trace: np.ndarray, rate_hz: float = 32.0, size: int = 8, start_ns: int = START_NS
) -> Iterator[Block]:
    """Cut a trace into blocks that continue each other."""
    edges = [*range(0, len(trace), size), len(trace)]
    for a, b in itertools.pairwise(edges):
        if b > a:
            begin_ns = start_ns + round(a * NANOSECONDS_PER_SECOND / rate_hz)
            arrival_ns = start_ns + round(b * NANOSECONDS_PER_SECOND / rate_hz)
            yield Block(begin_ns, rate_hz, trace[a:b], CLOCK, arrival_ns, continues=a > 0)


def packets(
    trace: np.ndarray, rate_hz: float = 100.0, size: int = 25, start_ns: int = START_NS
) -> Iterator[Packet]:
    """Cut a trace into packets with perfect times."""
    for block in blocks(trace, rate_hz, size, start_ns):
        last_ns = block.time_ns(len(block.samples) - 1)
        yield Packet(block.samples, last_ns, last_ns, rate_hz, CLOCK)
