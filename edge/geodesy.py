"""Distances on the Earth."""

import math
from typing import Final

EARTH_RADIUS_KM: Final = 6371.0


def great_circle_km(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Return the distance of two places on a sphere, by the haversine formula.

    Args:
        one: Latitude and longitude, degrees.
        other: Likewise.
    """
    latitude, longitude = (math.radians(value) for value in one)
    other_latitude, other_longitude = (math.radians(value) for value in other)
    across = math.sin((other_latitude - latitude) / 2) ** 2
    along = math.sin((other_longitude - longitude) / 2) ** 2
    chord = across + math.cos(latitude) * math.cos(other_latitude) * along
    return 2 * EARTH_RADIUS_KM * math.asin(min(1.0, math.sqrt(chord)))
