"""A block says once what all its readers ask."""

import numpy as np
import pytest

from edge.messages import ClockSource, ClockState
from edge.packet import Block

_CLOCK = ClockState(source=ClockSource.NTP, error_s=0.01)
_SECOND_NS = 1_000_000_000


def _block(samples: np.ndarray) -> Block:
    return Block(5 * _SECOND_NS, 100.0, samples.astype(np.float32), _CLOCK, 0, continues=True)


def test_end_is_where_the_next_sample_would_be() -> None:
    """Fifty samples at 100 Hz end half a second after the first."""
    assert 5 * _SECOND_NS + _SECOND_NS // 2 == _block(np.ones((50, 3))).end_ns


def test_whole_block_is_not_copied() -> None:
    """Where nothing is missing the samples themselves are the filled ones."""
    block = _block(np.ones((4, 3)))

    assert block.is_whole
    assert block.samples is block.filled()


@pytest.mark.parametrize("component", [0, 1, 2])
def test_missing_component_is_filled_with_zeros(component: int) -> None:
    """The others keep their values, and the block keeps its gaps."""
    samples = np.ones((4, 3))
    samples[:, component] = np.nan
    block = _block(samples)

    assert not block.is_whole
    np.testing.assert_array_equal(np.where(np.arange(3) == component, 0, 1), block.filled()[0])
    assert np.isnan(block.samples[:, component]).all()


def test_error_is_all_that_changes() -> None:
    """A clock state with another error keeps everything else, to the last field."""
    full = ClockState(
        source=ClockSource.GNSS_PPS, offset_s=0.5, error_s=0.1, age_s=3.0, keeper="gpsd"
    )

    assert {**full.model_dump(), "error_s": 0.2} == full.with_error(0.2).model_dump()
    assert set(ClockState.model_fields) == full.with_error(0.2).model_fields_set
