"""Distances on the Earth: great circles for gating, a local plane for location.

`LocalPlane` maps the ellipsoid around one point to kilometres east and north with Gauss's
mid-latitude formulas, so that a grid search needs no trigonometry. Distances from the origin are
good to some 1e-4 within 1,000 km, between other points to about 1e-3.
"""

from dataclasses import dataclass, field
from math import cos, hypot, radians, sin, sqrt
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cloud.compiled import compiled

EARTH_RADIUS_KM: Final = 6371.0
_WGS84_A_KM: Final = 6378.137
_WGS84_E2: Final = 0.00669437999014
_MAX_LATITUDE: Final = 89.0
_INVERSE_STEPS: Final = 15


def great_circle_km(
    latitude: ArrayLike, longitude: ArrayLike, latitude2: ArrayLike, longitude2: ArrayLike
) -> NDArray[np.float64]:
    """Return distances on the sphere in km (haversine); arguments in degrees, broadcast."""
    phi, phi2 = np.radians(latitude), np.radians(latitude2)
    half_dphi = (phi2 - phi) / 2
    half_dlambda = np.radians(np.subtract(longitude2, longitude)) / 2
    haversine = np.sin(half_dphi) ** 2 + np.cos(phi) * np.cos(phi2) * np.sin(half_dlambda) ** 2
    result: NDArray[np.float64] = 2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.clip(haversine, 0, 1)))
    return result


def wrap_longitude(longitude: float) -> float:
    """Return a longitude within -180 (included) and 180 degrees."""
    return (longitude + 180) % 360 - 180


def _radii_km(latitude: float) -> tuple[float, float]:
    """Return the meridian's and the prime vertical's radius of curvature (WGS 84), km."""
    denominator = 1 - _WGS84_E2 * sin(radians(latitude)) ** 2
    return (
        _WGS84_A_KM * (1 - _WGS84_E2) / denominator / sqrt(denominator),
        _WGS84_A_KM / sqrt(denominator),
    )


@compiled
def _plane_km(
    latitude: float,
    longitude: float,
    latitudes: NDArray[np.float64],
    longitudes: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return east and north of points, km: `LocalPlane.to_km`, compiled."""
    x, y = np.empty(len(latitudes)), np.empty(len(latitudes))
    for point in range(len(latitudes)):
        dphi = np.radians(latitudes[point] - latitude)
        dlambda = np.radians((longitudes[point] - longitude + 180) % 360 - 180)
        middle = np.radians((latitudes[point] + latitude) / 2)
        denominator = 1 - _WGS84_E2 * np.sin(middle) ** 2
        vertical = _WGS84_A_KM / np.sqrt(denominator)
        meridian = vertical * (1 - _WGS84_E2) / denominator
        east = vertical * np.cos(middle) * dlambda
        north = meridian * dphi * np.cos(dlambda / 2)
        turn = dlambda * np.sin(middle) / 2
        x[point] = east * np.cos(turn) - north * np.sin(turn)
        y[point] = east * np.sin(turn) + north * np.cos(turn)
    return x, y


@dataclass(frozen=True, slots=True)
class LocalPlane:
    """Kilometres east (x) and north (y) of one point on the WGS 84 ellipsoid."""

    latitude: float
    longitude: float
    _latitude: float = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Keep the origin off the poles, where east has no meaning."""
        bounded = min(max(self.latitude, -_MAX_LATITUDE), _MAX_LATITUDE)
        object.__setattr__(self, "_latitude", bounded)

    def to_km(self, latitude: float, longitude: float) -> tuple[float, float]:
        """Return x and y in km of a point given in degrees."""
        dphi = radians(latitude - self._latitude)
        dlambda = radians(wrap_longitude(longitude - self.longitude))
        middle = (latitude + self._latitude) / 2
        meridian, vertical = _radii_km(middle)
        east = vertical * cos(radians(middle)) * dlambda
        north = meridian * dphi * cos(dlambda / 2)
        # The azimuth at the middle of the line, turned back to the azimuth at the origin.
        turn = dlambda * sin(radians(middle)) / 2
        return east * cos(turn) - north * sin(turn), east * sin(turn) + north * cos(turn)

    def all_to_km(
        self, latitude: NDArray[np.float64], longitude: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return `to_km` of many points, arrays of one shape (points,)."""
        return _plane_km(self._latitude, self.longitude, latitude, longitude)

    def to_degrees(self, x_km: float, y_km: float) -> tuple[float, float]:
        """Return latitude and longitude of a point of the plane."""
        meridian, vertical = _radii_km(self._latitude)
        scale_y = 180 / np.pi / meridian
        scale_x = 180 / np.pi / (vertical * cos(radians(self._latitude)))
        latitude, longitude = self._latitude + y_km * scale_y, self.longitude + x_km * scale_x
        for _ in range(_INVERSE_STEPS):
            latitude = min(max(latitude, -_MAX_LATITUDE), _MAX_LATITUDE)
            seen_x, seen_y = self.to_km(latitude, longitude)
            latitude += (y_km - seen_y) * scale_y
            longitude += (x_km - seen_x) * scale_x
        return min(max(latitude, -90.0), 90.0), wrap_longitude(longitude)

    def distance_km(self, latitude: float, longitude: float) -> float:
        """Return the distance of a point from the origin, km."""
        return hypot(*self.to_km(latitude, longitude))
