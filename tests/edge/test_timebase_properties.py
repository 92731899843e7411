"""Whatever a network does to packets, times rise and no sample is lost unseen."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.messages.clock import ClockSource, ClockState
from edge.packet import Block, Packet
from edge.timebase import TimeBase

CLOCK = ClockState(source=ClockSource.NTP, error_s=0.05)
START_NS = 1_700_000_000_000_000_000


@dataclass(repr=False)
class Stream:
    """What arrives, and the truth."""

    packets: list[Packet]
    rate_hz: float


@st.composite
def streams(draw: st.DrawFn, *, steps_back: bool = False) -> Stream:
    """Draw packets that jitter, are lost, repeated, delayed, swapped and wildly stamped."""
    rate_hz = draw(st.floats(25, 130))
    count = draw(st.integers(8, 64))
    jitter_s = draw(st.sampled_from([0.0, 0.005, 0.05, 0.2]))
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    events = st.sampled_from(["", "", "", "", "", "lost", "twice", "late", "swap", "wild", "step"])
    packets: list[Packet] = []
    late: list[Packet] = []
    clock_s = 0.0
    for number, event in enumerate(draw(st.lists(events, min_size=5, max_size=60))):
        if event == "step":
            clock_s += random.uniform(-100 if steps_back else 0, 100)
        error_s = clock_s + jitter_s * random.standard_normal()
        if event == "wild":
            error_s += random.uniform(-1e6, 1e6)
        last_ns = START_NS + round(((number + 1) * count - 1) / rate_hz * 1e9)
        packet = Packet(
            samples=np.tile(np.arange(count, dtype=np.float32)[:, None] + number * count, 3),
            last_sample_ns=last_ns + round(error_s * 1e9),
            arrival_ns=last_ns + 300_000_000,
            nominal_rate_hz=rate_hz * random.uniform(0.96, 1.04) if number == 0 else rate_hz,
            clock=CLOCK,
        )
        if event != "lost":
            (late if event == "late" else packets).append(packet)
        if event == "twice":
            packets.append(packet)
        if event == "swap" and len(packets) > 1:
            packets[-1], packets[-2] = packets[-2], packets[-1]
        if len(late) > 2:
            packets += late
            late = []
    return Stream(packets, rate_hz)


def _run(packets: list[Packet]) -> tuple[TimeBase, list[Block]]:
    base = TimeBase()
    blocks = [block for packet in packets for block in base.push(packet)]
    return base, [*blocks, *base.flush()]


@settings(deadline=None)
@given(streams())
def test_no_sample_is_lost_unseen(stream: Stream) -> None:
    """What goes in comes out or is counted."""
    base, blocks = _run(stream.packets)

    emitted = sum(len(block.samples) for block in blocks)

    assert sum(len(packet.samples) for packet in stream.packets) == base.counters.samples_in
    assert base.counters.samples_in - base.counters.samples_dropped == emitted


@settings(deadline=None)
@given(streams())
def test_no_sample_comes_out_twice(stream: Stream) -> None:
    """Each sample carries its own number; so a repeated one would show."""
    _, blocks = _run(stream.packets)

    values = [value for block in blocks for value in block.samples[:, 0].tolist()]

    assert len(set(values)) == len(values)


@settings(deadline=None)
@given(streams(steps_back=True))
def test_times_rise_but_over_a_counted_step(stream: Stream) -> None:
    """Blocks go back in time at most as often as steps are counted."""
    base, blocks = _run(stream.packets)

    times = [(block.time_ns(0), block.time_ns(len(block.samples) - 1)) for block in blocks]
    back = sum(times[n][0] <= times[n - 1][1] for n in range(1, len(times)))

    assert all(first <= last for first, last in times)
    assert back <= base.counters.steps


@settings(deadline=None)
@given(streams(steps_back=True))
def test_only_seamless_blocks_say_that_they_continue(stream: Stream) -> None:
    """A block that continues starts where the one before ended."""
    _, blocks = _run(stream.packets)

    for before, after in pairwise(blocks):
        assert not after.continues or before.end_ns == after.start_ns


@settings(deadline=None)
@given(streams(steps_back=True))
def test_the_rate_stays_near_the_truth(stream: Stream) -> None:
    """No sequence of accidents drives the estimated rate away."""
    base, _ = _run(stream.packets)

    if base.rate_hz is not None:
        assert abs(base.rate_hz / stream.rate_hz - 1) < 0.15


@settings(deadline=None)
@given(
    st.integers(0, 2**32 - 1),
    st.sampled_from([0.02, 0.05, 0.1]),
    st.integers(10, 50),
    st.integers(2, 30),
)
def test_gaps_are_found_where_they_are(seed: int, jitter_s: float, first: int, length: int) -> None:
    """One gap of two packets or more, among jitter of up to a tenth of a packet, is one gap."""
    random = np.random.default_rng(seed)
    numbers = [n for n in range(100) if not first <= n < first + length]
    packets = [
        Packet(
            samples=np.full((32, 3), n, dtype=np.float32),
            last_sample_ns=START_NS
            + round(n * 1.024e9 + random.uniform(-jitter_s, jitter_s) * 1e9),
            arrival_ns=START_NS + round(n * 1.024e9 + 0.3e9),
            nominal_rate_hz=31.25,
            clock=CLOCK,
        )
        for n in numbers
    ]

    base, blocks = _run(packets)

    anew = [int(block.samples[0, 0]) for block in blocks[1:] if not block.continues]
    assert [first + length] == anew
    assert 1 == base.counters.gaps
