"""What is to be expected at a place."""

import pytest

from cloud.shaking import expected_intensity, shaking_at
from cloud.traveltimes import travel_times
from cloud.velocity import iasp91
from edge.timestamps import ns_to_seconds
from tests.cloud.fdsnws.conftest import quake


@pytest.mark.parametrize(
    ("magnitude", "distance_km", "mmi"),
    [(5.0, 10.0, 5.97), (6.0, 50.0, 5.16), (7.0, 100.0, 5.66), (7.0, 30.0, 7.16)],
)
def test_intensity_follows_the_published_equation(
    magnitude: float, distance_km: float, mmi: float
) -> None:
    """Figures worked out by hand from the coefficients."""
    assert mmi == pytest.approx(expected_intensity(magnitude, distance_km), abs=0.01)


def test_intensity_falls_with_distance_and_stays_on_the_scale() -> None:
    """1 to 10."""
    near_to_far = [expected_intensity(6.0, km) for km in (1, 10, 50, 51, 100, 300, 3_000)]

    assert sorted(near_to_far, reverse=True) == near_to_far
    assert 1.0 == expected_intensity(2.0, 500.0)
    assert 8.0 < expected_intensity(9.5, 1.0) <= 10.0


def test_arrivals_at_a_place() -> None:
    """P before S, some seconds after the origin; no intensity without a magnitude."""
    event = quake(2)
    shaking = shaking_at(event, event.latitude, event.longitude + 0.5, travel_times(iasp91()))
    unknown = shaking_at(quake(0), 10.0, -100.0, travel_times(iasp91()))

    assert 54 == pytest.approx(shaking.distance_km, abs=1)
    assert 9.4 == pytest.approx(ns_to_seconds(shaking.p_ns - event.origin_time), abs=0.3)
    assert 16.2 == pytest.approx(ns_to_seconds(shaking.s_ns - event.origin_time), abs=0.5)
    assert unknown.intensity is None
