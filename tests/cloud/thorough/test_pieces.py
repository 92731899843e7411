"""Pieces of a record become one seismogram; holes are bridged and said."""

import numpy as np
from numpy.typing import NDArray

from cloud.thorough.pieces import Piece, Reading, put_together
from edge.timestamps import seconds_to_ns

RATE_HZ = 100.0
START_NS = 1_700_000_000_000_000_000
LENGTH_S = 60


def ramp(first: int, count: int) -> NDArray[np.float32]:
    """Return samples that say their own number."""
    return np.arange(first, first + count, dtype=np.float32)


def piece(component: int, first: int, count: int, **more: float | bool) -> Piece:
    """Return a piece of a ramp that began at the start."""
    at_ns = START_NS + seconds_to_ns(first / RATE_HZ)
    return Piece(component, at_ns, RATE_HZ, ramp(first, count), **more)


def whole(*pieces: Piece) -> Reading | None:
    """Return what pieces make of a minute."""
    end_ns = START_NS + seconds_to_ns(LENGTH_S)
    return put_together("XX.A", pieces, START_NS, end_ns, calibrated=True)


def test_three_components_in_order() -> None:
    """Z, N and E are the columns; nothing is missing."""
    reading = whole(*(piece(component, 0, 6000) for component in (2, 0, 1)))

    assert reading is not None
    seismogram = reading.seismogram
    assert (6000, 3) == seismogram.acceleration_m_s2.shape
    assert np.float32 == seismogram.acceleration_m_s2.dtype
    assert (START_NS, RATE_HZ, (), False) == (
        seismogram.start_ns,
        seismogram.rate_hz,
        seismogram.gaps,
        seismogram.clipped,
    )
    np.testing.assert_array_equal(ramp(0, 6000), seismogram.acceleration_m_s2[:, 1])


def test_a_gap_is_bridged_by_a_line_and_told() -> None:
    """Two seconds are missing of all components: once in `gaps`, a straight line in the samples."""
    parts = [p for c in range(3) for p in (piece(c, 0, 2000), piece(c, 2200, 3800))]

    reading = whole(*parts)

    assert reading is not None
    assert ((2000, 2199),) == reading.seismogram.gaps
    np.testing.assert_allclose(
        ramp(0, 6000), reading.seismogram.acceleration_m_s2[:, 0], rtol=1e-5, atol=1e-3
    )


def test_a_component_that_is_not_there_is_nan_throughout() -> None:
    """A station with a vertical alone."""
    reading = whole(piece(0, 0, 6000))

    assert reading is not None
    samples = reading.seismogram.acceleration_m_s2
    assert np.isfinite(samples[:, 0]).all()
    assert np.isnan(samples[:, 1:]).all()
    assert () == reading.seismogram.gaps


def test_pieces_may_come_twice_overlap_and_in_any_order() -> None:
    """QoS 1, and records that reach beyond what was asked for."""
    parts = [piece(0, 3000, 4000), piece(0, -500, 3600), piece(0, 3000, 4000)]

    reading = whole(*parts)

    assert reading is not None
    assert () == reading.seismogram.gaps
    np.testing.assert_array_equal(ramp(0, 6000), reading.seismogram.acceleration_m_s2[:, 0])


def test_a_record_that_begins_late_begins_late() -> None:
    """No samples are made up before the first one."""
    reading = whole(piece(0, 1000, 5000))

    assert reading is not None
    assert START_NS + seconds_to_ns(10) == reading.seismogram.start_ns
    assert 5000 == len(reading.seismogram.acceleration_m_s2)


def test_too_little_is_nothing() -> None:
    """Ten seconds, or a few crumbs of a minute, tell nothing of an earthquake."""
    assert whole() is None
    assert whole(piece(0, 0, 1000)) is None
    assert whole(piece(0, 0, 500), piece(0, 5500, 500)) is None
    assert whole(piece(0, 90_000, 6000)) is None


def test_a_piece_at_another_rate_is_left_out() -> None:
    """A header that lies about its rate does not spoil the others."""
    odd = Piece(0, START_NS + seconds_to_ns(20), 200.0, ramp(0, 400))

    reading = whole(piece(0, 0, 2000), odd, piece(0, 2200, 3800))

    assert reading is not None
    assert RATE_HZ == reading.seismogram.rate_hz
    assert ((2000, 2199),) == reading.seismogram.gaps


def test_clipping_and_the_worst_clock_are_told() -> None:
    """One clipped piece clips the whole; the largest error of the clock holds."""
    reading = whole(
        piece(0, 0, 3000, error_s=0.01), piece(0, 3000, 3000, clipped=True, error_s=0.2)
    )

    assert reading is not None
    assert reading.seismogram.clipped
    assert 0.2 == reading.clock_error_s
