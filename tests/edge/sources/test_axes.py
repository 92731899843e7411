"""Counts to samples: mounting, scale and offset, clipping, axes that stand still."""

import numpy as np
import pytest

from edge.sources.axes import AxisReader, Scale

UNIT = Scale((1.0, 1.0, 1.0), (0.0, 0.0, 0.0), 100.0)


def counts(*rows: tuple[int, int, int]) -> np.ndarray:
    """Return counts of x, y and z."""
    return np.array(rows, dtype=np.int64)


def test_each_component_comes_from_its_axis_with_its_scale() -> None:
    """Offset first, then scale, then the sign of the mounting."""
    scale = Scale((0.1, 0.2, 0.3), (10.0, 20.0, 30.0), 100.0)

    samples, _ = AxisReader(("z", "-x", "y"), scale, 10, 10).read(counts((1, 2, 3)))

    np.testing.assert_allclose([[33 * 0.3, -11 * 0.1, 22 * 0.2]], samples, rtol=1e-6)
    assert np.float32 == samples.dtype


@pytest.mark.parametrize(("value", "clipped"), [(98, False), (99, True), (-99, True)])
def test_a_sample_at_full_scale_is_clipped(value: int, *, clipped: bool) -> None:
    """On either side, with a little room for the sensor's low-pass."""
    _, seen = AxisReader(("z", "y", "x"), UNIT, 10, 8).read(counts((0, value, 0)))

    assert clipped == seen


def test_an_axis_is_stuck_after_so_many_samples_over_packets() -> None:
    """Not before, and only the one that stands still."""
    reader = AxisReader(("z", "y", "x"), UNIT, 6, 8)
    packets = [counts((n, 5, -n), (n + 1, 5, n)) for n in range(1, 9, 2)]

    missing = [np.isnan(reader.read(one)[0]).all(axis=0).tolist() for one in packets]

    assert [[False, False, False]] * 2 == missing[:2]
    assert [[False, True, False]] * 2 == missing[2:]
    assert not reader.all_stuck


def test_an_axis_stuck_at_full_scale_is_clipped_first_and_missing_later() -> None:
    """Strong shaking may hold it there for a moment, but not for long."""
    reader = AxisReader(("z", "y", "x"), UNIT, 2, 4)

    seen = [reader.read(counts((n, 100, n), (n + 1, 100, n)))[1] for n in range(3)]

    assert [True, False, False] == seen


def test_no_axis_that_moves_is_told() -> None:
    """All three at once."""
    reader = AxisReader(("z", "y", "x"), UNIT, 3, 8)

    reader.read(counts((1, 2, 3), (1, 2, 3), (1, 2, 3)))

    assert reader.all_stuck
