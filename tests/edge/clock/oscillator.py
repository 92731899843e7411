"""A sensor with a wrong and drifting oscillator, a jittering clock, and readings that are lost.

Each sample carries its own number, so that the time that a station gives it can be held against
the time at which it was taken.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge.messages.clock import ClockSource, ClockState
from edge.packet import Block, Packet

START_NS = 1_700_000_000_000_000_000
PERFECT = ClockState(source=ClockSource.NTP, error_s=0.0)
"""So that what a block says of its error is the time base's own."""
BOOT_NS = 5_000_000_000_000
HOST_PPM = 12.0
"""How much faster the host's steady clock runs than true time."""
_MOST_LATE_S = 0.2


@dataclass(frozen=True)
class Case:
    """One sensor in one place."""

    name: str
    ppm: float = 20.0
    """How much slower the oscillator is than it claims, parts per million."""
    ppm_per_degree: float = 0.0
    warming_c: float = 0.0
    """A warming in half an hour, after a quarter of an hour of constant temperature."""
    tells_temperature: bool = False
    jitter_s: float = 0.0
    """Every stamp is off by so much, one sigma, normally distributed."""
    late_share: float = 0.0
    """Share of packets that are late by 0.1 s on average."""
    lost_share: float = 0.0
    """Share of readings that are lost with their samples."""
    on_host: bool = False
    """The sensor hangs on the station: packets tell the steady clock."""
    rate_hz: float = 125.0
    count: int = 32
    hours: float = 1.0


@dataclass(frozen=True)
class Sampled:
    """What arrives, and the truth."""

    packets: list[Packet]
    times_s: NDArray[np.float64]
    """True time of each sample since the start, by its number."""


def sample(case: Case, seed: int = 0) -> Sampled:
    """Run a sensor."""
    random = np.random.default_rng(seed)
    number = round(case.hours * 3600 * case.rate_hz / case.count)
    span_s = case.count / case.rate_hz
    nominal_s = np.arange(number) * span_s
    warmth_c = case.warming_c * np.clip((nominal_s - 900) / 1800, 0, 1)
    wander = 1e-7 * np.sqrt(span_s) * np.cumsum(random.standard_normal(number))
    slow = 1e-6 * (case.ppm + case.ppm_per_degree * warmth_c) + wander
    periods_s = np.repeat((1 + slow) / case.rate_hz, case.count)
    times_s = np.cumsum(periods_s)
    stamps_s = times_s[case.count - 1 :: case.count] + case.jitter_s * random.standard_normal(
        number
    )
    late_s = (random.random(number) < case.late_share) * random.exponential(0.1, number)
    kept = random.random(number) >= case.lost_share
    temperatures_c = 25 + warmth_c + 0.1 * random.standard_normal(number)
    packets = [
        _packet(case, int(n), times_s, float(stamps_s[n] + late_s[n]), float(temperatures_c[n]))
        for n in np.flatnonzero(kept)
    ]
    return Sampled(packets, times_s)


def _packet(
    case: Case, number: int, times_s: NDArray[np.float64], stamp_s: float, temperature_c: float
) -> Packet:
    first, count = number * case.count, case.count
    true_s = float(times_s[first + count - 1])
    delay_s = 0.002 if case.on_host else 0.15
    wall_s = stamp_s + delay_s if case.on_host else true_s + delay_s
    steady_ns = BOOT_NS + round((true_s + delay_s) * (1 + HOST_PPM * 1e-6) * 1e9)
    return Packet(
        samples=np.repeat(np.arange(first, first + count, dtype=np.float32)[:, None], 3, axis=1),
        last_sample_ns=START_NS + round(stamp_s * 1e9),
        arrival_ns=START_NS + round(wall_s * 1e9),
        nominal_rate_hz=case.rate_hz,
        clock=PERFECT,
        steady_ns=steady_ns if case.on_host else None,
        temperature_c=temperature_c if case.tells_temperature else None,
    )


@dataclass(frozen=True)
class Errors:
    """Times that samples were given, less the times at which they were taken."""

    at_s: NDArray[np.float64]
    """When each sample was taken."""
    error_s: NDArray[np.float64]
    stated_s: NDArray[np.float64]
    """One sigma, as the station states it."""

    def after(self, settled_s: float) -> "Errors":
        """Return those of samples that were taken later than this."""
        late = self.at_s > settled_s
        return Errors(self.at_s[late], self.error_s[late], self.stated_s[late])

    @property
    def rms_s(self) -> float:
        """The root of the mean square."""
        return float(np.sqrt(np.mean(self.error_s**2)))

    @property
    def honest_share(self) -> float:
        """Share of samples whose error is within two of the stated sigmas."""
        return float(np.mean(np.abs(self.error_s) <= 2 * self.stated_s))

    def settled_at_s(self, bound_s: float) -> float:
        """Return when the error was first below a bound over ten minutes, root mean square."""
        minutes = (self.at_s // 60).astype(int)
        mean_squares = np.bincount(minutes, self.error_s**2) / np.maximum(np.bincount(minutes), 1)
        ten = np.convolve(mean_squares, np.full(10, 0.1), mode="valid")
        settled = np.flatnonzero(np.sqrt(ten) <= bound_s)
        return 60.0 * int(settled[0]) if len(settled) else float("inf")


def errors_of(blocks: Iterable[Block], times_s: NDArray[np.float64]) -> Errors:
    """Hold the times of blocks against the truth."""
    parts = list(_parts(blocks, times_s))
    return Errors(*(np.concatenate([part[column] for part in parts]) for column in range(3)))


def _parts(
    blocks: Iterable[Block], times_s: NDArray[np.float64]
) -> Iterator[tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]]:
    for block in blocks:
        true_s = times_s[block.samples[:, 0].astype(int)]
        given_s = (block.start_ns - START_NS) / 1e9 + np.arange(len(true_s)) / block.rate_hz
        yield true_s, given_s - true_s, np.full(len(true_s), block.clock.error_s)
