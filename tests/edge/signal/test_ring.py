"""The ring holds the newest rows, however they come."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from edge.signal.ring import Ring


@given(capacity=st.integers(1, 20), sizes=st.lists(st.integers(0, 45), max_size=20))
def test_ring_is_the_tail_of_the_stream(capacity: int, sizes: list[int]) -> None:
    """After every append the rows are the last `capacity` of all that came."""
    ring = Ring(capacity, columns=2)
    stream = np.empty((0, 2))
    for size in sizes:
        rows = np.arange(len(stream), len(stream) + size, dtype=float)[:, None] * [1.0, -1.0]
        stream = np.concatenate([stream, rows])
        ring.append(rows)

        np.testing.assert_array_equal(stream[-capacity:], ring.rows)
        assert min(len(stream), capacity) == len(ring)


def test_cleared_ring_is_empty() -> None:
    """Nothing of the past is left after clearing."""
    ring = Ring(4, columns=1)
    ring.append(np.ones((7, 1)))

    ring.clear()

    assert 0 == len(ring)
    assert (0, 1) == ring.rows.shape
