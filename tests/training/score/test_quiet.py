"""Long noise and disturbances are what they say, the same every time."""

from pathlib import Path

import numpy as np
import pytest

from training.data.openeew import read_openeew
from training.data.record import Record
from training.score.contest import Contestant
from training.score.disturb import SLOT_S, disturbances, judge_disturbances
from training.score.quiet import QuietStretch, long_noise, quiet_stretches
from training.score.stream import Stream, detection_blocks, made_stream

RATE_HZ = 32.0


@pytest.fixture(scope="module")
def stretches(tiny_data: Path) -> list[QuietStretch]:
    """Return what the tiny stations recorded before the test event."""
    return quiet_stretches(list(read_openeew(tiny_data, frozenset({"test"}))))


def _samples(stream: Stream) -> np.ndarray:
    return np.concatenate([packet.samples for packet in stream.packets])


def test_noise_ends_before_the_event(stretches: list[QuietStretch]) -> None:
    """Origin at 90 s and a guard before P: no stretch holds the earthquake."""
    assert 2 == len(stretches)
    assert all(60 * RATE_HZ < len(one.samples) < 95 * RATE_HZ for one in stretches)
    assert all(np.abs(one.samples - one.samples.mean(axis=0)).max() < 0.01 for one in stretches)


def test_long_noise_is_as_long_as_wanted_and_as_strong(stretches: list[QuietStretch]) -> None:
    """A quarter of an hour over two stations, with their rms, and the same for the same seed."""
    streams = list(long_noise(stretches, hours=0.25, seed=1))
    again, other = (next(iter(long_noise(stretches, 0.25, seed))) for seed in (1, 2))

    assert pytest.approx(0.25, rel=0.01) == sum(stream.hours for stream in streams)
    assert pytest.approx(stretches[0].samples.std(), rel=0.2) == _samples(streams[0]).std()
    np.testing.assert_array_equal(_samples(streams[0]), _samples(again))
    assert not np.array_equal(_samples(streams[0]), _samples(other))


def test_made_stream_passes_the_time_base_without_a_gap(noise: Stream) -> None:
    """One stretch at the detection rate, nearly as long as what went in."""
    blocks = list(detection_blocks(noise))

    assert [False] + [True] * (len(blocks) - 1) == [block.continues for block in blocks]
    assert pytest.approx(noise.hours * 3600, abs=2) == sum(len(b.samples) for b in blocks) / RATE_HZ


def test_every_kind_comes_as_often_as_wanted(stretches: list[QuietStretch]) -> None:
    """Five made-up kinds, two of hand motion where there is any."""
    motion = Record(
        "hand_motion", "hand-1", "hand", "test", np.ones((320, 3), np.float32), 320, in_m_s2=True
    )
    without = dict(disturbances(stretches, [], count=2, seed=1))
    with_motion = dict(disturbances(stretches, [motion], count=1, seed=1))

    assert ["footsteps", "knock", "vehicle", "machine", "glitch"] == list(without)
    assert {"hand motion", "hand motion, as recorded"} == set(with_motion) - set(without)
    assert all(pytest.approx(2 * SLOT_S) == s.hours * 3600 for s in without.values())


def test_a_disturbance_counts_once(
    stretches: list[QuietStretch], mute: Contestant, sta_lta: Contestant
) -> None:
    """However many triggers it causes, of two knocks at most two triggered."""
    (stream,) = [s for kind, s in disturbances(stretches, [], 2, seed=3) if kind == "knock"]
    heard = judge_disturbances(sta_lta, "knock", stream)

    assert 0 == judge_disturbances(mute, "knock", stream).sent.hit
    assert 1 <= heard.sent.hit <= heard.sent.of == 2
    assert heard.standing.hit <= heard.sent.hit


def test_packets_are_as_long_as_wanted() -> None:
    """Ten seconds in packets of four: four, four and two."""
    stream = made_stream("x", np.zeros((320, 3), np.float32), RATE_HZ, packet_s=4.0)

    assert [128, 128, 64] == [len(packet.samples) for packet in stream.packets]
    assert pytest.approx(10 / 3600) == stream.hours
