"""Tensors of integer networks hold real values in steps."""

import numpy as np
import pytest

from edge.runtime import TensorInfo

INT8 = TensorInfo("trace", (1, 3), np.dtype(np.int8), scale=0.5, zero_point=-1)
FLOAT = TensorInfo("trace", (1, 3), np.dtype(np.float32))


def test_integer_tensor_rounds_to_its_steps() -> None:
    """A value and its stored form differ by half a step at most."""
    values = np.array([[-3.2, 0.0, 7.74]], np.float32)

    stored = INT8.encode(values)

    assert np.dtype(np.int8) == stored.dtype
    np.testing.assert_allclose(values, INT8.decode(stored), atol=0.25)


def test_values_outside_the_range_are_limited() -> None:
    """Strong motion saturates; it does not wrap around."""
    stored = INT8.encode(np.array([[-1e6, 1e6, 0.0]], np.float32))

    assert [-128, 127, -1] == stored[0].tolist()


@pytest.mark.parametrize("info", [INT8, FLOAT])
def test_zeros_stand_for_zero(info: TensorInfo) -> None:
    """The first state of a stream is zero in real values."""
    assert not info.decode(info.zeros()).any()


def test_floating_tensor_is_left_alone() -> None:
    """A float network sees the values as they are."""
    values = np.array([[-3.2, 0.0, 1e9]], np.float32)

    np.testing.assert_array_equal(values, FLOAT.decode(FLOAT.encode(values)))
