"""The time base: smooth times, gaps, overlaps, steps, late packets, damage."""

import csv
import math
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from edge.messages.clock import ClockSource, ClockState
from edge.packet import Block, Packet
from edge.sources.openeew import OpenEewConfig
from edge.timebase import TimeBase

CLOCK = ClockState(source=ClockSource.NTP, error_s=0.05)
START_NS = 1_580_000_000_000_000_000
RATE_HZ = 31.3
COUNT = 32


def _packet(
    first: int, *, count: int = COUNT, stamp_error_s: float = 0.0, delay_s: float = 0.2
) -> Packet:
    """Return samples first, first + 1, ...: each sample carries its own number."""
    last_ns = START_NS + round((first + count - 1) / RATE_HZ * 1e9)
    numbers = np.arange(first, first + count, dtype=np.float32)
    return Packet(
        samples=np.stack([numbers] * 3, axis=1),
        last_sample_ns=last_ns + round(stamp_error_s * 1e9),
        arrival_ns=last_ns + round(delay_s * 1e9),
        nominal_rate_hz=31.25,
        clock=CLOCK,
    )


def _run(packets: list[Packet]) -> tuple[TimeBase, list[Block]]:
    base = TimeBase()
    blocks = [block for packet in packets for block in base.push(packet)]
    return base, [*blocks, *base.flush()]


def _numbers(blocks: list[Block]) -> list[int]:
    return [int(number) for block in blocks for number in block.samples[:, 0]]


def _time_errors_s(blocks: list[Block]) -> np.ndarray:
    """Return emitted minus true time of each sample, by its number."""
    errors = [
        (block.time_ns(index) - START_NS) / 1e9 - int(number) / RATE_HZ
        for block in blocks
        for index, number in enumerate(block.samples[:, 0])
    ]
    return np.array(errors)


def test_exact_stamps_give_exact_times() -> None:
    """Without jitter every sample's time is right within a millisecond after the first seconds."""
    base, blocks = _run([_packet(n * COUNT) for n in range(60)])

    assert list(range(60 * COUNT)) == _numbers(blocks)
    assert np.abs(_time_errors_s(blocks)[10 * COUNT :]).max() < 0.001
    assert pytest.approx(RATE_HZ, rel=1e-5) == base.rate_hz


def test_jitter_is_averaged_out() -> None:
    """With 100 ms of jitter sample times err by less than 40 ms, the rate by less than 0.1 %."""
    random = np.random.default_rng(7)
    packets = [_packet(n * COUNT, stamp_error_s=random.normal(0, 0.1)) for n in range(300)]

    base, blocks = _run(packets)

    assert pytest.approx(RATE_HZ, rel=1e-3) == base.rate_hz
    assert np.sqrt(np.mean(_time_errors_s(blocks)[50 * COUNT :] ** 2)) < 0.04
    assert {True} == {block.continues for block in blocks[1:]}


def test_blocks_that_continue_join_without_a_seam() -> None:
    """The end of a block is the start of the next."""
    random = np.random.default_rng(8)
    _, blocks = _run([_packet(n * COUNT, stamp_error_s=random.normal(0, 0.02)) for n in range(50)])

    assert [block.end_ns for block in blocks[:-1]] == [block.start_ns for block in blocks[1:]]


def test_a_gap_is_counted_and_the_next_block_starts_anew() -> None:
    """Missing samples are told; the axis goes on at the right time."""
    base, blocks = _run([_packet(n * COUNT) for n in range(60) if n not in {30, 31, 32}])

    (anew,) = [block for block in blocks[1:] if not block.continues]

    assert 1 == base.counters.gaps
    assert 33 * COUNT == anew.samples[0, 0]
    assert pytest.approx(3 * COUNT / RATE_HZ, abs=0.01) == (anew.start_ns - blocks[29].end_ns) / 1e9


def test_duplicates_are_dropped() -> None:
    """A packet sent twice is used once."""
    packets = [_packet(n * COUNT) for n in range(20)]
    base, blocks = _run([*packets[:12], packets[11], packets[11], *packets[12:]])

    assert list(range(20 * COUNT)) == _numbers(blocks)
    assert 2 == base.counters.late
    assert {True} == {block.continues for block in blocks[1:]}


def test_overlapping_samples_are_trimmed() -> None:
    """A packet that repeats the last ten samples gives only its new ones."""
    packets = [_packet(n * COUNT) for n in range(20)]
    packets += [_packet(20 * COUNT - 10 + n * COUNT) for n in range(10)]

    base, blocks = _run(packets)

    assert list(range(30 * COUNT - 10)) == _numbers(blocks)
    assert 1 == base.counters.overlaps
    assert 10 == base.counters.samples_dropped


def test_old_packets_are_dropped_and_counted() -> None:
    """What comes after newer samples went out is late: the detectors are past it."""
    fresh = [_packet(n * COUNT) for n in range(40)]
    late = [_packet(-n * COUNT, delay_s=60.0) for n in (9, 5, 7)]

    base, blocks = _run([*fresh[:20], *late, *fresh[20:]])

    assert list(range(40 * COUNT)) == _numbers(blocks)
    assert 3 == base.counters.late


def test_packets_in_the_wrong_order_are_put_right() -> None:
    """Two swapped packets lose nothing."""
    packets = [_packet(n * COUNT) for n in range(20)]
    packets[10], packets[11] = packets[11], packets[10]

    _, blocks = _run(packets)

    assert list(range(20 * COUNT)) == _numbers(blocks)


@pytest.mark.parametrize("error_s", [-1e6, -3.0, 3.0, 1e6])
def test_one_wild_stamp_costs_nothing(error_s: float) -> None:
    """A packet with an absurd time between good ones is placed by its order."""
    packets = [_packet(n * COUNT, stamp_error_s=error_s if n == 15 else 0.0) for n in range(30)]

    base, blocks = _run(packets)

    assert list(range(30 * COUNT)) == _numbers(blocks)
    assert 1 == base.counters.wild_stamps
    assert np.abs(_time_errors_s(blocks)[10 * COUNT :]).max() < 0.01


@pytest.mark.parametrize("step_s", [-100.0, 100.0])
def test_a_step_of_the_clock_is_followed(step_s: float) -> None:
    """When the clock is set, the axis starts anew on the new time; nothing is lost."""
    packets = [_packet(n * COUNT, stamp_error_s=step_s if n >= 20 else 0.0) for n in range(60)]

    base, blocks = _run(packets)

    assert list(range(60 * COUNT)) == _numbers(blocks)
    assert 1 == base.counters.steps
    assert [20 * COUNT] == [int(b.samples[0, 0]) for b in blocks[1:] if not b.continues]
    assert pytest.approx(step_s, abs=0.05) == _time_errors_s(blocks)[-1]


def test_a_component_that_goes_and_comes_back_parts_the_blocks() -> None:
    """Filters start anew at both moments; no sample and no time is lost."""
    packets = [_packet(number * COUNT) for number in range(60)]
    for packet in packets[20:40]:
        packet.samples[:, 1] = np.nan

    base, blocks = _run(packets)

    assert [0, 20, 40] == [i for i, block in enumerate(blocks) if not block.continues]
    assert list(range(60 * COUNT)) == _numbers(blocks)
    assert 0 == base.counters.gaps
    assert np.abs(_time_errors_s(blocks)).max() < 2e-3


def test_the_clock_state_is_carried_on_with_the_error_of_the_axis() -> None:
    """A block is never surer of its time than its packet was."""
    _, blocks = _run([_packet(n * COUNT) for n in range(30)])

    assert {ClockSource.NTP} == {block.clock.source for block in blocks}
    assert all(block.clock.error_s >= CLOCK.error_s for block in blocks)
    assert blocks[-1].clock.error_s < 0.052


def _replay(folder: Path) -> tuple[TimeBase, list[Block]]:
    return _run(list(OpenEewConfig(paths=folder).open().packets()))


@pytest.mark.parametrize(
    ("record", "rate_hz"),
    [
        ("2017_12_15/001", 30.06),
        ("2018_1_8/018", 30.06),
        ("2018_8_12/001", 31.32),
        ("2020_1_30/006", 31.32),
    ],
)
def test_the_true_rate_of_real_nodes_is_found(
    shared_data: Path, record: str, rate_hz: float
) -> None:
    """The nominal 31.25 Hz is really 30.06 or 31.3 Hz."""
    base, _ = _replay(shared_data / "openeew_mx" / record)

    assert pytest.approx(rate_hz, rel=1e-3) == base.rate_hz


def _steady_rate_hz(packets: list[Packet]) -> float:
    """Return the rate over all neighbouring packets that nothing came between."""
    stamps = sorted(packet.last_sample_ns / 1e9 for packet in packets)
    intervals = [b - a for a, b in pairwise(stamps) if 0.9 < b - a < 1.1]
    return COUNT / float(np.mean(intervals))


def test_every_real_record_keeps_its_samples_its_order_and_its_rate(shared_data: Path) -> None:
    """Nothing is lost but what is counted, time never goes back, the rate is right to 0.1 %."""
    for folder in sorted((shared_data / "openeew_mx").glob("20*/*")):
        packets = list(OpenEewConfig(paths=folder).open().packets())
        base, blocks = _run(packets)
        emitted = sum(len(block.samples) for block in blocks)

        assert base.counters.samples_in - base.counters.samples_dropped == emitted, folder
        assert all(a.end_ns <= b.start_ns for a, b in pairwise(blocks)), folder
        assert pytest.approx(_steady_rate_hz(packets), rel=1e-3) == base.rate_hz, folder


@pytest.mark.parametrize(
    ("record", "gaps_s"),
    [
        ("2018_9_25/024", [19.5]),
        ("2018_8_12/008", [9.5, 1.1]),
        ("2020_1_30/029", [0.1, 0.2, 1.3, 0.9, 0.7, 0.6, 1.0]),
        ("2020_1_30/006", []),
    ],
)
def test_real_gaps_are_found(shared_data: Path, record: str, gaps_s: list[float]) -> None:
    """Each hole in a record is one gap of its length."""
    _, blocks = _replay(shared_data / "openeew_mx" / record)

    found = [
        (after.start_ns - before.end_ns) / 1e9
        for before, after in pairwise(blocks)
        if not after.continues
    ]

    assert gaps_s == pytest.approx(found, abs=0.07)


def test_back_filled_packets_of_a_real_record_are_dropped(shared_data: Path) -> None:
    """2020_1_29/024 delivers packets up to 975 s late among live ones: late, not a step."""
    base, _ = _replay(shared_data / "openeew_mx" / "2020_1_29" / "024")

    assert 12 == base.counters.late
    assert 0 == base.counters.steps
    assert base.counters.gaps > 10


def _onset_s(times_s: np.ndarray, motion: np.ndarray) -> float:
    """Return the onset by the criterion of Akaike on the variance (Maeda 1985)."""
    counts = np.arange(8, len(motion) - 8)
    left = [n * math.log(motion[:n].var()) for n in counts]
    right = [(len(motion) - n) * math.log(motion[n:].var()) for n in counts]
    return float(times_s[counts[np.argmin(np.add(left, right))]])


def test_p_arrives_when_the_analyst_says(shared_data: Path) -> None:
    """On the time axis clear P waves begin within 0.35 s of their picks, median within 0.1 s."""
    folder = shared_data / "openeew_mx"
    with (folder / "openeew_ppicks_auto.csv").open() as table:
        rows = [row for row in csv.DictReader(table) if row["quality"] == "A"]
    errors = []
    for row in rows:
        pick_s = float(row["auto_p_epoch"])
        _, blocks = _replay(folder / row["event"] / row["station"])
        times = [
            (block.time_ns(index) - int(pick_s) * 10**9) / 1e9 - pick_s % 1
            for block in blocks
            for index in range(len(block.samples))
        ]
        motion = np.diff(np.concatenate([block.samples[:, 0] for block in blocks]), prepend=0.0)
        near = (np.array(times) > -4) & (np.array(times) < 1)
        errors.append(_onset_s(np.array(times)[near], motion[near]))

    assert len(rows) > 25
    assert np.abs(errors).max() < 0.35
    assert abs(np.median(errors)) < 0.1
