"""Detectors at several rates are heard together, hop by hop and in order."""

from dataclasses import dataclass, field

import numpy as np
import pytest

from edge.detect.base import Frame
from edge.detect.panel import DetectorPanel, Hop
from edge.grid import HOP_NS
from edge.packet import Block
from edge.signal.resample import Resampler
from tests.edge.streams import START_NS, blocks, noise


@dataclass
class _Speaker:
    """Says at each of its hops how many it has said before."""

    name: str
    rate_hz: float = 32.0
    hop_ns: int = HOP_NS
    version: str = "1"
    sha256: str | None = None
    scheme: str | None = None
    threshold: float = 1e9
    said: list[int] = field(default_factory=list)

    def push(self, block: Block) -> list[Frame]:
        """Speak of every hop that ends in the block."""
        first = (block.start_ns // self.hop_ns + 1) * self.hop_ns
        ends = range(first, block.end_ns + 1, self.hop_ns)
        frames = [Frame(end, float(len(self.said) + i)) for i, end in enumerate(ends)]
        self.said += ends
        return frames


def _heard(speakers: list[_Speaker], size: int, seconds: float = 10.0) -> list[list[Hop]]:
    """Return the hops that each block of a stream at 100 Hz completes, and those at its end."""
    panel = DetectorPanel(speakers)
    resamplers = {rate_hz: Resampler(rate_hz) for rate_hz in panel.rates_hz}
    hops = [
        panel.push({rate_hz: r.push(block) for rate_hz, r in resamplers.items()})
        for block in blocks(noise(seconds, 100.0), 100.0, size)
    ]
    return [*hops, panel.finish()]


@pytest.mark.parametrize("size", [1, 9, 25, 100, 333])
def test_every_hop_comes_once_and_in_order(size: int) -> None:
    """Whatever the rates and the blocks, each hop is given out when all have spoken of it."""
    speakers = [_Speaker("sta_lta"), _Speaker("fast", 100.0), _Speaker("slow", 40.0, 4 * HOP_NS)]

    hops = [hop for block in _heard(speakers, size) for hop in block]

    ends = [end_ns for end_ns, _ in hops]
    assert [START_NS + (i + 1) * HOP_NS for i in range(len(ends))] == ends
    assert 39 <= len(ends) <= 40
    for end_ns, frames in hops:
        assert end_ns == frames["sta_lta"].end_ns
        assert list(frames) == [s.name for s in speakers if s.name in frames]


def test_what_a_slower_detector_said_last_holds_until_its_next() -> None:
    """It speaks each second; the three hops after it hear the same, none hears an older one."""
    speakers = [_Speaker("sta_lta"), _Speaker("slow", 40.0, 4 * HOP_NS)]

    hops = [hop for block in _heard(speakers, 25) for hop in block]

    for number, (end_ns, frames) in enumerate(hops[:-1], start=1):
        whole_seconds = number // 4
        if whole_seconds == 0:
            assert "slow" not in frames
        else:
            assert START_NS + whole_seconds * 4 * HOP_NS == frames["slow"].end_ns
            assert whole_seconds - 1 == frames["slow"].score
        assert end_ns - HOP_NS < frames["sta_lta"].end_ns


@pytest.mark.parametrize("size", [1, 9, 25, 100])
def test_on_the_common_grid_nothing_is_held(size: int) -> None:
    """Where all listen at 32 Hz a hop leaves with the block that completes it."""
    sta_lta, network = _Speaker("sta_lta"), _Speaker("network")
    resampler = Resampler(32.0)
    expected = []
    for block in blocks(noise(10.0, 100.0), 100.0, size):
        resampled = resampler.push(block)
        frames = [] if resampled is None else _Speaker("alone").push(resampled)
        expected.append([frame.end_ns for frame in frames])

    hops = _heard([sta_lta, network], size)

    assert [*expected, []] == [[end_ns for end_ns, _ in block] for block in hops]


def test_a_hop_waits_only_for_those_that_are_due() -> None:
    """A detector that speaks each second holds no hop in between."""
    blocked = DetectorPanel([_Speaker("sta_lta"), _Speaker("slow", 40.0, 4 * HOP_NS)])
    (block,) = blocks(noise(1.5), size=48)

    hops = blocked.push({32.0: block, 40.0: None})

    assert [START_NS + (i + 1) * HOP_NS for i in range(3)] == [end_ns for end_ns, _ in hops]


def test_end_of_a_stretch_lets_go_of_what_waits_and_forgets() -> None:
    """Hops that wait come out with what was said; the last word of before a gap is gone."""
    panel = DetectorPanel([_Speaker("sta_lta"), _Speaker("slow", 40.0, 4 * HOP_NS)])
    (block,) = blocks(noise(3.0), size=96)
    (slow_block,) = blocks(noise(2.5, 40.0), 40.0, 100)
    panel.push({32.0: block, 40.0: slow_block})

    waiting = panel.finish()

    assert [START_NS + 12 * HOP_NS] == [end_ns for end_ns, _ in waiting]
    assert ["sta_lta"] == list(waiting[0][1])
    (later,) = blocks(noise(0.25), size=8, start_ns=START_NS + 13 * HOP_NS)
    ((_, frames),) = panel.push({32.0: later, 40.0: None})
    assert ["sta_lta"] == list(frames)


def test_due_hop_waits_for_a_resampler_that_is_not_ready() -> None:
    """And comes out, in the order of the detectors, with the block that has its last sample."""
    panel = DetectorPanel([_Speaker("sta_lta"), _Speaker("fast", 100.0)])
    (block,) = blocks(noise(0.25), size=8)

    assert [] == panel.push({32.0: block, 100.0: None})
    (fast,) = blocks(np.zeros((25, 3), np.float32), 100.0, 25)
    ((end_ns, frames),) = panel.push({32.0: None, 100.0: fast})
    assert START_NS + HOP_NS == end_ns
    assert ["sta_lta", "fast"] == list(frames)
