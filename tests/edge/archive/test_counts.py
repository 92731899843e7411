"""Samples to counts and back."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.archive.counts import restore, to_counts, to_samples


def _round_trip(samples: np.ndarray, sensitivity: float | None) -> np.ndarray:
    counted = to_counts(samples, sensitivity)
    back = to_samples(counted.stored, counted.counts_per_m_s2)
    restore(back, counted.exceptions)
    return back


@given(
    st.lists(st.floats(width=32), min_size=1, max_size=50),
    st.none() | st.floats(1e-3, 1e9),
)
def test_any_sample_comes_back_to_the_bit(values: list[float], sensitivity: float | None) -> None:
    """Whatever a source delivers, NaN and infinity too, is read back bit for bit."""
    samples = np.array(values, dtype=np.float32)

    assert samples.tobytes() == _round_trip(samples, sensitivity).tobytes()


@pytest.mark.parametrize("operation", ["product", "quotient"])
def test_counts_of_a_sensor_need_no_exceptions(operation: str) -> None:
    """Whether a source multiplied or divided, counts say nearly all."""
    counts = np.random.default_rng(3).integers(-(2**19), 2**19, 20_000)
    sensitivity = 256_000 / 9.80665
    is_product = operation == "product"
    values = counts * (1 / sensitivity) if is_product else counts / sensitivity

    counted = to_counts(values.astype(np.float32), sensitivity)

    assert counts.tolist() == counted.stored.tolist()
    assert len(counted.exceptions) < 5


def test_a_source_without_counts_is_kept_as_it_is() -> None:
    """No sensitivity: the samples themselves."""
    samples = np.array([0.1, -2.5], dtype=np.float32)

    assert samples.tobytes() == to_counts(samples, None).stored.tobytes()
