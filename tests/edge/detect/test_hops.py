"""Hops lie on the absolute grid, whatever the blocks."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from edge.detect.hops import HopCutter
from edge.grid import HOP_NS, HOP_SAMPLES, SAMPLE_NS
from tests.edge.streams import START_NS, blocks


def _trace(count: int) -> np.ndarray:
    return np.repeat(np.arange(count, dtype=np.float32)[:, None], 3, axis=1)


@given(size=st.integers(1, 50), late=st.integers(0, 7))
def test_every_hop_is_whole_and_on_the_grid(size: int, late: int) -> None:
    """Whatever the block size and the first sample, hops end at whole quarters of a second."""
    cutter = HopCutter()
    start_ns = START_NS + late * SAMPLE_NS

    hops = [h for b in blocks(_trace(200), size=size, start_ns=start_ns) for h in cutter.push(b)]

    assert all(end_ns % HOP_NS == 0 for end_ns, _, _ in hops)
    skipped = -late % HOP_SAMPLES
    expected = _trace(200)[skipped:]
    expected = expected[: len(expected) // HOP_SAMPLES * HOP_SAMPLES]
    np.testing.assert_array_equal(expected, np.concatenate([samples for _, samples, _ in hops]))
    assert [False] + [True] * (len(hops) - 1) == [continues for _, _, continues in hops]


def test_gap_drops_the_unfinished_hop() -> None:
    """Samples left over before a gap are not joined to what follows it."""
    cutter = HopCutter()
    (before,) = blocks(_trace(12), size=12)
    (after,) = blocks(_trace(16), size=16, start_ns=START_NS + 10 * HOP_NS)
    list(cutter.push(before))

    hops = list(cutter.push(after))

    assert [(START_NS + 11 * HOP_NS, False), (START_NS + 12 * HOP_NS, True)] == [
        (end_ns, continues) for end_ns, _, continues in hops
    ]
