"""A device with a clock of its own, far off at its start or set at any time, behind a network."""

from itertools import pairwise

import numpy as np
import pytest

from edge.messages.clock import ClockSource, ClockState
from edge.packet import Block, Packet
from edge.sources.deviceclock import DeviceClock
from edge.timebase import TimeBase

START_NS = 1_700_000_000_000_000_000
RATE_HZ, COUNT = 31.3, 32
YEARS_S = 20 * 31_556_952.0
FAULT = 60
PACKETS = 150


def arriving(number: int, off_s: float, random: np.random.Generator) -> Packet:
    """Return a packet of a device whose clock is off, 0.1 to 0.3 s after its last sample."""
    true_s = ((number + 1) * COUNT - 1) / RATE_HZ
    numbers = np.arange(number * COUNT, (number + 1) * COUNT, dtype=np.float32)
    return Packet(
        samples=np.repeat(numbers[:, None], 3, axis=1),
        last_sample_ns=START_NS + round((true_s + off_s) * 1e9),
        arrival_ns=START_NS + round((true_s + random.uniform(0.1, 0.3)) * 1e9),
        nominal_rate_hz=31.25,
        clock=ClockState(source=ClockSource.FREE_RUN, error_s=0.5),
    )


def run(before_s: float, after_s: float) -> tuple[TimeBase, list[Block]]:
    """Run a device whose clock is off by one amount and then by another."""
    random = np.random.default_rng(8)
    clock, base = DeviceClock(0.2), TimeBase()
    packets = [
        stamped
        for number in range(PACKETS)
        for stamped in clock.push(arriving(number, before_s if number < FAULT else after_s, random))
    ]
    blocks = [block for packet in [*packets, *clock.flush()] for block in base.push(packet)]
    return base, [*blocks, *base.flush()]


@pytest.mark.parametrize(
    ("before_s", "after_s"),
    [
        (-YEARS_S, 0.0),
        (YEARS_S, 0.0),
        (0.0, -YEARS_S),
        (-YEARS_S, -300.0),
        (0.0, 300.0),
        (0.0, -300.0),
        (0.0, -40.0),
        (0.0, 0.0),
    ],
)
def test_times_stay_right_whatever_a_device_believes(before_s: float, after_s: float) -> None:
    """To the half second that a single arrival is worth; to the latency, when settled.

    A clock that is set back costs three seconds, in which it cannot be told from old packets.
    """
    base, blocks = run(before_s, after_s)
    numbers = np.concatenate([block.samples[:, 0] for block in blocks])
    times_s = np.concatenate(
        [
            (block.start_ns - START_NS) / 1e9 + np.arange(len(block.samples)) / block.rate_hz
            for block in blocks
        ]
    )
    errors_s = np.abs(times_s - numbers / RATE_HZ)

    assert errors_s.max() < 0.5
    assert errors_s[-20 * COUNT :].max() < 0.15
    assert base.counters.samples_in == len(numbers) + base.counters.samples_dropped
    assert base.counters.samples_dropped <= (4 * COUNT if after_s < before_s else 4)
    assert np.all(np.diff(numbers) > 0)


@pytest.mark.parametrize("off_s", [-YEARS_S, 300.0])
def test_the_stated_error_covers_a_device_that_is_set(off_s: float) -> None:
    """Before, while it is unclear, and after: within two of the stated sigmas."""
    _, blocks = run(off_s, 0.0)

    for block in blocks:
        last = len(block.samples) - 1
        true_s = float(block.samples[last, 0]) / RATE_HZ
        error_s = (block.time_ns(last) - START_NS) / 1e9 - true_s
        assert abs(error_s) <= 2 * block.clock.error_s


def test_blocks_are_in_order_through_all_of_it() -> None:
    """A device that is set three times: segments follow each other."""
    _, blocks = run(-YEARS_S, 300.0)

    assert all(a.end_ns <= b.start_ns for a, b in pairwise(blocks))
