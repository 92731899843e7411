"""Distances on the Earth."""

import pytest

from edge.geodesy import great_circle_km


@pytest.mark.parametrize(
    ("one", "other", "expected_km"),
    [
        ((0.0, 0.0), (0.0, 1.0), 111.19),
        ((17.0, -100.0), (17.0, -100.0), 0.0),
        ((0.0, 0.0), (0.0, 180.0), 20015.1),
        ((16.0, 179.9), (16.0, -179.9), 21.38),
        ((90.0, 0.0), (-90.0, 0.0), 20015.1),
    ],
)
def test_great_circles(
    one: tuple[float, float], other: tuple[float, float], expected_km: float
) -> None:
    """A degree of the equator, no way at all, the antipode, the date line, pole to pole."""
    assert pytest.approx(expected_km, rel=1e-3) == great_circle_km(one, other)
