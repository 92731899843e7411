"""Records of made-up earthquakes, and pickers that do what a test wants."""

import time
from collections.abc import Callable, Sequence

import numpy as np

from cloud.picking import PhasePick
from cloud.seismogram import Seismogram
from edge.messages import Phase
from edge.sources.synthetic_waveform import Arrivals, synthesise
from edge.timestamps import seconds_to_ns

START_NS = 1_600_000_000_000_000_000
P_S, S_S = 20.0, 26.0
_NOISE_M_S2 = 4e-4
_PEAK_M_S2 = 0.2


def quake(
    number: int = 0, *, rate_hz: float = 100.0, seconds: float = 60.0, p_s: float = P_S
) -> Seismogram:
    """Return a record with P `p_s` after its start and S six seconds later.

    Args:
        number: Seed, and number of the station.
        rate_hz: Sampling rate, Hz.
        seconds: Length.
        p_s: P after the start, s.
    """
    rng = np.random.default_rng(number)
    count = round(seconds * rate_hz)
    arrivals = Arrivals(p_s, p_s + S_S - P_S)
    motion = synthesise(5.0, 30.0, arrivals, rate_hz, count, rng)
    samples = _NOISE_M_S2 * rng.standard_normal((count, 3))
    samples += motion * (_PEAK_M_S2 / np.abs(motion).max())
    return Seismogram(f"XX.S{number:03d}", START_NS, rate_hz, samples.astype(np.float32))


def noise(number: int = 0, *, rate_hz: float = 100.0, seconds: float = 60.0) -> Seismogram:
    """Return a record of nothing."""
    rng = np.random.default_rng(number)
    samples = _NOISE_M_S2 * rng.standard_normal((round(seconds * rate_hz), 3))
    return Seismogram(f"XX.N{number:03d}", START_NS, rate_hz, samples.astype(np.float32))


def times_s(picks: Sequence[PhasePick], phase: Phase) -> list[float]:
    """Return when a phase was picked, seconds after the start of the record."""
    return [(pick.time_ns - START_NS) / 1e9 for pick in picks if pick.phase == phase]


def wait_until(condition: Callable[[], bool], patience_s: float = 60.0) -> None:
    """Wait for an event that a thread or a process brings about."""
    give_up_s = time.monotonic() + patience_s
    while not condition():
        assert time.monotonic() < give_up_s, "it did not come"
        time.sleep(0.005)


def at_s(offset_s: float) -> int:
    """Return a time so many seconds after the start of a record."""
    return START_NS + seconds_to_ns(offset_s)
