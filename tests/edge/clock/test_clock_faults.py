"""What is done to the host's clock while a sensor goes on: set by years, by minutes, back, a leap.

A real source reads the register-level chip in simulated time; the wall clock is set under it.
"""

import threading
from collections.abc import Callable
from contextlib import nullcontext
from itertools import islice, pairwise

import numpy as np
import pytest
from structlog.testing import capture_logs

from edge.clock.wallaxis import is_leap_second
from edge.packet import Block, Packet
from edge.sources.adxl355 import Adxl355Config, Adxl355Source
from edge.timebase import TimeBase
from edge.timestamps import parse_time
from tests.edge.sources.adxl355_model import Adxl355Model
from tests.edge.sources.simulated_host import CLOCK, SimulatedTime

YEAR_S = 31_556_952.0
SECOND_NS = 1_000_000_000
PACKETS = 600
FAULT = 300


class Run:
    """A minute of a chip on a host, with something done to the host in the middle."""

    def __init__(self, fault: Callable[[Adxl355Model], None], begin: str = "") -> None:
        self.time = SimulatedTime()
        if begin:
            self.time.wall_start_ns = parse_time(begin)
        self.chip = Adxl355Model(self.time, rate_error=-0.013)
        source = Adxl355Source(
            Adxl355Config(self_test=False), self.time.clock(), lambda: nullcontext(self.chip)
        )
        self.base = TimeBase(source.describe().nominal_rate_hz)
        self.before: list[Block] = []
        self.after: list[Block] = []
        with capture_logs() as self.logs:
            packets = source.read(threading.Event())
            for number, packet in enumerate(islice(packets, PACKETS)):
                blocks = self.base.push(packet)
                (self.before if number <= FAULT else self.after).extend(blocks)
                if number == FAULT:
                    fault(self.chip)

    @property
    def blocks(self) -> list[Block]:
        """All blocks, in order."""
        return self.before + self.after

    def errors_s(self, blocks: list[Block]) -> np.ndarray:
        """Return given less true wall time of the last sample of each block, as set at the end."""
        return np.array([self._error_s(block) for block in blocks])

    def _error_s(self, block: Block) -> float:
        true_ns = np.array(self.chip.sample_times_ns) + self.time.wall_start_ns
        last_ns = block.time_ns(len(block.samples) - 1)
        return float(np.abs(true_ns - last_ns).min()) / 1e9


def set_clock(by_s: float) -> Callable[[Adxl355Model], None]:
    """Return a fault that sets the wall clock."""

    def fault(chip: Adxl355Model) -> None:
        chip.time.wall_start_ns += round(by_s * 1e9)

    return fault


@pytest.mark.parametrize("by_s", [20 * YEAR_S, -20 * YEAR_S, 300.0, -300.0, 1.0, -1.0, 0.45, -0.45])
def test_a_clock_that_is_set_begins_one_new_segment(by_s: float) -> None:
    """No sample is lost or repeated, the new times are right at once, and it is said."""
    run = Run(set_clock(by_s))

    assert 1 == run.base.counters.steps
    assert 0 == run.base.counters.gaps
    assert sum(len(block.samples) for block in run.blocks) == run.base.counters.samples_in
    assert [run.after[0].start_ns] == [b.start_ns for b in run.blocks[1:] if not b.continues]
    assert run.errors_s(run.after).max() < 0.006
    assert [by_s] == [
        pytest.approx(log["by_s"], abs=0.01) for log in run.logs if log["event"] == "clock_set"
    ]


@pytest.mark.parametrize("by_s", [0.1, -0.1, 0.02])
def test_a_small_correction_is_followed_without_a_new_segment(by_s: float) -> None:
    """A tenth of a second is no reason to blind the detectors: times are steered, and say so."""
    run = Run(set_clock(by_s))

    assert 0 == run.base.counters.steps
    assert all(block.continues for block in run.blocks[1:])
    assert all(a.end_ns == b.start_ns for a, b in pairwise(run.blocks))
    assert max(block.clock.error_s for block in run.after) > abs(by_s) / 2
    assert run.errors_s(run.after[-50:]).max() < 0.006


def test_times_rise_within_a_segment_whatever_happens() -> None:
    """Set forwards and back again and again, by seconds: each segment is in order."""
    time = SimulatedTime()
    chip = Adxl355Model(time)
    source = Adxl355Source(Adxl355Config(self_test=False), time.clock(), lambda: nullcontext(chip))
    base = TimeBase(125.0)
    random = np.random.default_rng(3)
    blocks: list[Block] = []
    settings = 0
    for number, packet in enumerate(islice(source.read(threading.Event()), 1000)):
        blocks += base.push(packet)
        if number % 25 == 24:
            time.wall_start_ns += round(random.choice([-1, 1]) * random.uniform(1, 400) * 1e9)
            settings += 1

    joined = [(a, b) for a, b in pairwise(blocks) if b.continues]
    assert settings - 1 == base.counters.steps
    assert all(a.end_ns == b.start_ns for a, b in joined)
    assert sum(len(block.samples) for block in blocks) == base.counters.samples_in


@pytest.mark.parametrize(
    ("begin", "by_s", "event"),
    [
        ("2016-12-31T23:59:30Z", -1.0, "leap_second"),
        ("2016-12-15T23:59:30Z", -1.0, "clock_set"),
        ("2016-12-31T23:59:30Z", -3.0, "clock_set"),
    ],
    ids=["leap second", "no end of a month", "not a second"],
)
def test_a_leap_second_is_said_to_be_one(begin: str, by_s: float, event: str) -> None:
    """The kernel sets the clock back by one second at midnight: a segment, by its name."""
    run = Run(set_clock(by_s), begin=begin)

    assert [event] == [log["event"] for log in run.logs]
    assert 1 == run.base.counters.steps


@pytest.mark.parametrize(
    ("time", "change_s", "expected"),
    [
        ("2017-01-01T00:00:00Z", -1.0, True),
        ("2016-12-31T23:59:59.5Z", -1.0, True),
        ("2030-07-01T00:00:00.2Z", 1.0, True),
        ("2017-01-01T00:01:00Z", -1.0, False),
        ("2017-01-02T00:00:00Z", -1.0, False),
        ("2017-01-01T00:00:00Z", -0.5, False),
    ],
)
def test_what_a_leap_second_is(time: str, change_s: float, *, expected: bool) -> None:
    """One second, within seconds of the midnight that ends a month."""
    assert expected is is_leap_second(parse_time(time), change_s)


@pytest.mark.parametrize("silent_s", [2.0, 4.0])
def test_a_sensor_that_falls_silent_and_returns_is_a_gap_with_right_times(silent_s: float) -> None:
    """What is known of its rate is kept; no time is invented for what was not measured."""

    def fall_silent(chip: Adxl355Model) -> None:
        chip.silent = True
        chip.run()
        chip.time.sleep(silent_s)
        chip.run()
        chip.silent = False

    run = Run(fall_silent)
    (anew,) = [block for block in run.blocks[1:] if not block.continues]

    assert 1 == run.base.counters.gaps
    assert 0 == run.base.counters.steps
    assert pytest.approx(silent_s, abs=0.15) == (anew.start_ns - run.before[-1].end_ns) / 1e9
    assert run.errors_s(run.after).max() < 0.01
    assert pytest.approx(125 * (1 - 0.013), rel=2e-3) == run.base.rate_hz


def test_a_host_that_stalls_loses_samples_and_no_time() -> None:
    """Three seconds without a reading: the FIFO overran, what it held is timed right."""

    def stall(chip: Adxl355Model) -> None:
        chip.time.stalls_s.append(3.0)

    run = Run(stall)

    assert 1 == run.base.counters.gaps
    assert run.errors_s(run.after).max() < 0.01


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_a_stuck_component_changes_no_time(axis: int) -> None:
    """Filters start anew where it goes missing; the axis of time goes on."""

    def stick(chip: Adxl355Model) -> None:
        chip.stuck = {axis: 1000}

    run = Run(stick)

    assert 0 == run.base.counters.gaps + run.base.counters.steps
    assert all(a.end_ns == b.start_ns for a, b in pairwise(run.blocks))
    assert run.errors_s(run.after).max() < 0.006


def test_noise_changes_no_time() -> None:
    """A sensor that measures nothing but noise, a thousand times its own, is timed as before."""

    def roar(chip: Adxl355Model) -> None:
        chip.noise_g = 0.1

    run = Run(roar)

    assert 0 == run.base.counters.gaps + run.base.counters.steps
    assert run.errors_s(run.after).max() < 0.006


def test_packets_of_one_moment_are_no_harm() -> None:
    """A reading with a hole in it makes two packets at once, also while the clock is slewed."""
    base = TimeBase(125.0)
    blocks: list[Block] = []
    for number in range(100):
        for part in (0, 1):
            last_ns = number * 100_000_000 + part * 40_000_000
            arrival_ns = 1_700_000_000_000_000_000 + last_ns + number * 900_000
            packet = Packet(
                samples=np.full((5, 3), number + part / 2, np.float32),
                last_sample_ns=arrival_ns + part,
                arrival_ns=arrival_ns + part * 700_000,
                nominal_rate_hz=125.0,
                clock=CLOCK,
                steady_ns=number * 100_000_000,
            )
            blocks += base.push(packet)
    blocks += base.flush()

    assert 0 == base.counters.steps
    assert all(a.end_ns <= b.start_ns for a, b in pairwise(blocks))
