"""Whatever a record holds, measuring it gives values or reasons, and never fails."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloud.magnitude import MagnitudeType, measure
from cloud.observed import shaking_of_record
from cloud.seismogram import Seismogram
from edge.timestamps import seconds_to_ns
from tests.cloud.magnitude.records import DEPTH_KM, ORIGIN_NS, epicentral, record_of, times_ns


def _zeros(count: int) -> np.ndarray:
    return np.zeros((count, 3), np.float32)


def _stuck(count: int) -> np.ndarray:
    return np.full((count, 3), 9.81, np.float32)


def _shattered(count: int) -> np.ndarray:
    samples = np.random.default_rng(1).standard_normal((count, 3)).astype(np.float32)
    samples[::7] = np.nan
    return samples


def _huge(count: int) -> np.ndarray:
    return np.full((count, 3), 3e38, np.float32) * np.random.default_rng(1).choice(
        [-1, 1], (count, 1)
    ).astype(np.float32)


def _impulse(count: int) -> np.ndarray:
    samples = _zeros(count)
    samples[count // 2 :] = 1.0
    return samples


KINDS = (_zeros, _stuck, _shattered, _huge, _impulse)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__.strip("_"))
@pytest.mark.parametrize("count", [0, 1, 2, 50, 12_000])
def test_a_broken_record_has_a_reason_or_a_finite_value(
    kind: Callable[[int], np.ndarray], count: int
) -> None:
    """Empty, constant, full of holes or absurd: every entry is one or the other."""
    seismogram = Seismogram("XX.A", ORIGIN_NS - seconds_to_ns(40), 100.0, kind(count))
    p_ns, s_ns = times_ns(50.0)
    found = measure(seismogram, ORIGIN_NS, p_ns, s_ns, epicentral(50.0), DEPTH_KM)

    assert {MagnitudeType.LOCAL, MagnitudeType.MOMENT} == {each.type for each in found}
    for each in found:
        assert (each.value is None) is (each.refusal is not None)
        assert each.value is None or np.isfinite(each.value)


@settings(max_examples=60, deadline=None)
@given(
    st.floats(-100, 200),
    st.none() | st.floats(0.1, 100),
    st.floats(0, 800),
    st.floats(0, 700),
    st.sampled_from([1.0, 10.0, 31.25, 200.0]),
)
def test_phases_may_lie_anywhere(
    p_s: float,
    s_minus_p_s: float | None,
    epicentral_km: float,
    depth_km: float,
    rate_hz: float,
) -> None:
    """Before, within and after the record; under the station and a country away."""
    rng = np.random.default_rng(2)
    samples = rng.standard_normal((round(90 * rate_hz), 3)).astype(np.float32)
    seismogram = Seismogram("XX.A", ORIGIN_NS, rate_hz, samples)
    p_ns = ORIGIN_NS + seconds_to_ns(p_s)
    s_ns = None if s_minus_p_s is None else p_ns + seconds_to_ns(s_minus_p_s)
    found = measure(seismogram, ORIGIN_NS, p_ns, s_ns, epicentral_km, depth_km)
    shaking = shaking_of_record(seismogram, p_ns, epicentral_km)

    assert all((each.value is None) is (each.refusal is not None) for each in found)
    assert shaking is None or (shaking.pga_m_s2 or 0) >= 0


def test_values_say_what_they_are_from() -> None:
    """The stretch and the band go along, for whoever wonders."""
    p_ns, s_ns = times_ns(40.0)
    found = measure(record_of(5.0, 40.0), ORIGIN_NS, p_ns, s_ns, epicentral(40.0), DEPTH_KM)

    for each in found:
        assert each.window_s is not None
        assert each.window_s > 5
        assert each.band_hz is not None
        assert each.band_hz[0] < 1 < each.band_hz[1]
