"""A filter over a stream is the filter over the whole."""

import itertools

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import signal

from edge.signal.butterworth import bandpass, highpass, lowpass
from edge.signal.filters import FilterFan, StreamingFilter

_SECTIONS = bandpass(4, 1.0, 12.0, 32.0)
_TRACE = np.random.default_rng(1).normal(size=(500, 3))


def test_whole_trace_is_scipys() -> None:
    """One long call equals SciPy's sample-by-sample recursion."""
    expected = signal.sosfilt(_SECTIONS, _TRACE, axis=0)

    actual = StreamingFilter(_SECTIONS, 3)(_TRACE)

    np.testing.assert_allclose(actual, expected, atol=1e-12)


@given(cuts=st.lists(st.integers(0, len(_TRACE)), max_size=12))
@settings(deadline=None)
def test_any_partition_gives_the_whole(cuts: list[int]) -> None:
    """However the stream is cut into packets, the output is the same to rounding."""
    streaming = StreamingFilter(_SECTIONS, 3)
    edges = [0, *sorted(cuts), len(_TRACE)]

    parts = [streaming(_TRACE[a:b]) for a, b in itertools.pairwise(edges)]

    np.testing.assert_allclose(
        np.concatenate(parts), StreamingFilter(_SECTIONS, 3)(_TRACE), atol=1e-12
    )


def test_reset_to_a_level_is_settled_on_it() -> None:
    """A high-pass reset to the offset of gravity shows no step when gravity continues."""
    streaming = StreamingFilter(highpass(2, 0.5, 32.0), 3)
    gravity = np.array([9.81, 0.1, -0.2])

    streaming.reset(gravity)

    np.testing.assert_allclose(streaming(np.tile(gravity, (64, 1))), 0.0, atol=1e-10)


def test_reset_forgets() -> None:
    """After a reset the past leaves no trace."""
    streaming = StreamingFilter(_SECTIONS, 3)
    streaming(_TRACE)

    streaming.reset()

    np.testing.assert_array_equal(streaming(_TRACE), StreamingFilter(_SECTIONS, 3)(_TRACE))


@given(cuts=st.lists(st.integers(0, len(_TRACE)), max_size=12))
@settings(deadline=None)
def test_fan_gives_what_each_filter_gives(cuts: list[int]) -> None:
    """Filters that share their input do not touch each other, however the stream is cut."""
    filters = [_SECTIONS, highpass(2, 0.5, 32.0), lowpass(3, 4.0, 32.0)]
    fan = FilterFan(filters, 3)
    edges = [0, *sorted(cuts), len(_TRACE)]

    parts = [fan(_TRACE[a:b]) for a, b in itertools.pairwise(edges)]

    expected = [signal.sosfilt(sections, _TRACE, axis=0) for sections in filters]
    np.testing.assert_allclose(np.concatenate(parts, axis=1), expected, atol=1e-12)


def test_missing_component_stays_alone() -> None:
    """NaN in one component reaches no other, though all go through one product."""
    trace = _TRACE.copy()
    trace[100:, 1] = np.nan

    actual = StreamingFilter(_SECTIONS, 3)(trace)

    np.testing.assert_array_equal(
        actual[:, [0, 2]], StreamingFilter(_SECTIONS, 3)(_TRACE)[:, [0, 2]]
    )
