"""The resampler keeps waveform and time, whatever the packets."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.messages import ClockSource, ClockState
from edge.packet import Block, Samples
from edge.signal.resample import Resampler
from edge.timestamps import NANOSECONDS_PER_SECOND

_START_NS = 1_580_367_093_123_456_789
_CLOCK = ClockState(source=ClockSource.NTP, error_s=0.01)
_GRID_NS = 31_250_000


def _wave(times_s: np.ndarray) -> Samples:
    """A packet of 3 Hz on Z, 1 Hz on N and an offset on E."""
    envelope = np.exp(-(((times_s - 10) / 3) ** 2))
    columns = [
        envelope * np.sin(2 * np.pi * 3 * times_s),
        envelope * np.cos(2 * np.pi * times_s),
        np.full_like(times_s, 9.81),
    ]
    return np.stack(columns, axis=1).astype(np.float32)


def _blocks(rate_hz: float, edges: list[int]) -> list[Block]:
    samples = _wave(np.arange(edges[-1]) / rate_hz)
    return [
        Block(
            start_ns=_START_NS + round(a * NANOSECONDS_PER_SECOND / rate_hz),
            rate_hz=rate_hz,
            samples=samples[a:b],
            clock=_CLOCK,
            arrival_ns=0,
            continues=a > 0,
        )
        for a, b in itertools.pairwise(edges)
        if b > a
    ]


def _run(blocks: list[Block]) -> tuple[np.ndarray, Samples]:
    resampler = Resampler(32.0)
    out = [made for block in blocks if (made := resampler.push(block)) is not None]
    times_ns = np.concatenate([b.start_ns + np.arange(len(b.samples)) * _GRID_NS for b in out])
    return times_ns, np.concatenate([b.samples for b in out])


@pytest.mark.parametrize("rate_hz", [30.06, 31.25, 31.3, 32.0, 40.0, 50.0, 100.0, 125.0, 250.0])
def test_wave_keeps_shape_and_time(rate_hz: float) -> None:
    """At every usual rate the output is the wave at its own times within 2 % of its peak."""
    count = int(20 * rate_hz)

    times_ns, actual = _run(_blocks(rate_hz, list(range(0, count + 1, 25))))

    expected = _wave((times_ns - _START_NS) / NANOSECONDS_PER_SECOND)
    np.testing.assert_allclose(actual, expected, atol=0.02)


def test_output_lies_on_the_grid_without_holes() -> None:
    """Output times are consecutive multiples of the sampling interval since 1970."""
    times_ns, _ = _run(_blocks(30.06, list(range(0, 601, 32))))

    assert 0 == times_ns[0] % _GRID_NS
    assert {_GRID_NS} == set(np.diff(times_ns).tolist())


@given(cuts=st.lists(st.integers(1, 599), max_size=15))
@settings(deadline=None, max_examples=50)
def test_any_packets_give_the_same_samples(cuts: list[int]) -> None:
    """How the stream is cut into packets changes nothing but rounding."""
    whole_times, whole = _run(_blocks(100.0, [0, 600]))

    times, actual = _run(_blocks(100.0, [0, *sorted(cuts), 600]))

    assert whole_times.tolist() == times.tolist()
    np.testing.assert_allclose(actual, whole, atol=1e-5)


def test_gap_starts_anew_and_says_so() -> None:
    """After a gap the first output block does not continue, and nothing rings from before."""
    resampler = Resampler(32.0)
    before, after = _blocks(100.0, [0, 300, 600])
    after = Block(
        start_ns=after.start_ns + 5 * NANOSECONDS_PER_SECOND,
        rate_hz=100.0,
        samples=np.full_like(after.samples, 2.0),
        clock=_CLOCK,
        arrival_ns=0,
        continues=False,
    )
    resampler.push(before)

    block = resampler.push(after)

    assert block is not None
    assert block.continues is False
    assert block.start_ns >= after.start_ns
    np.testing.assert_allclose(block.samples, 2.0, atol=1e-6)


def test_above_the_new_band_is_removed() -> None:
    """25 Hz in 100 Hz data would fold to 7 Hz at 32 Hz; less than 9 % of it is left."""
    times_s = np.arange(2000) / 100.0
    samples = np.repeat(np.sin(2 * np.pi * 25 * times_s)[:, None], 3, axis=1).astype(np.float32)
    block = Block(_START_NS, 100.0, samples, _CLOCK, 0, continues=False)

    out = Resampler(32.0).push(block)

    assert out is not None
    assert np.abs(out.samples[32:]).max() < 0.09


def test_missing_component_stays_missing() -> None:
    """A NaN column comes out NaN and leaves the others alone."""
    (block,) = _blocks(100.0, [0, 600])
    samples = block.samples.copy()
    samples[:, 1] = np.nan
    expected = Resampler(32.0).push(block)

    actual = Resampler(32.0).push(Block(block.start_ns, 100.0, samples, _CLOCK, 0, continues=False))

    assert expected is not None
    assert actual is not None
    assert np.isnan(actual.samples[:, 1]).all()
    np.testing.assert_array_equal(expected.samples[:, [0, 2]], actual.samples[:, [0, 2]])


def test_uneven_interval_is_refused() -> None:
    """A rate whose interval is no whole number of nanoseconds has no exact grid."""
    with pytest.raises(ValueError, match="no whole number of nanoseconds"):
        Resampler(30.06)
